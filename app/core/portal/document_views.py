"""Documents as a contact has them: shared ones of both sides, and adding one's own."""

from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app.core.documents import pages, queries
from app.core.documents.forms import PortalDocumentForm, UploadForm
from app.core.documents.labels import KINDS
from app.core.documents.models import Document
from app.core.portal.views import blueprint, own_partner
from app.security import requires
from app.web import Page, page_number, render, same_page, saved


@blueprint.get("/documents")
@requires("portal.view")
def documents() -> Any:
    """The shared documents of the own partnership."""
    return _list(PortalDocumentForm(formdata=None))


@blueprint.post("/documents")
@requires("portal.submit")
def add_document() -> Any:
    """Share a document with the host."""
    form = PortalDocumentForm()
    document_id = pages.add(form, own_partner().id)
    if document_id is None:
        return _list(form, 422)
    return saved(_("The document is shared."), url_for("portal.document", document_id=document_id))


def _list(form: PortalDocumentForm, status: int = 200) -> Any:
    partner = own_partner()
    text, number = request.args.get("q", "")[:200], page_number()
    rows, total = queries.listing(g.viewer, partner.id, text, page=number)
    return render(
        "portal/documents.html",
        status=status,
        partner=partner,
        documents=rows,
        kinds=KINDS,
        text=text,
        withdrawn=False,
        show="portal.document",
        may_edit=False,
        form=form,
        kept=pages.kept_name(form),
        accept=pages.ACCEPT,
        page=Page(number, queries.PER_PAGE, total),
        link=lambda **chosen: same_page(page=None, **chosen),
    )


@blueprint.get("/documents/<int:document_id>")
@requires("portal.view")
def document(document_id: int) -> Any:
    """A shared document with its versions."""
    return _page(queries.document_or_404(document_id, g.viewer))


@blueprint.post("/documents/<int:document_id>/versions")
@requires("portal.submit")
def add_document_version(document_id: int) -> Any:
    """Add a newer version of what the own side has brought in."""
    found = queries.document_or_404(document_id, g.viewer)
    if found.side != "partner":
        abort(403)
    form = UploadForm()
    if pages.add_version(form, found):
        url = url_for("portal.document", document_id=document_id)
        return saved(_("The new version is here."), url)
    return _page(queries.document_or_404(document_id, g.viewer), form)


def _page(found: Document, upload: UploadForm | None = None) -> Any:
    if upload:
        upload.version.raw_data, upload.version.data = None, found.version
    return render(
        "portal/document.html",
        status=422 if upload else 200,
        may_edit=False,
        may_upload=found.side == "partner" and g.viewer.can("portal.submit"),
        upload_url=url_for("portal.add_document_version", document_id=found.id),
        **pages.document_context(found, upload or pages.fresh(UploadForm, found)),
    )
