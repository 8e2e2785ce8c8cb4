"""The last periods of one KPI of one partner: as a chart, as its table, and what comes next."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from app.core.contract import Viewer
from app.core.kpis import queries
from app.core.kpis.period_switch import period_argument
from app.core.kpis.presentation import is_percentage, period_code
from app.core.kpis.rules import Result, is_closed, roll_up
from app.core.partners.models import Partner
from app.core.periods import Calendar, Period

LENGTH = 24
SHORTEST = 12


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One period: what was approved, what was agreed, and how the two compare."""

    period: Period
    point: Any
    goal: Any
    result: Result


@dataclass(frozen=True, slots=True)
class Trend:
    """Rows from the oldest on, the chart of them, and the periods that forms begin with."""

    rows: tuple[TrendRow, ...]
    spec: dict[str, Any]
    next_value: Period
    next_target: Period

    @property
    def latest(self) -> TrendRow | None:
        """The latest period with a figure."""
        return next((row for row in reversed(self.rows) if row.point is not None), None)

    @property
    def known(self) -> bool:
        """Whether there is anything to draw."""
        return any(row.point is not None or row.goal is not None for row in self.rows)


def newest_period(
    viewer: Viewer, partner_id: int, kpi: Any, calendar: Calendar, today: date
) -> Period:
    """Where the trend ends: what the address names, else the latest figure, else now."""
    rows = queries.value_history(viewer, partner_id, kpi.id, page=1, size=1)
    latest = Period.from_key(rows[0].period) if rows else calendar.containing(today, kpi.kind)
    wanted = period_argument(latest)
    if wanted.kind is kpi.kind:
        return wanted
    if wanted.kind.rank < kpi.kind.rank:
        return next(p for p in calendar.coarser(wanted) if p.kind is kpi.kind)
    return calendar.subperiods(wanted, kpi.kind)[-1]


def trend(partner: Partner, kpi: Any, until: Period, calendar: Calendar, today: date) -> Trend:
    """The KPI's last periods up to one of its own frequency."""
    periods = calendar.between(calendar.shift(until, 1 - LENGTH), until)
    figures = queries.partner_figures(
        partner.id, calendar.start(periods[0]), calendar.end(until), calendar
    )
    points = {point.period: point for point in figures.values.get(kpi.id, ())}
    goals = {row.period: row for row in figures.targets.get(kpi.id, ())}
    rows = tuple(
        _row(kpi, period, points.get(period.key), goals.get(period.key)) for period in periods
    )
    rows = _from_first_known(rows)
    reported = [row.period for row in rows if row.point is not None]
    agreed = [row.period for row in rows if row.goal is not None]
    now = calendar.containing(today, kpi.kind)
    return Trend(
        rows=rows,
        spec=_spec(kpi, rows),
        next_value=min(calendar.shift(reported[-1], 1), now, key=lambda p: p.key)
        if reported
        else now,
        next_target=calendar.shift(agreed[-1], 1) if agreed else now,
    )


def unreported(trend: Trend, kpi: Any, organisation: Any) -> list[Period]:
    """Closed periods of the trend with a target and without a figure, the latest first."""
    calendar, today = organisation.calendar, organisation.today()
    return [
        row.period
        for row in reversed(trend.rows)
        if row.goal is not None
        and row.point is None
        and is_closed(calendar.end(row.period), kpi.due_days, today)
    ]


def later_and_earlier(trend: Trend, calendar: Calendar, today: date) -> dict[str, str]:
    """The addresses of the trend before and after this one; later only up to now."""
    first, last = trend.rows[0].period, trend.rows[-1].period
    found = {"earlier": _at(calendar.shift(first, -1))}
    if calendar.end(last) < today:
        following = calendar.shift(last, LENGTH)
        now = calendar.containing(today, last.kind)
        found["later"] = _at(min(following, now, key=lambda p: p.key))
    return found


def _at(period: Period) -> str:
    return url_for("kpis.show", **(request.view_args or {}), period=period_code(period))


def _from_first_known(rows: tuple[TrendRow, ...]) -> tuple[TrendRow, ...]:
    """Without the empty time before the first figure or target; a year's worth stays."""
    spare = len(rows) - SHORTEST
    known = next((n for n, row in enumerate(rows) if row.point or row.goal), 0)
    return rows[max(0, min(known, spare)) :]


def _row(kpi: Any, period: Period, point: Any, goal: Any) -> TrendRow:
    readings = [point.row.reading] if point else []
    goals = [goal.row.goal] if goal else []
    return TrendRow(
        period, point, goal, roll_up(kpi.definition, readings, goals, subperiod_count=1)
    )


def _spec(kpi: Any, rows: tuple[TrendRow, ...]) -> dict[str, Any]:
    """What static/js/charts.js draws."""
    lines = [
        {"label": _("Actual"), "role": "actual", "values": _numbers(r.result.actual for r in rows)}
    ]
    bounds = [row.result.band for row in rows]
    if any(bounds):
        lines.append(_line(_("Lower bound"), "target", (b and b[0] for b in bounds)))
        lines.append(_line(_("Upper bound"), "target", (b and b[1] for b in bounds)))
    if any(row.result.target is not None for row in rows):
        lines.append(_line(_("Target"), "target", (r.result.target for r in rows)))
        if any(row.result.threshold is not None for row in rows):
            lines.append(_line(_("Threshold"), "threshold", (r.result.threshold for r in rows)))
    percentage = is_percentage(kpi)
    return {
        "labels": [period_code(row.period) for row in rows],
        "lines": lines,
        "unit": "" if percentage else kpi.unit,
        "percent": percentage,
        "decimals": 1 if percentage else 2,
    }


def _line(label: str, role: str, values: Any) -> dict[str, Any]:
    return {"label": label, "role": role, "values": _numbers(values)}


def _numbers(values: Any) -> list[float | None]:
    return [None if value is None else float(Fraction(value)) for value in values]
