"""A partner's page, and the form that adds or changes one."""

from typing import Any

from flask import Blueprint, current_app, g, url_for
from flask_babel import gettext as _
from peewee import IntegrityError

from app.core.accounts.queries import staff
from app.core.contract import PartnerRef
from app.core.form_fields import options
from app.core.kpis import queries as kpi_queries
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.sparklines import of_scorecard
from app.core.partners import goal_queries, labels, queries, rules, services
from app.core.partners.fields import forms as field_forms
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields.labels import value_text
from app.core.partners.forms import PartnerForm
from app.core.partners.models import Partner
from app.security import requires
from app.web import render, saved

blueprint = Blueprint("partners", __name__, url_prefix="/partners")


def host() -> Any:
    """The plugin host of this application."""
    return current_app.extensions["entente"].host


def page_context(partner: Partner, tab: str) -> dict[str, Any]:
    """What the header and the tabs of every page about one partner show."""
    ref = PartnerRef(partner.id, partner.code, partner.name, partner.status)
    people = queries.contacts(partner.id)
    return {
        "partner": partner,
        "ref": ref,
        "tab": tab,
        "labels": labels,
        "people": people,
        "tags": queries.tags_of([partner.id]).get(partner.id, []),
        "badges": host().badges([ref], g.viewer).get(partner.id, []),
        "may_edit": queries.may_edit(g.viewer, partner),
    }


@blueprint.get("/<int:partner_id>")
@requires("partners.view")
def show(partner_id: int) -> Any:
    """One partner: how it is going, whom to reach, what the partnership rests on."""
    partner = queries.get(partner_id, g.viewer)
    context = page_context(partner, "overview")
    profile = queries.profile(partner.id)
    facts = queries.facts(partner, context["people"], profile)
    admin = g.viewer.can("partners.admin")
    steps = [
        (row, rules.unmet(row, facts))
        for row in (rules.possible(partner.status, admin=admin) if context["may_edit"] else ())
    ]
    calendar, today = g.organisation.calendar, g.organisation.today()
    period = period_argument(lambda: kpi_queries.latest_period_of(partner_id))
    scorecard = kpi_queries.scorecard(partner.id, period, calendar, today)
    return render(
        "partners/show.html",
        **context,
        profile=profile,
        review_overdue=rules.review_overdue(profile and profile.next_review, today),
        goals=goal_queries.goals(partner.id),
        steps=steps,
        team=queries.team(partner.id),
        custom=field_queries.shown(partner.id),
        field_text=value_text,
        matters=queries.coverage(context["people"]),
        period=period,
        switch=period_switch(period),
        scorecard=scorecard,
        sparklines=of_scorecard(scorecard, calendar, partner.currency),
        panels=host().panels("partner_panels", partner=context["ref"], viewer=g.viewer),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("partners.edit")
def new() -> Any:
    """Add a partner; it begins as a prospect."""
    fields = field_queries.definitions()
    form_class = field_forms.with_custom_fields(PartnerForm, fields)
    form = form_class(currency=g.organisation.currency, owner=g.viewer.user_id)
    _offer_owners(form)
    if not form.is_submitted():
        return render("partners/edit.html", form=form, partner=None)
    if form.validate():
        try:
            partner = services.create(
                form.values(), form.tag_list(), g.viewer, field_forms.values_of(form, fields)
            )
        except IntegrityError:
            form.code.errors = [_("Another partner has this code.")]
        else:
            return saved(
                _("%(name)s was added.", name=partner.name),
                url_for("partners.show", partner_id=partner.id),
            )
    return render("partners/edit.html", status=422, form=form, partner=None)


@blueprint.route("/<int:partner_id>/edit", methods=["GET", "POST"])
@requires("partners.edit")
def edit(partner_id: int) -> Any:
    """Change a partner's own facts."""
    partner = queries.editable(g.viewer, partner_id)
    tags = queries.tags_of([partner.id]).get(partner.id, [])
    fields = field_queries.definitions()
    form_class = field_forms.with_custom_fields(PartnerForm, fields)
    form = form_class(obj=partner, owner=partner.owner_id or 0, tags=", ".join(tags))
    _offer_owners(form)
    if not form.is_submitted():
        form.owner.data, form.tags.data = partner.owner_id or 0, ", ".join(tags)
        field_forms.fill(
            form, fields, field_queries.values([partner.id], fields).get(partner.id, {})
        )
        return render("partners/edit.html", form=form, partner=partner)
    stale = None
    if form.validate():
        try:
            services.change(
                partner,
                form.values(),
                form.tag_list(),
                form.version.data,
                field_forms.values_of(form, fields),
            )
        except services.StaleEdit as refused:
            stale = refused.current
            form.version.data = stale.version
            form.form_errors.append(
                _("Somebody saved this partner while you were editing. Compare, then save again.")
            )
        except IntegrityError:
            form.code.errors = [_("Another partner has this code.")]
        else:
            return saved(_("Saved."), url_for("partners.show", partner_id=partner.id))
    return render("partners/edit.html", status=422, form=form, partner=partner, stale=stale)


def _offer_owners(form: PartnerForm) -> None:
    """Managers hand a partner to somebody; only administrators leave it to nobody.

    A partner without an owner would slip out of the manager's own hands.
    """
    owners = [(user.id, user.name) for user in staff()]
    present = form.owner.data or 0
    if not (g.viewer.role == "manager" and present):
        owners.insert(0, (0, _("Nobody yet")))
    form.owner.choices = options(owners)
