"""How KPIs of a few partners stand in one period, judged with exact fractions."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from app.core.kpis import sql
from app.core.kpis.queries import KpiRow
from app.core.kpis.rules import Goal, Reading, Result, Status, roll_up
from app.core.kpis.tally import GoalRow, ReadingRow
from app.core.periods import Calendar, Period


class Miss(NamedTuple):
    """A KPI that is red."""

    name: str
    critical: bool


def misses(
    partner_ids: Sequence[int], period: Period, kpis: Mapping[int, KpiRow], calendar: Calendar
) -> dict[int, list[Miss]]:
    """The red KPIs of a few partners in one period, critical ones first; two queries."""
    found: dict[int, list[Miss]] = {}
    for partner_id, rows in judged(partner_ids, period, kpis, calendar).items():
        reds = [
            Miss(row.kpi.name, row.result.critical)
            for row in rows
            if row.result.status is Status.RED
        ]
        if reds:
            found[partner_id] = sorted(reds, key=lambda m: (not m.critical, m.name))
    return found


class Judged(NamedTuple):
    """How one KPI with a target stands."""

    kpi: KpiRow
    result: Result


def judged(
    partner_ids: Sequence[int], period: Period, kpis: Mapping[int, KpiRow], calendar: Calendar
) -> dict[int, list[Judged]]:
    """How every KPI with a target of a few partners stands in one period; two queries."""
    parts = {
        kind: [part.key for part in calendar.subperiods(period, kind)]
        for kind in {kpi.kind for kpi in kpis.values()}
        if kind.rank <= period.kind.rank
    }
    keys = {period.key, *(key for kind in parts.values() for key in kind)}
    goals: dict[tuple[int, int], dict[int, Goal]] = {}
    for row in _rows_of(_GOALS, partner_ids, keys):
        goals.setdefault(row[:2], {})[row[2]] = GoalRow._make(row[2:]).goal
    readings: dict[tuple[int, int], dict[int, Reading]] = {}
    for row in _rows_of(_READINGS, partner_ids, keys):
        readings.setdefault(row[:2], {})[row[2]] = ReadingRow._make(row[2:]).reading
    found: dict[int, list[Judged]] = {}
    for (partner_id, kpi_id), by_key in goals.items():
        kpi = kpis.get(kpi_id)
        if kpi is None or kpi.kind not in parts:
            continue
        given = readings.get((partner_id, kpi_id), {})
        result = _result(kpi, period, parts[kpi.kind], by_key, given)
        if result.status is not None:
            found.setdefault(partner_id, []).append(Judged(kpi, result))
    return found


_GOALS = (
    "SELECT partner_id, kpi_id, period, target, threshold, baseline, zero_scale, band_lo, band_hi,"
    " weight, critical FROM target"
)
_READINGS = "SELECT partner_id, kpi_id, period, value, num, den FROM value"


def _rows_of(
    statement: str, partner_ids: Sequence[int], keys: Collection[int]
) -> list[tuple[Any, ...]]:
    places = f"({sql.marks(len(partner_ids))}) AND period IN ({sql.marks(len(keys))})"
    return sql.rows(f"{statement} WHERE partner_id IN {places}", *partner_ids, *keys)


def _result(
    kpi: KpiRow,
    period: Period,
    parts: Sequence[int],
    goals: Mapping[int, Goal],
    readings: Mapping[int, Reading],
) -> Result:
    return roll_up(
        kpi.definition,
        [readings[key] for key in parts if key in readings],
        [goals[key] for key in parts if key in goals],
        subperiod_count=len(parts),
        explicit_goal=goals.get(period.key) if kpi.kind is not period.kind else None,
    )
