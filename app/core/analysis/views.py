"""Pages that put partnerships side by side."""

from typing import Any

from flask import Blueprint, abort, g, request, url_for
from flask_babel import gettext as _

from app import tables
from app.core.analysis import queries, rules, services
from app.core.analysis.forms import BenchmarkForm, benchmark_form
from app.core.ids import row_id
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.presentation import figure
from app.core.kpis.queries import KpiRow, latest_period_with_values
from app.core.kpis.scorecard_views import kpi_or_404
from app.core.partners import queries as partners
from app.core.partners.views import page_context
from app.core.quantities import MILLION
from app.security import requires
from app.web import render, same_page, saved

blueprint = Blueprint("analysis", __name__)
HEAVIEST = 1_000


@blueprint.get("/compare")
@requires("kpis.view")
def compare() -> Any:
    """Two to five partners side by side, with a winner per row."""
    partners_ = queries.chosen(g.viewer, _ids("partner"))
    period = period_argument(lambda: latest_period_with_values(viewer=g.viewer))
    weights = _weights()
    text = request.args.get("q", "")[:100].strip()
    found = None
    if len(partners_) >= rules.FEWEST:
        found = queries.comparison(
            partners_, period, g.organisation.calendar, g.organisation.today(), weights
        )
    if found and (kind := tables.wanted()):
        return tables.download(found.metrics, _columns(found), "comparison", kind)
    ids = [p.id for p in partners_]
    return render(
        "analysis/compare.html",
        "analysis/_compare.html",
        partners=partners_,
        period=period,
        switch=period_switch(period),
        found=found,
        weights=weights,
        heaviest=HEAVIEST,
        q=text,
        suggestions=queries.suggestions(g.viewer, text, ids) if len(ids) < rules.MOST else (),
        room=rules.MOST - len(ids),
        link=lambda chosen: same_page(partner=chosen, q=None),
        ids=ids,
    )


@blueprint.get("/partners/<int:partner_id>/kpis/<int:kpi_id>/beside")
@requires("kpis.view")
def beside(partner_id: int, kpi_id: int) -> Any:
    """One figure beside its peers, past partnerships of its age, and published figures."""
    partner, kpi = partners.get(partner_id, g.viewer), kpi_or_404(kpi_id)
    period = _own_period(kpi)
    return render(
        "analysis/beside.html",
        "analysis/_beside.html",
        **page_context(partner, "kpis"),
        kpi=kpi,
        period=period,
        beside=queries.beside(partner, kpi, period, g.organisation.calendar, rules.PEERS_FOR_STAFF),
    )


@blueprint.get("/kpis/<int:kpi_id>/benchmarks")
@requires("kpis.view")
def benchmarks(kpi_id: int) -> Any:
    """What the trade reaches in one KPI."""
    kpi = kpi_or_404(kpi_id)
    rows = queries.benchmarks(kpi_id)
    if kind := tables.wanted():
        return tables.download(rows, _benchmark_columns(), f"benchmarks-{kpi.code}", kind)
    today = g.organisation.today()
    return render("analysis/benchmarks.html", kpi=kpi, rows=rows, today=today)


@blueprint.route("/kpis/<int:kpi_id>/benchmarks/new", methods=["GET", "POST"])
@requires("kpis.define")
def new_benchmark(kpi_id: int) -> Any:
    """Add a published figure."""
    kpi = kpi_or_404(kpi_id)
    form = benchmark_form(kpi)
    if not form.is_submitted():
        if "currency" in form:
            form.currency.data = g.organisation.currency
        return render("analysis/benchmark.html", kpi=kpi, form=form, row=None)
    if form.validate():
        services.add_benchmark(kpi_id, form.draft())
        return saved(_("Saved."), url_for("analysis.benchmarks", kpi_id=kpi_id))
    return render("analysis/benchmark.html", status=422, kpi=kpi, form=form, row=None)


@blueprint.route("/kpis/<int:kpi_id>/benchmarks/<int:benchmark_id>", methods=["GET", "POST"])
@requires("kpis.define")
def benchmark(kpi_id: int, benchmark_id: int) -> Any:
    """Change a published figure."""
    kpi, row = kpi_or_404(kpi_id), _benchmark_or_404(kpi_id, benchmark_id)
    form = benchmark_form(kpi, obj=row)
    if form.is_submitted() and form.validate():
        try:
            services.change_benchmark(row.id, kpi_id, form.draft(), form.version.data)
        except services.StaleBenchmark:
            return _stale(kpi, form, benchmark_id)
        return saved(_("Saved."), url_for("analysis.benchmarks", kpi_id=kpi_id))
    status = 422 if form.is_submitted() else 200
    return render(
        "analysis/benchmark.html", status=status, kpi=kpi, form=form, row=row, stale=False
    )


@blueprint.post("/kpis/<int:kpi_id>/benchmarks/<int:benchmark_id>/remove")
@requires("kpis.define")
def remove_benchmark(kpi_id: int, benchmark_id: int) -> Any:
    """Take a published figure out of use."""
    row = _benchmark_or_404(kpi_id, benchmark_id)
    services.remove_benchmark(row.id, kpi_id)
    return saved(_("Removed."), url_for("analysis.benchmarks", kpi_id=kpi_id))


def _stale(kpi: KpiRow, form: BenchmarkForm, benchmark_id: int) -> Any:
    """Show what somebody else saved beside what was typed."""
    row = _benchmark_or_404(kpi.id, benchmark_id)
    form.version.raw_data, form.version.data = None, row.version
    form.form_errors.append(
        _("Somebody saved this benchmark while you were editing. Compare, then save again.")
    )
    return render("analysis/benchmark.html", status=422, kpi=kpi, form=form, row=row, stale=True)


def _benchmark_or_404(kpi_id: int, benchmark_id: int) -> queries.BenchmarkRow:
    row = queries.benchmark(kpi_id, benchmark_id)
    if row is None:
        abort(404)
    return row


def _own_period(kpi: KpiRow) -> Any:
    """The period of the address, at the KPI's own frequency."""
    calendar = g.organisation.calendar
    period = period_argument(calendar.containing(g.organisation.today(), kpi.kind))
    if period.kind is kpi.kind:
        return period
    if period.kind.rank < kpi.kind.rank:
        return next(p for p in calendar.coarser(period) if p.kind is kpi.kind)
    return calendar.subperiods(period, kpi.kind)[-1]


def _ids(key: str) -> list[int]:
    texts = request.args.getlist(key)[: 2 * rules.MOST]
    return [id_ for text in texts if (id_ := row_id(text)) is not None]


def _weights() -> dict[int, int]:
    """Weights by KPI from `w-<id>`, in millionths; nonsense weighs nothing."""
    found: dict[int, int] = {}
    for key, text in request.args.items():
        kpi_id = row_id(key.removeprefix("w-")) if key.startswith("w-") else None
        weight = row_id(text) or 0
        if kpi_id is not None and 0 < weight <= HEAVIEST:
            found[kpi_id] = weight * MILLION
    return found


def _columns(found: queries.Comparison) -> list[tables.Column]:
    """The comparison as a file: a row for each metric, exact figures."""

    def actual(place: int) -> Any:
        def value(metric: queries.Metric) -> Any:
            standing = metric.cells[place].standing
            known = standing.result.actual if standing else None
            ordinal = known is not None and metric.kpi.value_type == "ordinal"
            return figure(known, metric.kpi) if ordinal else known

        return value

    def ahead(metric: queries.Metric) -> str:
        leading = [p.name for p, c in zip(found.partners, metric.cells, strict=True) if c.wins]
        if leading:
            return str(leading[0])
        return _("Tie") if any(cell.ties for cell in metric.cells) else ""

    return [
        tables.Column(_("KPI"), lambda metric: metric.kpi.code),
        tables.Column(_("Metric"), lambda metric: metric.kpi.name),
        *(tables.Column(p.name, actual(place)) for place, p in enumerate(found.partners)),
        tables.Column(_("Ahead"), ahead),
    ]


def _benchmark_columns() -> list[tables.Column]:
    return [
        tables.Column(_("Source"), lambda row: row.source),
        tables.Column(_("Value"), lambda row: row.figure),
        tables.Column(_("Currency"), lambda row: row.currency),
        tables.Column(_("Holds from"), lambda row: row.valid_from),
        tables.Column(_("Holds until"), lambda row: row.valid_to),
        tables.Column(_("Where it can be read"), lambda row: row.url),
    ]
