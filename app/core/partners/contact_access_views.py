"""Inviting a contact to the portal, and taking the invitation back."""

from typing import Any

from flask import abort, flash, g, redirect, url_for
from flask_babel import gettext as _

from app.core.partners import contact_access, queries
from app.core.partners.views import blueprint
from app.security import requires
from app.web import saved


@blueprint.post("/<int:partner_id>/contacts/<int:contact_id>/invite")
@requires("partners.edit")
def invite_contact(partner_id: int, contact_id: int) -> Any:
    """Mail a contact a link to the portal, again where they have one."""
    queries.editable(g.viewer, partner_id)
    person = queries.contact_or_404(partner_id, contact_id)
    back = url_for("partners.show", partner_id=partner_id, _anchor="contacts")
    try:
        contact_access.invite(person, g.viewer)
    except contact_access.AccessRefused as refused:
        flash(_(refused.message, **refused.params), "error")
        return redirect(back, 303)
    return saved(_("An invitation is on its way to %(email)s.", email=person.email), back)


@blueprint.post("/<int:partner_id>/contacts/<int:contact_id>/invite/revoke")
@requires("partners.edit")
def revoke_contact_invitation(partner_id: int, contact_id: int) -> Any:
    """Take a contact's invitation back."""
    queries.editable(g.viewer, partner_id)
    person = queries.contact_or_404(partner_id, contact_id)
    if not contact_access.revoke(person):
        abort(404)
    back = url_for("partners.show", partner_id=partner_id, _anchor="contacts")
    return saved(_("The invitation is revoked."), back)
