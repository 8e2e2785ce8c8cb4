"""Adding a partner and changing its own facts."""

from collections.abc import Sequence
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from peewee import IntegrityError

from app.core.accounts.queries import staff
from app.core.partners import labels, queries, services
from app.core.partners.compare import Versions, differing
from app.core.partners.fields import forms as field_forms
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields.labels import value_text
from app.core.partners.fields.rules import Field
from app.core.partners.forms import PartnerForm
from app.core.partners.models import Partner
from app.core.partners.views import blueprint
from app.security import requires
from app.web import render, saved


@blueprint.route("/new", methods=["GET", "POST"])
@requires("partners.edit")
def new() -> Any:
    """Add a partner; it begins as a prospect."""
    fields = field_queries.definitions()
    form_class = field_forms.with_custom_fields(PartnerForm, fields)
    form = form_class(currency=g.organisation.currency, owner=g.viewer.user_id)
    _offer(form)
    if not form.is_submitted():
        return render("partners/edit.html", form=form, partner=None, versions=[])
    if form.validate():
        try:
            custom = field_forms.values_of(form, fields)
            partner = services.create(form.values(), form.filing(), g.viewer, custom)
        except IntegrityError:
            form.code.errors = [_("Another partner has this code.")]
        else:
            return saved(
                _("%(name)s was added.", name=partner.name),
                url_for("partners.show", partner_id=partner.id),
            )
    return render("partners/edit.html", status=422, form=form, partner=None, versions=[])


@blueprint.route("/<int:partner_id>/edit", methods=["GET", "POST"])
@requires("partners.edit")
def edit(partner_id: int) -> Any:
    """Change a partner's own facts."""
    partner = queries.editable(g.viewer, partner_id)
    fields = field_queries.definitions()
    form_class = field_forms.with_custom_fields(PartnerForm, fields)
    form = form_class(obj=partner, owner=partner.owner_id or 0)
    _offer(form, partner)
    if not form.is_submitted():
        _fill(form, partner)
        known = field_queries.values([partner.id], fields).get(partner.id, {})
        field_forms.fill(form, fields, known)
        return render("partners/edit.html", form=form, partner=partner, versions=[])
    versions: list[Versions] = []
    if form.validate():
        try:
            custom = field_forms.values_of(form, fields)
            services.change(partner, form.values(), form.filing(), form.version.data, custom)
        except services.StaleEdit as refused:
            versions = _compare(form, refused.current) + _compare_custom(form, partner, fields)
            form.version.data = refused.current.version
            form.form_errors.append(
                _("Somebody saved this partner while you were editing. Compare, then save again.")
            )
        except IntegrityError:
            form.code.errors = [_("Another partner has this code.")]
        else:
            return saved(_("Saved."), url_for("partners.show", partner_id=partner.id))
    return render("partners/edit.html", status=422, form=form, partner=partner, versions=versions)


def _fill(form: PartnerForm, partner: Partner) -> None:
    """What does not stand in the partner's own row as the form shows it."""
    form.owner.data = partner.owner_id or 0
    form.tags.data = ", ".join(queries.tags_of([partner.id]).get(partner.id, []))
    form.regions.data = ", ".join(queries.regions_of(partner.id))
    form.team.data = [user.id for user in queries.team(partner.id)]
    form.matters.data = partner.matters.split()


def _compare(form: PartnerForm, current: Partner) -> list[Versions]:
    """The fields that somebody else saved in another way than they are typed here."""
    words = {"type": labels.TYPES, "maturity": labels.MATURITIES}
    people = {user.id: user.name for user in staff()}
    found = differing(form, current, form.values(), words | {"owner_id": people})
    stands = PartnerForm(formdata=None)
    _fill(stands, current)
    for name in ("tags", "regions"):
        theirs, yours = (
            ", ".join(sorted(w.strip() for w in (f[name].data or "").split(",") if w.strip()))
            for f in (stands, form)
        )
        if theirs != yours:
            found.append(Versions(form[name].label.text, theirs, yours))
    if set(stands.team.data) != set(form.team.data):
        both = (stands.team.data, form.team.data)
        theirs, yours = (", ".join(people.get(id_, "?") for id_ in ids) for ids in both)
        found.append(Versions(form.team.label.text, theirs, yours))
    return found


def _compare_custom(form: PartnerForm, partner: Partner, fields: Sequence[Field]) -> list[Versions]:
    """The same for custom fields."""
    stands = field_queries.values([partner.id], fields).get(partner.id, {})
    typed = field_forms.values_of(form, fields)
    return [
        Versions(
            field.label,
            value_text(stands.get(field.id)),
            value_text(typed.get(field.id)),
        )
        for field in fields
        if stands.get(field.id) != typed.get(field.id)
    ]


def _offer(form: PartnerForm, partner: Partner | None = None) -> None:
    """Managers hand a partner to somebody; only administrators leave it to nobody.

    A partner without an owner would slip out of the manager's own hands.
    """
    people = [(user.id, user.name) for user in staff()]
    members = {user.id: user.name for user in queries.team(partner.id)} if partner else {}
    owners: list[tuple[int, Any]] = list(people)
    if not (g.viewer.role == "manager" and (form.owner.data or 0)):
        owners.insert(0, (0, _("Nobody yet")))
    # Somebody who has left stays on offer where they are on the team, or saving would refuse.
    form.offer(owners, list((dict(people) | members).items()))
