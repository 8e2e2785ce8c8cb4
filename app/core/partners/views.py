"""A partner's page."""

from typing import Any

from flask import Blueprint, current_app, g, url_for
from flask_babel import gettext as _

from app.core.accounts import queries as accounts
from app.core.accounts.rules import Absence
from app.core.contract import PartnerRef
from app.core.kpis import queries as kpi_queries
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.sparklines import of_scorecard
from app.core.messages import mail_queries
from app.core.partners import contact_access, interaction_queries, labels, queries, rules
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields.labels import value_text
from app.core.partners.models import Partner
from app.core.results import ReadyPanel
from app.core.suggestions import queries as suggestion_queries
from app.core.suggestions.forms import forms_of
from app.core.tasks import labels as task_labels
from app.core.tasks import queries as task_queries
from app.security import requires
from app.web import language_names, render

EARLY = ("prospect", "onboarding", "active")  # who can still learn from what has ended

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
        "owner_out": accounts.away([partner.owner_id]) if _is_out(partner) else {},
    }


def _is_out(partner: Partner) -> bool:
    """Whether the owner's row, read with the partner, says that they are absent today."""
    owner = partner.owner
    if owner is None:
        return False
    absence = Absence(owner.absent_from, owner.absent_until, owner.deputy_id)
    return absence.on(g.organisation.today())


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
    matters = queries.coverage(context["people"], partner.matters)
    calendar, today = g.organisation.calendar, g.organisation.today()
    period = period_argument(lambda: kpi_queries.latest_period_of(partner_id))
    scorecard = kpi_queries.scorecard(partner.id, period, calendar, today)
    suggested = (
        suggestion_queries.waiting_about(g.viewer, partner.id) if context["may_edit"] else []
    )
    return render(
        "partners/show.html",
        **context,
        profile=profile,
        review_overdue=rules.review_overdue(profile and profile.next_review, today),
        goals=queries.goals(partner.id),
        steps=steps,
        team=queries.team(partner.id),
        access=contact_access.states(context["people"]),
        bouncing=mail_queries.bouncing([person.email for person in context["people"]]),
        custom=field_queries.shown(partner.id),
        field_text=value_text,
        regions=queries.regions_of(partner.id),
        languages=dict(language_names()),
        matters=matters,
        matrix=queries.who_for_what(context["people"], matters),
        talks=interaction_queries.latest(partner.id),
        open_tasks=task_queries.open_tasks(g.viewer, partner.id),
        task_labels=task_labels,
        suggestions=suggested,
        suggestion_forms=forms_of(suggested),
        today=today,
        past=queries.past_collaborations(g.viewer, partner) if partner.status in EARLY else [],
        timeline=ReadyPanel(
            "timeline",
            _("Timeline"),
            url_for("partners.timeline", partner_id=partner.id),
            "",
        ),
        period=period,
        switch=period_switch(period),
        scorecard=scorecard,
        sparklines=of_scorecard(scorecard, calendar, partner.currency),
        panels=host().panels("partner_panels", partner=context["ref"], viewer=g.viewer),
    )
