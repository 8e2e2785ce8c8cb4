"""A portfolio's total explained: the partners that it is made of."""

from typing import Any

from flask import g

from app.core.kpis import queries
from app.core.kpis.blueprint import blueprint
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.scorecard_views import kpi_or_404
from app.security import requires
from app.web import Page, page_number, render

PER_PAGE = 50


@blueprint.get("/kpis/<int:kpi_id>/total")
@requires("kpis.view")
def total(kpi_id: int) -> Any:
    """What all partners together come to in a period, partner by partner."""
    kpi = kpi_or_404(kpi_id)
    period = period_argument(lambda: queries.latest_period_with_values(viewer=g.viewer))
    number = page_number()
    found = queries.total_parts(kpi, period, g.organisation.calendar, number, PER_PAGE)
    return render(
        "kpis/total.html",
        "kpis/_total.html",
        kpi=kpi,
        period=period,
        switch=period_switch(period, kpi.kind),
        totals=[row for row in queries.totals(period) if row.kpi_id == kpi_id],
        parts=found.parts,
        summed=found.summed,
        page=Page(number, PER_PAGE, found.partners),
    )
