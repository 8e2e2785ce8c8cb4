"""How KPIs of a few partners stand in one period, judged with exact fractions."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from app.core.kpis import sql
from app.core.kpis.queries import KpiRow
from app.core.kpis.rules import Goal, Reading, Result, Status, roll_up
from app.core.kpis.tally import GoalRow, ReadingRow, Row, share
from app.core.periods import Calendar, Kind, Period


class Miss(NamedTuple):
    """A KPI that is red."""

    name: str
    critical: bool


def misses(
    partner_ids: Sequence[int], period: Period, kpis: Mapping[int, KpiRow], calendar: Calendar
) -> dict[int, list[Miss]]:
    """The red KPIs of a few partners in one period, critical ones first; two queries."""
    parts, keys = _parts(period, kpis, calendar)
    goals = _by_figure(_rows_of(_GOALS, partner_ids, kpis, keys))
    readings = _by_figure(_rows_of(_READINGS, partner_ids, kpis, keys))
    found: dict[int, list[Miss]] = {}
    rules = {kpi.id: (kpi.kind, kpi.definition) for kpi in kpis.values()}
    for (partner_id, kpi_id), by_key in goals.items():
        kind, definition = rules[kpi_id]
        if kind not in parts:
            continue
        own = parts[kind]
        asked = [by_key[key] for key in own if key in by_key]
        explicit = by_key.get(period.key) if kind is not period.kind else None
        given = readings.get((partner_id, kpi_id), {})
        judged = share(definition, given, asked, own, explicit)
        if judged is not None and judged.status is Status.RED:
            critical = bool((explicit or asked[-1])[_CRITICAL])
            found.setdefault(partner_id, []).append(Miss(kpis[kpi_id].name, critical))
    for reds in found.values():
        reds.sort(key=lambda miss: (not miss.critical, miss.name))
    return found


_CRITICAL = GoalRow._fields.index("critical")


def _parts(
    period: Period, kpis: Mapping[int, KpiRow], calendar: Calendar
) -> tuple[dict[Kind, list[int]], set[int]]:
    """The keys of the period's parts by kind, and those of everything that may be asked for."""
    parts = {
        kind: [part.key for part in calendar.subperiods(period, kind)]
        for kind in {kpi.kind for kpi in kpis.values()}
        if kind.rank <= period.kind.rank
    }
    return parts, {period.key, *(key for kind in parts.values() for key in kind)}


def _by_figure(rows: Sequence[Row]) -> dict[tuple[int, int], dict[int, Row]]:
    """Rows by partner and KPI and then by period, without the first two."""
    found: dict[tuple[int, int], dict[int, Row]] = {}
    for row in rows:
        found.setdefault(row[:2], {})[row[2]] = row[2:]
    return found


class Judged(NamedTuple):
    """How one KPI with a target stands."""

    kpi: KpiRow
    result: Result


def judged(
    partner_ids: Sequence[int], period: Period, kpis: Mapping[int, KpiRow], calendar: Calendar
) -> dict[int, list[Judged]]:
    """How every KPI with a target of a few partners stands in one period; two queries."""
    parts, keys = _parts(period, kpis, calendar)
    goals: dict[tuple[int, int], dict[int, Goal]] = {}
    for row in _rows_of(_GOALS, partner_ids, kpis, keys):
        goals.setdefault(row[:2], {})[row[2]] = GoalRow._make(row[2:]).goal
    readings: dict[tuple[int, int], dict[int, Reading]] = {}
    for row in _rows_of(_READINGS, partner_ids, kpis, keys):
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
    statement: str, partner_ids: Sequence[int], kpi_ids: Collection[int], keys: Collection[int]
) -> list[tuple[Any, ...]]:
    """By the whole primary key: without the KPIs, all periods of a partner would be read."""
    if not kpi_ids:
        return []
    partners, kpis, periods = (sql.marks(len(ids)) for ids in (partner_ids, kpi_ids, keys))
    where = f"partner_id IN ({partners}) AND kpi_id IN ({kpis}) AND period IN ({periods})"
    return sql.rows(f"{statement} WHERE {where}", *partner_ids, *kpi_ids, *keys)


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
