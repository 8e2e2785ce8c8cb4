"""The catalogue: every KPI by category, and the form of its definition."""

from dataclasses import dataclass
from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app import tables
from app.core.kpis import queries, services
from app.core.kpis.blueprint import blueprint
from app.core.kpis.definition_form import KpiForm
from app.core.kpis.exports import lists
from app.core.kpis.forms import blame
from app.core.kpis.labels import kpi_word
from app.core.kpis.models import CATEGORIES, Kpi
from app.core.kpis.period_switch import period_argument, period_switch
from app.core.kpis.services.definitions import is_used
from app.core.partners.rules import fold
from app.security import requires
from app.web import Page, page_number, render, same_page, saved

PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """What the catalogue is narrowed to."""

    q: str
    category: str
    retired: bool


@blueprint.get("/kpis")
@requires("kpis.view")
def catalogue() -> Any:
    """Every KPI by category, with the portfolio's total of the period."""
    filters = _filters()
    everything = [
        kpi
        for kpi in queries.definitions(active_only=False).values()
        if kpi.active != filters.retired
    ]
    found = [kpi for kpi in everything if _matches(kpi, filters)]
    of_category = [kpi for kpi in found if filters.category in ("", kpi.category)]
    number = page_number()
    shown = of_category[(number - 1) * PER_PAGE : number * PER_PAGE]
    period = period_argument(lambda: queries.latest_period_with_values(viewer=g.viewer))
    totals: dict[int, list[Any]] = {}
    for row in queries.totals(period):
        totals.setdefault(row.kpi_id, []).append(row)
    if kind := tables.wanted():
        return tables.download(of_category, lists.catalogue(totals, period), "kpis", kind)
    return render(
        "kpis/catalogue.html",
        "kpis/_catalogue.html",
        filters=filters,
        groups=_grouped(shown),
        any=bool(everything) or filters.retired,
        chips=_chips(found, filters),
        totals=totals,
        period=period,
        switch=period_switch(period),
        page=Page(number, PER_PAGE, len(of_category)),
        link=_link,
    )


@blueprint.route("/kpis/new", methods=["GET", "POST"])
@requires("kpis.define")
def new() -> Any:
    """Define a KPI."""
    form = KpiForm()
    if form.is_submitted() and form.validate():
        try:
            services.save_kpi(_draft(form), by=g.viewer, note=form.note.data or "")
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("%(name)s is defined.", name=form.name.data), url_for("kpis.catalogue"))
    status = 422 if form.is_submitted() else 200
    return render("kpis/definition.html", status=status, form=form, kpi=None, used=False)


@blueprint.route("/kpis/<int:kpi_id>/edit", methods=["GET", "POST"])
@requires("kpis.define")
def edit(kpi_id: int) -> Any:
    """Change a definition; what its figures mean stays once there are any."""
    kpi = Kpi.get_or_none(Kpi.id == kpi_id)
    if kpi is None:
        abort(404)
    form = KpiForm(obj=kpi)
    stale = False
    if form.is_submitted() and form.validate():
        try:
            services.save_kpi(
                _draft(form),
                by=g.viewer,
                kpi_id=kpi_id,
                version=form.version.data,
                note=form.note.data or "",
            )
        except services.StaleVersion:
            stale = True
            form.version.raw_data, form.version.data = None, kpi.version
            form.form_errors.append(
                _("Somebody saved this KPI while you were editing. Compare, then save again.")
            )
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Saved."), url_for("kpis.catalogue"))
    status = 422 if form.is_submitted() else 200
    return render(
        "kpis/definition.html",
        status=status,
        form=form,
        kpi=kpi,
        used=is_used(kpi_id),
        stale=stale,
    )


def _draft(form: KpiForm) -> services.KpiDraft:
    return services.KpiDraft(
        code=form.code.data or "",
        name=form.name.data or "",
        category=form.category.data,
        value_type=form.value_type.data,
        direction=form.direction.data,
        nature=form.nature.data,
        aggregation=form.aggregation.data,
        frequency=form.frequency.data,
        unit=form.unit.data or "",
        description=form.description.data or "",
        labels="\n".join(form.label_list()),
        submitter=form.submitter.data,
        due_days=form.due_days.data or 0,
        active=bool(form.active.data),
        evidence_required=bool(form.evidence_required.data),
        data_source=form.data_source.data or "",
        formula=form.formula.data or "",
    )


def _filters() -> Filters:
    category = request.args.get("category", "")
    return Filters(
        q=request.args.get("q", "")[:100].strip(),
        category=category if category in CATEGORIES else "",
        retired=request.args.get("retired") == "1",
    )


def _matches(kpi: Any, filters: Filters) -> bool:
    return not filters.q or fold(filters.q) in fold(f"{kpi.code} {kpi.name} {kpi.description}")


def _grouped(kpis: list[Any]) -> list[tuple[str, list[Any]]]:
    """The KPIs of each category, in the order of the model."""
    return [
        (category, rows)
        for category in CATEGORIES
        if (rows := [kpi for kpi in kpis if kpi.category == category])
    ]


def _chips(kpis: list[Any], filters: Filters) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for kpi in kpis:
        counts[kpi.category] = counts.get(kpi.category, 0) + 1
    chips = []
    for category in CATEGORIES:
        active = category == filters.category
        if active or category in counts:
            chips.append(
                {
                    "label": kpi_word("category", category),
                    "count": counts.get(category, 0),
                    "active": active,
                    "url": _link(category=None if active else category),
                }
            )
    retired = {
        "label": _("Out of use"),
        "active": filters.retired,
        "url": _link(retired=None if filters.retired else "1", category=None),
    }
    return [*chips, retired]


def _link(**changes: Any) -> str:
    """The catalogue's address with some filters changed; None takes one away."""
    return same_page(page=None, **changes)
