"""The parts of a partner that are edited on their own: contacts, profile, the next step."""

from collections.abc import Sequence
from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app.core.partners import labels, queries, rules, services
from app.core.partners.compare import Versions, differing
from app.core.partners.forms import ContactForm, StepForm
from app.core.partners.models import Contact
from app.core.partners.views import blueprint, page_context
from app.security import requires
from app.web import render, saved

_CONTACT_WORDS = {"side": labels.SIDES, "level": labels.LEVELS}


@blueprint.route("/<int:partner_id>/contacts/new", methods=["GET", "POST"])
@blueprint.route("/<int:partner_id>/contacts/<int:contact_id>", methods=["GET", "POST"])
@requires("partners.edit")
def contact(partner_id: int, contact_id: int | None = None) -> Any:
    """Add or change somebody to reach."""
    partner = queries.editable(g.viewer, partner_id)
    person = queries.contact_or_404(partner_id, contact_id) if contact_id else None
    form = ContactForm(obj=person)
    if not form.is_submitted():
        form.matters.data = person.matters.split() if person else []
        if person is None and request.args.get("side") in labels.SIDES:
            form.side.data = request.args["side"]
        if person is None and request.args.get("matter") in labels.MATTERS:
            form.matters.data = [request.args["matter"]]
        return _contact_page(form, partner, person)
    versions: list[Versions] = []
    if form.validate() and _side_is_free(form, person):
        values = form.values()
        try:
            services.save_contact(partner.id, values, person, form.version.data)
        except services.StaleEdit as refused:
            versions = differing(form, refused.current, values, _CONTACT_WORDS)
            form.version.raw_data, form.version.data = None, refused.current.version
            form.form_errors.append(
                _("Somebody saved this while you were editing. Compare, then save again.")
            )
        else:
            return saved(_("Saved."), url_for("partners.show", partner_id=partner.id))
    return _contact_page(form, partner, person, versions, 422)


def _contact_page(
    form: ContactForm,
    partner: Any,
    person: Contact | None,
    versions: Sequence[Versions] = (),
    status: int = 200,
) -> Any:
    return render(
        "partners/contact.html",
        status=status,
        form=form,
        partner=partner,
        person=person,
        versions=versions,
    )


@blueprint.post("/<int:partner_id>/contacts/<int:contact_id>/remove")
@requires("partners.edit")
def remove_contact(partner_id: int, contact_id: int) -> Any:
    """Retire a contact."""
    partner = queries.editable(g.viewer, partner_id)
    person = queries.contact_or_404(partner_id, contact_id)
    services.remove_contact(person)
    return saved(
        _("%(name)s is no longer a contact.", name=person.name),
        url_for("partners.show", partner_id=partner.id),
    )


@blueprint.route("/<int:partner_id>/steps/<event>", methods=["GET", "POST"])
@requires("partners.edit")
def step(partner_id: int, event: str) -> Any:
    """Take the next step of the partnership, or learn what is missing before it."""
    partner = queries.editable(g.viewer, partner_id)
    if event not in labels.EVENTS:
        abort(404)
    form = StepForm(event=event)
    context = page_context(partner, "overview")
    row = rules.transition(partner.status, event)
    facts = queries.facts(partner, context["people"], queries.profile(partner.id))
    context |= {
        "event": event,
        "step": row,
        "unmet": rules.unmet(row, facts) if row else (),
        "may_waive": g.viewer.can("partners.admin") or event == "qualify",
        "not_mine": bool(row and row.role == "admin" and not g.viewer.can("partners.admin")),
    }
    if not form.is_submitted():
        return render("partners/step.html", status=200 if row else 422, form=form, **context)
    if form.validate():
        try:
            services.step(
                partner,
                event,
                form.reason.data or "",
                waive=bool(form.waive.data),
                viewer=g.viewer,
            )
        except services.StepRefused as refused:
            form.form_errors.append(_(refused.message, **refused.params))
            context["unmet"] = refused.guards
        else:
            return saved(_("Done."), url_for("partners.show", partner_id=partner.id))
    return render("partners/step.html", status=422, form=form, **context)


def _side_is_free(form: ContactForm, person: Contact | None) -> bool:
    """A contact with a portal account stays on the partner's side."""
    if person is None or person.user_id is None or form.side.data == person.side:
        return True
    form.side.errors = [_("This contact has an account; the side cannot change.")]
    return False
