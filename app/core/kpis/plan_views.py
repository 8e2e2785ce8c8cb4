"""The measurement plan: which KPIs measure which goal of a partnership, and how often."""

from typing import Any

from flask import g

from app import tables
from app.core.kpis import queries
from app.core.kpis.blueprint import blueprint
from app.core.kpis.exports import lists
from app.core.partners import queries as partners
from app.core.partners.goal_queries import goals as goals_of
from app.core.partners.views import page_context
from app.security import requires
from app.web import render


@blueprint.get("/partners/<int:partner_id>/kpis/plan")
@requires("kpis.view")
def plan(partner_id: int) -> Any:
    """Goal, KPIs, frequency: on one page that prints."""
    partner = partners.get(partner_id, g.viewer)
    goals = goals_of(partner_id)
    lines = queries.plan(goals, queries.measured(partner_id))
    if kind := tables.wanted():
        found: list[Any] = [(line.goal, kpi) for line in lines for kpi in line.kpis or (None,)]
        return tables.download(found, lists.measured(), f"plan-{partner.code}", kind)
    return render(
        "kpis/plan.html",
        **page_context(partner, "kpis"),
        goals=goals,
        lines=lines,
    )
