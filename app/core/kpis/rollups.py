"""The stored scorecards and portfolio totals, kept in the transaction of the write itself.

`score` has a row for each partner and each period, of any kind, in which that partner has a
target; `kpi_total` one for each KPI and period with any figure. Both follow approved figures only.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from app.core.kpis import sql
from app.core.kpis.known import Known, bounds, known, lineage, subperiods, within
from app.core.kpis.tally import Card, Row, Share, card, share
from app.core.kpis.totals import Change, add_to_totals
from app.core.periods import Calendar, Period

PARTNERS_AT_ONCE = 250  # a year of thirty monthly KPIs each: some 100,000 rows in memory

# Columns begin as ReadingRow and GoalRow do, so that rows are used as they come.
_VALUES = "SELECT period, value, num, den, partner_id, kpi_id FROM value WHERE partner_id IN "
_TARGETS = (
    "SELECT period, target, threshold, baseline, zero_scale, band_lo, band_hi, weight, critical,"
    " partner_id, kpi_id FROM target WHERE partner_id IN "
)
_SCORE = ("period", "partner_id", *Card._fields)
_Figures: TypeAlias = dict[int, dict[int, Row]]  # one partner's rows by KPI and period


def apply(changes: Sequence[Change], targets: Iterable[tuple[int, int]] = ()) -> None:
    """Bring totals and scorecards up to figures, and targets, that have just been written.

    `targets` are partner ids with period keys.
    """
    all_known = known()
    if changes:
        add_to_totals(changes, all_known)
    touched = ((change.partner_id, change.period) for change in changes)
    _rebuild(chain(touched, targets), all_known)


def rebuild(partner_ids: Iterable[int], period_keys: Sequence[int]) -> None:
    """Compute these partners' scorecards anew, for these periods and the longer ones above."""
    _rebuild(((partner_id, key) for partner_id in partner_ids for key in period_keys), known())


def rebuild_all() -> None:
    """Compute every scorecard anew from targets and approved figures."""
    sql.run("DELETE FROM score")
    _rebuild(sql.rows("SELECT DISTINCT partner_id, period FROM target"), known())


def _rebuild(touched: Iterable[tuple[int, int]], known: Known) -> None:
    for year, wanted in _by_year(touched, known.calendar).items():
        partner_ids = sorted(wanted)
        for at in range(0, len(partner_ids), PARTNERS_AT_ONCE):
            chunk = {id_: wanted[id_] for id_ in partner_ids[at : at + PARTNERS_AT_ONCE]}
            sql.insert("score", _SCORE, list(_scores(year, chunk, known)), _SCORE[:2])


def _by_year(
    touched: Iterable[tuple[int, int]], calendar: Calendar
) -> dict[Period, dict[int, set[Period]]]:
    """The periods to compute anew for each partner, by the year whose figures they need."""
    found: dict[Period, dict[int, set[Period]]] = {}
    for partner_id, key in touched:
        line = lineage(calendar, key)
        found.setdefault(line[-1], {}).setdefault(partner_id, set()).update(line)
    return found


def _scores(
    year: Period, wanted: dict[int, set[Period]], known: Known
) -> Iterator[Row]:
    limits = bounds(known.calendar, year)
    where = f"({sql.marks(len(wanted))}) AND {within(limits)}"
    goals = _by_partner(sql.rows(_TARGETS + where, *wanted, *limits))
    readings = _by_partner(sql.rows(_VALUES + where, *wanted, *limits))
    for partner_id, periods in wanted.items():
        if partner_id not in goals:
            continue
        for period in periods:
            found = _card(period, goals[partner_id], readings.get(partner_id, {}), known)
            if found is not None:
                yield (period.key, partner_id, *found)


def _by_partner(rows: Iterable[Row]) -> dict[int, _Figures]:
    found: dict[int, _Figures] = {}
    for row in rows:
        found.setdefault(row[-2], {}).setdefault(row[-1], {})[row[0]] = row
    return found


def _card(
    period: Period,
    goals: _Figures,
    readings: _Figures,
    known: Known,
) -> Card | None:
    """The partner's scorecard for a period; None where no KPI has a target in it."""
    shares: list[Share] = []
    key, kind = period.key, period.kind
    for kpi_id, by_key in goals.items():
        definition = known.definitions[kpi_id]
        frequency = definition.frequency
        if frequency.rank > kind.rank:
            continue  # a KPI of coarser frequency is left out, not grey
        parts = subperiods(known.calendar, period, frequency)
        found = share(
            definition,
            readings.get(kpi_id, {}),
            [by_key[part] for part in parts if part in by_key],
            parts,
            by_key.get(key) if frequency is not kind else None,
        )
        if found is not None:
            shares.append(found)
    return card(shares) if shares else None
