"""Uploading and showing documents, as staff and contacts have it alike."""

from typing import Any

from flask import g
from flask_babel import gettext as _

from app.core.documents import queries, services
from app.core.documents.forms import UploadForm
from app.core.documents.labels import KINDS
from app.core.documents.models import Document
from app.core.files.models import StoredFile
from app.core.files.rules import ALL, FileRefusal
from app.core.form_fields import blame

ACCEPT = ",".join(f".{ending}" for ending in ALL)


def take_file(form: UploadForm) -> None:
    """Store what was uploaded, whatever is wrong with the rest: the form then names it."""
    upload = form.file.data
    if not upload or not getattr(upload, "filename", ""):
        return
    try:
        form.kept.data = str(services.store_document(upload, by=g.viewer))
    except FileRefusal as refusal:
        form.refused_file = _(refusal.message, **refusal.params)


def kept_name(form: UploadForm) -> str:
    """What the file is called that a refused form still holds."""
    if not form.kept_id:
        return ""
    found: Any = StoredFile.get_or_none(
        StoredFile.id == form.kept_id,
        StoredFile.owner == queries.OWNER,
        StoredFile.uploaded_by == g.viewer.user_id,
    )
    return str(found.name) if found else ""


def add(form: Any, partner_id: int) -> int | None:
    """Add the document that a form holds; None where the form has to be shown again."""
    take_file(form)
    if not form.validate():
        return None
    try:
        return services.add_document(
            partner_id,
            form.kept_id,
            title=form.title.data or "",
            kind=form.kind.data or "",
            visibility=form.visibility.data if "visibility" in form else "shared",
            note=form.note.data or "",
            by=g.viewer,
        )
    except services.DocumentRefusal as refusal:
        blame(form, refusal)
        return None


def add_version(form: UploadForm, document: Document) -> bool:
    """Add the version that a form holds; False where the form has to be shown again."""
    take_file(form)
    if not form.validate():
        return False
    try:
        services.add_version(
            document,
            form.kept_id,
            note=form.note.data or "",
            version=form.version.data,
            by=g.viewer,
        )
    except services.DocumentRefusal as refusal:
        blame(form, refusal)
        return False
    return True


def fresh(form: Any, document: Document, **given: Any) -> Any:
    """A form that carries the document's version as it stands."""
    found = form(formdata=None, **given)
    found.version.data = document.version
    return found


def document_context(document: Document, upload: UploadForm | None) -> dict[str, Any]:
    """What the page of a document shows."""
    return {
        "document": document,
        "partner": document.partner,
        "kinds": KINDS,
        "versions": queries.versions(document.id),
        "upload": upload,
        "kept": kept_name(upload) if upload else "",
        "accept": ACCEPT,
    }
