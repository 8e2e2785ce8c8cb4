"""A whole partnership as a file: the button that writes it, the page that brings one in."""

from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Blueprint, g, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import FileField
from wtforms.validators import ValidationError

from app.core.partners import queries as partners
from app.core.transfer import bundle, exporting, importing
from app.core.transfer.bundle import TransferRefusal
from app.security import requires
from app.web import render, saved

blueprint = Blueprint("transfer", __name__)
IN_MEMORY = 8 * 1024 * 1024


class BringInForm(FlaskForm):
    """The file of a partnership."""

    file = FileField(
        lazy_gettext("File"),
        description=lazy_gettext("A ZIP file that another Entente wrote for one partnership."),
    )

    def validate_file(self, field: FileField) -> None:
        if not getattr(field.data, "filename", ""):
            raise ValidationError(_("Choose a file."))


@blueprint.get("/partners/<int:partner_id>/export")
@requires("partners.edit")
def export(partner_id: int) -> Any:
    """Everything known of a partnership, as a file to keep or to bring in elsewhere."""
    partner = partners.editable(g.viewer, partner_id)
    stream = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the answer
    exporting.write(partner, stream)
    stream.seek(0)
    answer = send_file(
        stream,  # type: ignore[arg-type]
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{partner.code}.zip",
        etag=False,
    )
    answer.call_on_close(stream.close)
    return answer


@blueprint.route("/partners/bring-in", methods=["GET", "POST"])
@requires("partners.admin")
def bring_in() -> Any:
    """Look into a file, or bring its partnership in."""
    form = BringInForm()
    if not form.is_submitted():
        return render("transfer/bring_in.html", form=form, summary=None)
    if not form.validate():
        return render("transfer/bring_in.html", status=422, form=form, summary=None)
    try:
        opened = bundle.opened(form.file.data.stream)
        if request.form.get("look"):
            summary = importing.check(opened)
            return render("transfer/bring_in.html", form=form, summary=summary)
        partner_id, summary = importing.bring_in(opened, g.viewer)
    except TransferRefusal as refusal:
        form.file.errors = [_(refusal.message, **refusal.params)]
        return render("transfer/bring_in.html", status=422, form=form, summary=None)
    message = _("%(name)s is here, with its whole history.", name=summary.name)
    return saved(message, url_for("partners.show", partner_id=partner_id))
