"""The grids of staff: every KPI of a partner, and every partner of a KPI."""

from typing import Any

from flask import g, request, url_for

from app.core.kpis import services
from app.core.kpis.blueprint import blueprint
from app.core.kpis.grid import queries
from app.core.kpis.grid.columns import Columns, columns
from app.core.kpis.grid.pages import MOST_ROWS, kinds_of, row_of, save_drafts, show, take
from app.core.kpis.grid.sheet import Row
from app.core.kpis.queries import KpiRow, definitions
from app.core.kpis.scorecard_views import kpi_or_404
from app.core.partners import queries as partners
from app.core.partners.models import Partner
from app.core.partners.views import page_context
from app.security import requires
from app.web import Page, page_number

PARTNERS = 25


@blueprint.get("/partners/<int:partner_id>/kpis/grid")
@requires("kpis.view")
def partner_grid(partner_id: int) -> Any:
    """A partner's KPIs × periods."""
    partner = partners.get(partner_id, g.viewer)
    return show("kpis/partner_grid.html", *_of_partner(partner), **_partner_context(partner))


@blueprint.post("/partners/<int:partner_id>/kpis/grid")
@requires("kpis.submit")
def submit_partner_grid(partner_id: int) -> Any:
    """Check or submit the figures of a partner's grid, or discard its drafts."""
    partner = partners.editable(g.viewer, partner_id)
    rows, shown = _of_partner(partner)
    return take(
        "kpis/partner_grid.html",
        rows,
        shown,
        {"partner_id": partner.id},
        **_partner_context(partner),
    )


@blueprint.get("/kpis/<int:kpi_id>/grid")
@requires("kpis.view")
def kpi_grid(kpi_id: int) -> Any:
    """Partners × periods of a KPI."""
    kpi = kpi_or_404(kpi_id)
    rows, shown, page = _of_kpi(kpi)
    return show("kpis/kpi_grid.html", rows, shown, **_kpi_context(kpi, page))


@blueprint.post("/kpis/<int:kpi_id>/grid")
@requires("kpis.submit")
def submit_kpi_grid(kpi_id: int) -> Any:
    """Check or submit the figures of a KPI's grid, or discard its drafts."""
    kpi = kpi_or_404(kpi_id)
    rows, shown, page = _of_kpi(kpi)
    return take("kpis/kpi_grid.html", rows, shown, {"kpi_id": kpi_id}, **_kpi_context(kpi, page))


@blueprint.post("/kpis/drafts")
@requires("kpis.submit")
def keep_grid_drafts() -> Any:
    """Keep what somebody types into a grid."""
    return save_drafts()


def _of_partner(partner: Partner) -> tuple[list[Row], Columns]:
    writable = partners.may_edit(g.viewer, partner) and g.viewer.can("kpis.submit")
    every = definitions()
    known = queries.measured(partner.id)
    kpis = [kpi for kpi in every.values() if kpi.id in known]
    if not kpis or request.args.get("kpis") == "all":
        kpis = list(every.values())
    shown = columns(*kinds_of(kpis))
    of_kind = [kpi for kpi in kpis if kpi.kind is shown.kind][:MOST_ROWS]
    return [_partner_row(kpi, partner, writable=writable) for kpi in of_kind], shown


def _partner_row(kpi: KpiRow, partner: Partner, *, writable: bool) -> Row:
    return row_of(
        kpi,
        partner,
        label=kpi.name,
        sub=kpi.unit,
        url=url_for("kpis.show", partner_id=partner.id, kpi_id=kpi.id),
        writable=writable,
    )


def _partner_context(partner: Partner) -> dict[str, Any]:
    context = page_context(partner, "kpis")
    own = context["may_edit"] and g.viewer.can("kpis.approve")
    return context | {
        "all_kpis": request.args.get("kpis") == "all",
        "drafts_url": url_for("kpis.keep_grid_drafts"),
        "approvable": own and services.may_approve_own(partner.id),
    }


def _of_kpi(kpi: KpiRow) -> tuple[list[Row], Columns, Page]:
    number = page_number()
    found, total = queries.row_partners(g.viewer, number, PARTNERS)
    writable = g.viewer.can("kpis.submit") and kpi.active
    rows = [
        row_of(
            kpi,
            partner,
            label=partner.name,
            sub=partner.code,
            url=url_for("kpis.show", partner_id=partner.id, kpi_id=kpi.id),
            writable=writable,
        )
        for partner in found
    ]
    return rows, columns({kpi.kind}, kpi.kind), Page(number, PARTNERS, total)


def _kpi_context(kpi: KpiRow, page: Page) -> dict[str, Any]:
    return {
        "kpi": kpi,
        "page": page,
        "drafts_url": url_for("kpis.keep_grid_drafts"),
        "approvable": g.viewer.can("kpis.approve"),
    }
