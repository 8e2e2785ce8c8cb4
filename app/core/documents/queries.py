"""Reads about documents; each takes who asks and keeps to what that person may see."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

from flask import abort
from peewee import JOIN, Expression

from app.core import audit
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.documents.models import Document, DocumentVersion
from app.core.files.models import StoredFile
from app.core.partners.access import readable
from app.core.partners.models import Partner
from app.core.partners.rules import fold

PER_PAGE = 50
OWNER = "document"


class DocumentRow(NamedTuple):
    """A document in a list, with its newest file."""

    id: int
    title: str
    kind: str
    visibility: str
    side: str
    latest: int
    changed_at: datetime
    withdrawn_at: datetime | None
    file_id: int
    file_name: str
    size: int
    has_preview: bool
    author: str | None


class VersionRow(NamedTuple):
    """A version of a document."""

    n: int
    file_id: int
    file_name: str
    content_type: str
    size: int
    sha256: str
    has_preview: bool
    note: str
    side: str
    added_at: datetime
    author: str | None


def visible(viewer: Viewer) -> Expression:
    """The condition under which a document, joined with its partner, may be seen by somebody."""
    condition: Any = readable(viewer)
    if viewer.is_staff:
        return condition
    return condition & (Document.visibility == "shared") & Document.withdrawn_at.is_null()


def document_or_404(document_id: int, viewer: Viewer) -> Document:
    """The document; what is another's or does not exist answers 404 and leaves a trace."""
    found: Document | None = (
        Document.select(Document, Partner)
        .join(Partner)
        .where(Document.id == document_id, visible(viewer))
        .first()
    )
    if found is None:
        _refuse(document_id)
    return found


def _refuse(document_id: int) -> NoReturn:
    with atomic():
        audit.record("access.refused", f"document:{document_id}")
    abort(404)


def listing(
    viewer: Viewer,
    partner_id: int,
    text: str = "",
    *,
    withdrawn: bool = False,
    page: int = 1,
    size: int = PER_PAGE,
) -> tuple[list[DocumentRow], int]:
    """One page of a partner's documents, the latest changed first, and how many there are."""
    where: list[Any] = [Document.partner == partner_id, visible(viewer)]
    where.append(Document.withdrawn_at.is_null(not withdrawn))
    where += [Document.title_key.contains(word) for word in fold(text).split()[:8]]
    count = Document.select(Document.id).join(Partner).where(*where).count()
    query = (
        Document.select(
            *(Document.id, Document.title, Document.kind, Document.visibility, Document.side),
            *(Document.latest, Document.changed_at, Document.withdrawn_at),
            *(StoredFile.id, StoredFile.name, StoredFile.size, StoredFile.has_preview, User.name),
        )
        .join(Partner)
        .join(
            DocumentVersion,
            on=(DocumentVersion.document == Document.id) & (DocumentVersion.n == Document.latest),
            src=Document,
        )
        .join(StoredFile, on=(DocumentVersion.file == StoredFile.id))
        .join(
            User,
            JOIN.LEFT_OUTER,
            on=(DocumentVersion.added_by == User.id),
            src=DocumentVersion,
        )
        .where(*where)
        .order_by(Document.changed_at.desc(), Document.id.desc())
        .paginate(page, size)
    )
    return [DocumentRow(*row) for row in query.tuples()], count


def versions(document_id: int) -> list[VersionRow]:
    """Every version of a document, the newest first."""
    rows = (
        DocumentVersion.select(
            *(DocumentVersion.n, StoredFile.id, StoredFile.name, StoredFile.content_type),
            *(StoredFile.size, StoredFile.sha256, StoredFile.has_preview),
            *(DocumentVersion.note, DocumentVersion.side, DocumentVersion.added_at, User.name),
        )
        .join(StoredFile)
        .join(User, JOIN.LEFT_OUTER, on=(DocumentVersion.added_by == User.id), src=DocumentVersion)
        .where(DocumentVersion.document == document_id)
        .order_by(DocumentVersion.n.desc())
        .tuples()
    )
    return [VersionRow(*row) for row in rows]


def may_read(file_id: int, viewer: Viewer) -> bool:
    """Whether somebody may see the document that holds a file."""
    found: Any = (
        DocumentVersion.select(DocumentVersion.id)
        .join(Document)
        .join(Partner)
        .where(DocumentVersion.file == file_id, visible(viewer))
    )
    return bool(found.exists())


def in_use(file_ids: Collection[int]) -> set[int]:
    """Of these files, those that a document holds."""
    rows = (
        DocumentVersion.select(DocumentVersion.file)
        .where(DocumentVersion.file.in_(list(file_ids)))
        .tuples()
    )
    return {row[0] for row in rows}
