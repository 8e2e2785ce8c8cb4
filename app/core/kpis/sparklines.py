"""The last twelve periods of each KPI as a row of points, with gaps where nothing was approved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from app.core.kpis import queries
from app.core.kpis.presentation import figure, period_label
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION

LENGTH = 12


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Points from the oldest to the latest; the label says what a picture cannot."""

    points: list[float | None]
    target: float | None
    label: str


def of_scorecard(
    view: queries.ScorecardView, calendar: Calendar, currency: str = ""
) -> dict[int, Sparkline]:
    """The rows of each KPI on a scorecard; asks for more figures only where it must."""
    kpis = [row.kpi for row in view.rows]
    figures, last = view.figures, calendar.end(view.period)
    if any(kpi.kind.rank > Kind.MONTH.rank for kpi in kpis):
        first = min(calendar.start(_periods(kpi.kind, last, calendar)[0]) for kpi in kpis)
        figures = queries.partner_figures(view.partner_id, first, last, calendar)
    return sparklines(figures, kpis, view.period, calendar, currency)


def sparklines(
    figures: queries.Figures,
    kpis: Iterable[queries.KpiRow],
    period: Period,
    calendar: Calendar,
    currency: str = "",
) -> dict[int, Sparkline]:
    """Each KPI's points up to the end of the period, from a partner's figures."""
    last = calendar.end(period)
    drawn = {}
    of_kind: dict[Kind, list[Period]] = {}
    for kpi in kpis:
        if kpi.kind not in of_kind:
            of_kind[kpi.kind] = _periods(kpi.kind, last, calendar)
        periods = of_kind[kpi.kind]
        keys = {p.key for p in periods}
        by_key = {p.period: p for p in figures.values.get(kpi.id, ()) if p.period in keys}
        places = [by_key[p.key].place if p.key in by_key else None for p in periods]
        known = [
            (p, by_key[p.key])
            for p, place in zip(periods, places, strict=True)
            if place is not None
        ]
        targets = [t.target for t in figures.targets.get(kpi.id, ()) if t.period in keys]
        target = targets[-1] if targets else None
        drawn[kpi.id] = Sparkline(
            points=places,
            target=None if target is None else target / MILLION,
            label=_label(kpi, known, currency),
        )
    return drawn


def _periods(kind: Kind, last: date, calendar: Calendar) -> list[Period]:
    end = calendar.containing(last, kind)
    if calendar.end(end) > last:
        end = calendar.shift(end, -1)
    return calendar.between(calendar.shift(end, 1 - LENGTH), end)


def _label(kpi: queries.KpiRow, known: list[tuple[Period, queries.Point]], currency: str) -> str:
    if not known:
        return str(_("%(kpi)s: no values", kpi=kpi.name))
    (first, start), (last, end) = known[0], known[-1]
    return str(
        _(
            "%(kpi)s from %(start)s in %(first)s to %(end)s in %(last)s",
            kpi=kpi.name,
            start=figure(start.figure, kpi, currency),
            first=period_label(first),
            end=figure(end.figure, kpi, currency),
            last=period_label(last),
        )
    )
