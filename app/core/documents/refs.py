"""Documents, as refs point at them."""

from collections.abc import Collection

from flask import url_for

from app.core.contract import Link, Viewer
from app.core.documents.models import Document
from app.core.documents.queries import visible
from app.core.partners.models import Partner


def documents(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Documents of readable partners; a contact sees the shared ones that are not withdrawn."""
    endpoint = "documents.show" if viewer.is_staff else "portal.document"
    rows = (
        Document.select(Document.id, Document.title)
        .join(Partner)
        .where(Document.id.in_(list(ids)), visible(viewer))
        .tuples()
    )
    return {id_: Link(title, url_for(endpoint, document_id=id_)) for id_, title in rows}
