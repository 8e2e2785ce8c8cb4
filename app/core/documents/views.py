"""Documents as staff have them: of a partner, one with its versions, and what is done to it."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext as _

from app import tables
from app.core.documents import pages, queries, services
from app.core.documents.forms import (
    DetailsForm,
    DocumentForm,
    UploadForm,
    VersionForm,
    WithdrawForm,
)
from app.core.documents.labels import KINDS
from app.core.documents.models import Document
from app.core.form_fields import blame
from app.core.partners import queries as partners
from app.core.partners.compare import Versions, differing
from app.core.partners.labels import VISIBILITIES
from app.core.partners.models import Partner
from app.core.partners.views import page_context
from app.security import requires
from app.web import Page, page_number, render, same_page, saved

EVERYTHING = 100_000  # rows of one file

blueprint = Blueprint("documents", __name__)


@blueprint.get("/partners/<int:partner_id>/documents")
@requires("documents.view")
def index(partner_id: int) -> Any:
    """A partner's documents, the latest changed first."""
    partner = partners.get(partner_id, g.viewer)
    text, withdrawn = request.args.get("q", "")[:200], request.args.get("withdrawn") == "1"
    if kind := tables.wanted():
        rows, _count = queries.listing(
            g.viewer, partner.id, text, withdrawn=withdrawn, size=EVERYTHING
        )
        return tables.download(rows, _columns(), f"documents-{partner.code}", kind)
    number = page_number()
    rows, total = queries.listing(g.viewer, partner.id, text, withdrawn=withdrawn, page=number)
    return render(
        "documents/index.html",
        "documents/_list.html",
        **page_context(partner, "documents"),
        documents=rows,
        kinds=KINDS,
        text=text,
        withdrawn=withdrawn,
        show="documents.show",
        page=Page(number, queries.PER_PAGE, total),
        link=lambda **chosen: same_page(page=None, **chosen),
    )


def _columns() -> list[tables.Column]:
    return [
        tables.Column(_("Title"), lambda row: row.title),
        tables.Column(_("Kind"), lambda row: str(KINDS[row.kind])),
        tables.Column(_("File"), lambda row: row.file_name),
        tables.Column(_("Version"), lambda row: row.latest),
        tables.Column(_("Who sees it"), lambda row: str(VISIBILITIES[row.visibility])),
        tables.Column(_("Changed"), lambda row: row.changed_at),
        tables.Column(_("By"), lambda row: row.author or ""),
    ]


@blueprint.route("/partners/<int:partner_id>/documents/new", methods=["GET", "POST"])
@requires("documents.edit")
def new(partner_id: int) -> Any:
    """Add a document."""
    partner = partners.editable(g.viewer, partner_id)
    form = DocumentForm()
    if not form.is_submitted():
        return _new_page(form, partner)
    document_id = pages.add(form, partner.id)
    if document_id is None:
        return _new_page(form, partner, 422)
    return saved(_("The document is here."), url_for("documents.show", document_id=document_id))


def _new_page(form: DocumentForm, partner: Partner, status: int = 200) -> Any:
    return render(
        "documents/new.html",
        status=status,
        form=form,
        partner=partner,
        kept=pages.kept_name(form),
        accept=pages.ACCEPT,
    )


@blueprint.get("/documents/<int:document_id>")
@requires("documents.view")
def show(document_id: int) -> Any:
    """A document with every version."""
    return _page(queries.document_or_404(document_id, g.viewer))


@blueprint.post("/documents/<int:document_id>/versions")
@requires("documents.edit")
def add_version(document_id: int) -> Any:
    """Add a newer version."""
    document = _editable(document_id)
    form = UploadForm()
    if pages.add_version(form, document):
        return saved(_("The new version is here."), _url(document))
    return _page(queries.document_or_404(document_id, g.viewer), upload=form)


@blueprint.route("/documents/<int:document_id>/edit", methods=["GET", "POST"])
@requires("documents.edit")
def edit(document_id: int) -> Any:
    """Change what a document is called and who sees it."""
    document = _editable(document_id)
    form = DetailsForm(obj=document)
    versions: list[Versions] = []
    if not form.is_submitted():
        return _edit_page(form, document, versions)
    if form.validate():
        typed = {name: form[name].data or "" for name in ("title", "kind", "visibility")}
        try:
            services.change_document(document, **typed, version=form.version.data, by=g.viewer)
        except services.StaleDocument as stale:
            document = queries.document_or_404(document_id, g.viewer)
            versions = differing(form, document, typed, {"kind": KINDS, "visibility": VISIBILITIES})
            form.version.data = document.version
            blame(form, stale)
        except services.DocumentRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Saved."), _url(document))
    return _edit_page(form, document, versions, 422)


def _edit_page(
    form: DetailsForm, document: Document, versions: list[Versions], status: int = 200
) -> Any:
    return render(
        "documents/edit.html", status=status, form=form, document=document, versions=versions
    )


@blueprint.post("/documents/<int:document_id>/withdraw")
@requires("documents.edit")
def withdraw(document_id: int) -> Any:
    """Take a document out of use, with a reason."""
    document = _editable(document_id)
    form = WithdrawForm(prefix="withdraw-")
    if form.validate():
        try:
            services.withdraw_document(
                document, form.reason.data or "", version=form.version.data, by=g.viewer
            )
        except services.DocumentRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Withdrawn. Contacts see it no more."), _url(document))
    return _page(queries.document_or_404(document_id, g.viewer), withdrawing=form)


@blueprint.post("/documents/<int:document_id>/restore")
@requires("documents.edit")
def restore(document_id: int) -> Any:
    """Bring a withdrawn document back."""
    document = _editable(document_id)
    form = VersionForm(prefix="restore-")
    if form.validate():
        try:
            services.restore_document(document, version=form.version.data, by=g.viewer)
        except services.DocumentRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("The document is back."), _url(document))
    return _page(queries.document_or_404(document_id, g.viewer), restoring=form)


def _editable(document_id: int) -> Document:
    document = queries.document_or_404(document_id, g.viewer)
    partners.editable(g.viewer, document.partner_id)
    return document


def _url(document: Document) -> str:
    return url_for("documents.show", document_id=document.id)


def _page(
    document: Document,
    *,
    upload: UploadForm | None = None,
    withdrawing: WithdrawForm | None = None,
    restoring: VersionForm | None = None,
) -> Any:
    refused = upload or withdrawing or restoring
    if refused:
        refused.version.raw_data, refused.version.data = None, document.version
    may_edit = partners.may_edit(g.viewer, document.partner) and g.viewer.can("documents.edit")
    context = pages.document_context(document, upload or pages.fresh(UploadForm, document))
    return render(
        "documents/show.html",
        status=422 if refused else 200,
        may_edit=may_edit,
        may_upload=may_edit and document.withdrawn_at is None,
        upload_url=url_for("documents.add_version", document_id=document.id),
        withdraw_form=withdrawing or pages.fresh(WithdrawForm, document, prefix="withdraw-"),
        restore_form=restoring or pages.fresh(VersionForm, document, prefix="restore-"),
        visibilities=VISIBILITIES,
        **context,
    )
