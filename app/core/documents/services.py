"""Writes on documents: add, a new version, what it is called, withdraw. Nothing is deleted."""

from typing import Any

from peewee import IntegrityError

from app.core import audit, clock
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.documents.models import KINDS, Document, DocumentVersion
from app.core.documents.queries import OWNER, in_use, may_read
from app.core.documents.telling import tell
from app.core.files.models import StoredFile
from app.core.files.owners import register_owner
from app.core.files.services import Upload, store_file
from app.core.partners.access import editable_by, readable
from app.core.partners.models import VISIBILITIES, Partner
from app.core.partners.rules import fold
from app.core.refusals import Refusal


class DocumentRefusal(Refusal):
    """A write that cannot be done as asked."""


class StaleDocument(DocumentRefusal):
    """Somebody changed the document, or added a version, while this form was open."""


_CHANGED = "Somebody changed this document meanwhile: look at it first."


def store_document(upload: Upload, *, by: Viewer) -> int:
    """Store a file that a document can then hold; raises FileRefusal."""
    return store_file(upload, owner=OWNER, by=by)


def add_document(
    partner_id: int,
    file_id: int,
    *,
    title: str = "",
    kind: str = "",
    visibility: str = "internal",
    note: str = "",
    by: Viewer,
) -> int:
    """Add a document by its first version; returns its id.

    `file_id` is an own upload; without a title the document is called as its file. What a contact
    adds is shared. Raises DocumentRefusal.
    """
    side = "host" if by.is_staff else "partner"
    try:
        with atomic():
            _check_writable(partner_id, by)
            file = _own_upload(file_id, by)
            document = Document(
                partner=partner_id,
                side=side,
                created_by=by.user_id,
                visibility="shared" if side == "partner" else visibility,
            )
            _name(document, title.strip() or file.name.rpartition(".")[0] or file.name, kind)
            document.save()
            _add(document, file, note, by)
            tell(document, "added", by=by)
    except IntegrityError as error:  # the same file was sent twice at once
        raise StaleDocument(_CHANGED) from error
    return int(document.id)


def add_version(
    document: Document, file_id: int, *, note: str = "", version: int, by: Viewer
) -> int:
    """Add a newer version; returns its number. A contact may do so with what its side brought in.

    Raises DocumentRefusal, and StaleDocument where another was faster.
    """
    if not by.is_staff and document.side != "partner":
        raise DocumentRefusal("This document is the host’s: add one of your own.")
    try:
        with atomic():
            _check_writable(document.partner_id, by)
            if document.withdrawn_at is not None:
                raise DocumentRefusal("This document is withdrawn.")
            _claim(document, version)
            n = _add(document, _own_upload(file_id, by), note, by)
            tell(document, "version", by=by)
    except IntegrityError as error:
        raise StaleDocument(_CHANGED) from error
    return n


def change_document(
    document: Document, *, title: str, kind: str, visibility: str, version: int, by: Viewer
) -> None:
    """Save what a document is called, what kind it is and who sees it."""
    with atomic():
        _check_writable(document.partner_id, by)
        _claim(document, version)
        opened = visibility == "shared" and document.visibility != "shared"
        document.visibility = visibility
        _name(document, title, kind)
        document.save()
        detail = {"partner": document.partner_id, "visibility": visibility}
        audit.record("document.changed", f"document:{document.id}", detail)
        if opened:
            tell(document, "added", by=by)


def withdraw_document(document: Document, reason: str, *, version: int, by: Viewer) -> None:
    """Take a document out of use with a reason: contacts see it no more, staff keep every version.

    Raises DocumentRefusal, and StaleDocument where another was faster.
    """
    reason = reason.strip()
    if not reason or len(reason) > 1000:
        raise DocumentRefusal(
            "Say why it is withdrawn, in at most 1,000 characters.", field="reason"
        )
    _set_withdrawn(document, clock.now(), by.user_id, reason, version, by)


def restore_document(document: Document, *, version: int, by: Viewer) -> None:
    """Bring a withdrawn document back."""
    _set_withdrawn(document, None, None, "", version, by)


def _set_withdrawn(
    document: Document, at: Any, who: int | None, reason: str, version: int, by: Viewer
) -> None:
    with atomic():
        _check_writable(document.partner_id, by)
        if (document.withdrawn_at is None) == (at is None):
            raise StaleDocument(_CHANGED)
        _claim(document, version)
        document.withdrawn_at, document.withdrawn_by, document.withdrawal = at, who, reason
        document.save()
        action = "document.withdrawn" if at else "document.restored"
        audit.record(action, f"document:{document.id}", {"partner": document.partner_id})


def _add(document: Document, file: StoredFile, note: str, by: Viewer) -> int:
    if len(note) > 1000:
        raise DocumentRefusal("At most %(most)s characters.", field="note", most=1000)
    n = document.latest + 1
    DocumentVersion.create(
        document=document.id,
        n=n,
        file=file.id,
        note=note.strip(),
        side="host" if by.is_staff else "partner",
        added_by=by.user_id,
    )
    document.latest, document.changed_at = n, clock.now()
    document.save()
    detail = {"partner": document.partner_id, "n": n, "sha256": file.sha256}
    audit.record("document.version", f"document:{document.id}", detail)
    return n


def _claim(document: Document, version: int) -> None:
    """Raise the version that the form was filled from, or find that another was faster."""
    changed = (
        Document.update(version=Document.version + 1)
        .where(Document.id == document.id, Document.version == version)
        .execute()
    )
    if not changed:
        raise StaleDocument(_CHANGED)
    document.__data__.update(Document.get_by_id(document.id).__data__)


def _name(document: Document, title: str, kind: str) -> None:
    title = title.strip()
    if not title or len(title) > 200:
        raise DocumentRefusal("Give a title of at most 200 characters.", field="title")
    if kind not in KINDS:
        raise DocumentRefusal("This kind of document is not known.", field="kind")
    if document.visibility not in VISIBILITIES:
        raise DocumentRefusal("A document is internal or shared.", field="visibility")
    document.title, document.title_key, document.kind = title, fold(title)[:500], kind


def _own_upload(file_id: int, by: Viewer) -> StoredFile:
    """A file that this person has just uploaded and that no document holds."""
    file: StoredFile | None = StoredFile.get_or_none(
        StoredFile.id == file_id, StoredFile.owner == OWNER, StoredFile.uploaded_by == by.user_id
    )
    if file is None or in_use([file_id]):
        raise DocumentRefusal("The file is no longer there: attach it again.", field="file")
    return file


def _check_writable(partner_id: int, by: Viewer) -> None:
    allowed = editable_by(by) if by.is_staff else readable(by)
    right = by.can("documents.edit") if by.is_staff else by.can("portal.submit")
    if not (right and Partner.select().where(Partner.id == partner_id, allowed).exists()):
        raise DocumentRefusal("This partner’s documents are not yours to change.")


register_owner(OWNER, may_read, in_use)
