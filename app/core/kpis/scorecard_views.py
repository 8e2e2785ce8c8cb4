"""A partner's scorecard, and what stands behind each of its figures."""

from typing import Any

from flask import abort, g, request

from app import tables
from app.core.kpis import queries, scorecard_pdf
from app.core.kpis.blueprint import blueprint
from app.core.kpis.explanation_pages import figure_context, score_context
from app.core.kpis.exports import lists
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.presentation import period_code
from app.core.kpis.score_explanation import declared_in
from app.core.kpis.sparklines import of_scorecard
from app.core.partners import queries as partners
from app.core.partners.views import page_context
from app.security import requires
from app.web import render


@blueprint.get("/partners/<int:partner_id>/kpis")
@requires("kpis.view")
def partner_scorecard(partner_id: int) -> Any:
    """How one partner stands in a period: every KPI with its trend, target and attainment."""
    partner = partners.get(partner_id, g.viewer)
    calendar, today = g.organisation.calendar, g.organisation.today()
    period = period_argument(lambda: queries.latest_period_of(partner_id))
    view = queries.scorecard(partner_id, period, calendar, today)
    if request.args.get("download") == "pdf":
        return scorecard_pdf.answer(partner, view)
    if kind := tables.wanted():
        name = f"scorecard-{partner.code}-{period_code(period)}"
        return tables.download(view.rows, lists.scorecard(partner), name, kind)
    context = page_context(partner, "kpis")
    return render(
        "kpis/scorecard.html",
        "kpis/_scorecard.html",
        **context,
        view=view,
        period=period,
        switch=period_switch(period),
        sparklines=of_scorecard(view, calendar, partner.currency),
        declared=declared_in(view, calendar),
        others=_others(view) if context["may_edit"] else [],
    )


@blueprint.get("/partners/<int:partner_id>/scorecard/explain")
@requires("kpis.view")
def explain_score(partner_id: int) -> Any:
    """Where a scorecard's number comes from: what each KPI adds, and what is missing."""
    partner = partners.get(partner_id, g.viewer)
    period = period_argument(lambda: queries.latest_period_of(partner_id))
    context = page_context(partner, "kpis") | score_context(partner, period)
    return render("kpis/score.html", "kpis/_score.html", **context)


@blueprint.get("/partners/<int:partner_id>/kpis/<int:kpi_id>/explain")
@requires("kpis.view")
def explain(partner_id: int, kpi_id: int) -> Any:
    """Where a figure comes from: entries, roll-up, attainment, who submitted and approved."""
    partner = partners.get(partner_id, g.viewer)
    context = page_context(partner, "kpis") | figure_context(partner, kpi_or_404(kpi_id))
    return render("kpis/explain.html", "kpis/_explain.html", **context)


def kpi_or_404(kpi_id: int) -> Any:
    """The definition, in use or not."""
    kpi = queries.definitions(active_only=False).get(kpi_id)
    if kpi is None:
        abort(404)
    return kpi


def _others(view: queries.ScorecardView) -> list[Any]:
    """KPIs in use that this scorecard does not have yet."""
    shown = {row.kpi.id for row in view.rows}
    return [kpi for kpi in queries.definitions().values() if kpi.id not in shown]
