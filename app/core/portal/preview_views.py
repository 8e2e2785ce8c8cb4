"""Staff look at the portal as a contact sees it, and come back."""

from typing import Any

from flask import abort, flash, g, redirect, url_for
from flask_babel import gettext as _
from flask_babel import refresh

from app import previews
from app.core.partners import queries as partners
from app.core.partners.models import Contact
from app.core.portal.views import blueprint
from app.security import public, requires


@blueprint.post("/preview/<int:contact_id>")
@requires("partners.edit")
def start_preview(contact_id: int) -> Any:
    """See the portal as this contact sees it."""
    contact = Contact.get_or_none(
        Contact.id == contact_id, Contact.side == "partner", Contact.active
    )
    if contact is None:
        abort(404)
    partners.editable(g.viewer, contact.partner_id)
    previews.start(contact)
    return redirect(url_for("portal.index"), 303)


@blueprint.post("/preview/end")
@public("ends a preview, which has no rights of its own")
def end_preview() -> Any:
    """Come back from a preview to the partner's page."""
    if g.preview is None:
        abort(404)
    partner_id = g.preview.partner_id
    g.viewer = g.preview.staff
    previews.end()
    refresh()
    flash(_("The preview has ended."), "success")
    return redirect(url_for("partners.show", partner_id=partner_id), 303)
