"""A contact's own figures explained, as staff see them explained."""

from typing import Any

from flask import g

from app.core.kpis import queries as kpi_queries
from app.core.kpis import scorecard_pdf as on_paper
from app.core.kpis.explanation_pages import figure_context, score_context
from app.core.kpis.period_switch import period_argument
from app.core.portal.views import blueprint, own_kpi, own_partner
from app.security import requires
from app.web import render


@blueprint.get("/kpis/<int:kpi_id>/explain")
@requires("portal.view")
def explain(kpi_id: int) -> Any:
    """Where a figure of the own partner comes from."""
    row = own_kpi(kpi_id)
    return render("portal/explain.html", "kpis/_explain.html", **figure_context(own_partner(), row))


@blueprint.get("/scorecard")
@requires("portal.view")
def score() -> Any:
    """Where the own scorecard's number comes from."""
    period = period_argument(lambda: kpi_queries.latest_period_with_values(viewer=g.viewer))
    return render("portal/score.html", "kpis/_score.html", **score_context(own_partner(), period))


@blueprint.get("/scorecard.pdf")
@requires("portal.view")
def scorecard_pdf() -> Any:
    """The own scorecard of a period on paper."""
    period = period_argument(lambda: kpi_queries.latest_period_with_values(viewer=g.viewer))
    partner, organisation = own_partner(), g.organisation
    view = kpi_queries.scorecard(partner.id, period, organisation.calendar, organisation.today())
    return on_paper.answer(partner, view)
