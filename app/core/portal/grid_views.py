"""A contact's grid: the KPIs that the partner's side reports × periods."""

from typing import Any

from flask import g, url_for

from app.core.kpis.grid import queries
from app.core.kpis.grid.columns import Columns, columns
from app.core.kpis.grid.pages import MOST_ROWS, kinds_of, row_of, save_drafts, show, take
from app.core.kpis.grid.sheet import Row
from app.core.kpis.queries import definitions
from app.core.partners import queries as partners
from app.core.partners.models import Partner
from app.core.portal.views import blueprint
from app.security import requires


@blueprint.get("/grid")
@requires("portal.view")
def grid() -> Any:
    """What the own partner reports, many periods at once."""
    partner = partners.get(g.viewer.partner_id, g.viewer)
    return show("portal/grid.html", *_rows(partner), **_context(partner))


@blueprint.post("/grid")
@requires("portal.submit")
def submit_grid() -> Any:
    """Check or submit the figures of the own grid, or discard its drafts."""
    partner = partners.get(g.viewer.partner_id, g.viewer)
    rows, shown = _rows(partner)
    scope = {"partner_id": partner.id}
    return take("portal/grid.html", rows, shown, scope, **_context(partner))


@blueprint.post("/grid/drafts")
@requires("portal.submit")
def keep_grid_drafts() -> Any:
    """Keep what a contact types into the grid."""
    return save_drafts()


def _rows(partner: Partner) -> tuple[list[Row], Columns]:
    known = queries.measured(partner.id)
    kpis = [
        kpi
        for kpi in definitions().values()
        if kpi.id in known and kpi.submitter == "partner" and not kpi.formula
    ]
    shown = columns(*kinds_of(kpis))
    writable = g.viewer.can("portal.submit")
    rows = [
        row_of(
            kpi,
            partner,
            label=kpi.name,
            sub=kpi.unit,
            url=url_for("portal.kpi", kpi_id=kpi.id),
            writable=writable,
        )
        for kpi in kpis
        if kpi.kind is shown.kind
    ]
    return rows[:MOST_ROWS], shown


def _context(partner: Partner) -> dict[str, Any]:
    return {
        "partner": partner,
        "drafts_url": url_for("portal.keep_grid_drafts"),
        "approvable": False,
    }
