"""The stored scorecards and portfolio totals, kept in the transaction of the write itself.

`score` has a row for each partner and each period, of any kind, in which that partner has a
target; `kpi_total` one for each KPI and period with any figure. Both follow approved figures only.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

from app.core.db import is_sqlite
from app.core.kpis import sql
from app.core.kpis.known import Known, bounds, known, lineage, subperiods, within
from app.core.kpis.queries.portfolio import ScoreRow
from app.core.kpis.tally import Card, Row, Share, card, share
from app.core.kpis.totals import Change, add_to_totals
from app.core.periods import Calendar, Period

PARTNERS_AT_ONCE = 250  # a year of thirty monthly KPIs each: some 100,000 rows in memory

# Columns begin as ReadingRow and GoalRow do, so that rows are used as they come.
_VALUES = "SELECT period, value, num, den, partner_id, kpi_id FROM value WHERE partner_id IN "
TARGETS = (
    "SELECT period, target, threshold, baseline, zero_scale, band_lo, band_hi, weight, critical,"
    " partner_id, kpi_id FROM target WHERE partner_id IN "
)
_SCORE = ("period", "partner_id", *Card._fields)
_Figures: TypeAlias = dict[int, dict[int, Row]]  # one partner's rows by KPI and period


class Staged(NamedTuple):
    """Scorecards computed before the write lock is taken, and the rows they were computed from."""

    known: Known
    year: Period
    wanted: dict[int, set[Period]]
    read: tuple[list[Row], list[Row]]
    scores: list[Row]


def stage(goals: Iterable[Row], readings: Iterable[Row]) -> list[Staged]:
    """Compute the scorecards that these targets and figures will lead to, without any lock.

    Rows are as they are read here. PostgreSQL locks rows only, so nothing is gained there.
    """
    if not is_sqlite():
        return []
    all_known = known()
    new: tuple[dict[tuple[Period, int], list[Row]], ...] = ({}, {})
    touched: list[tuple[int, int]] = []
    for found, rows in zip(new, (goals, readings), strict=True):
        for row in rows:
            year = lineage(all_known.calendar, row[0])[-1]
            found.setdefault((year, row[-2]), []).append(row)
            touched.append((row[-2], row[0]))
    staged: list[Staged] = []
    for year, wanted in _chunks(touched, all_known.calendar):
        read = _read(year, wanted, all_known)
        added = [[row for id_ in wanted for row in part.get((year, id_), ())] for part in new]
        scores = _scores(wanted, all_known, read[0] + added[0], read[1] + added[1])
        staged.append(Staged(all_known, year, wanted, read, list(scores)))
    return staged


def holding(staged: Sequence[Staged]) -> list[Staged]:
    """Those whose rows still stand as they were read: asked under the lock, before any write."""
    if not staged:
        return []
    now = known()
    return [s for s in staged if s.known == now and s.read == _read(s.year, s.wanted, now)]


def apply(
    changes: Sequence[Change],
    targets: Iterable[tuple[int, int]] = (),
    staged: Sequence[Staged] = (),
    all_known: Known | None = None,
) -> None:
    """Bring totals and scorecards up to figures, and targets, that have just been written.

    `targets` are partner ids with period keys, `staged` what was computed before and still holds,
    `all_known` what the caller has read already.
    """
    all_known = all_known or known()
    if changes:
        add_to_totals(changes, all_known)
    touched: Iterable[tuple[int, int]] = chain(
        ((change.partner_id, change.period) for change in changes), targets
    )
    done = {(part.year, partner_id) for part in staged for partner_id in part.wanted}
    for part in staged:
        _write(part.scores)
    if done:
        calendar = all_known.calendar
        touched = (t for t in touched if (lineage(calendar, t[1])[-1], t[0]) not in done)
    _rebuild(touched, all_known)


def what_if(partner_id: int, changes: Sequence[Change]) -> dict[int, ScoreRow]:
    """The scorecards that a partner would have with other figures, by period key.

    Of the figures' periods and the longer ones above; nothing is written.
    """
    all_known = known()
    new = {(one.kpi_id, one.period): one.new for one in changes}
    added = [(key, *f, partner_id, kpi_id) for (kpi_id, key), f in new.items() if f is not None]
    found: dict[int, ScoreRow] = {}
    touched = ((partner_id, one.period) for one in changes)
    for year, wanted in _by_year(touched, all_known.calendar).items():
        goals, readings = _read(year, wanted, all_known)
        kept = [row for row in readings if (row[-1], row[0]) not in new]
        for row in _scores(wanted, all_known, goals, kept + added):
            found[row[0]] = ScoreRow._make(row)
    return found


def rebuild(partner_ids: Iterable[int], period_keys: Sequence[int]) -> None:
    """Compute these partners' scorecards anew, for these periods and the longer ones above."""
    _rebuild(((partner_id, key) for partner_id in partner_ids for key in period_keys), known())


def renew(partner_id: int, period_key: int) -> None:
    """Compute a partner's scorecards above a period anew; without any target they are gone."""
    all_known = known()
    line = [period.key for period in lineage(all_known.calendar, period_key)]
    sql.run(
        f"DELETE FROM score WHERE partner_id = ? AND period IN ({sql.marks(len(line))})",
        partner_id,
        *line,
    )
    _rebuild([(partner_id, period_key)], all_known)


def rebuild_all() -> None:
    """Compute every scorecard anew from targets and approved figures."""
    sql.run("DELETE FROM score")
    _rebuild(sql.rows("SELECT DISTINCT partner_id, period FROM target"), known())


def rebuild_partners(partner_ids: Iterable[int]) -> None:
    """Compute every scorecard of these partners anew."""
    for chunk in sql.chunks(partner_ids):
        where = f"partner_id IN ({sql.marks(len(chunk))})"
        _rebuild(
            sql.rows(f"SELECT DISTINCT partner_id, period FROM target WHERE {where}", *chunk),
            known(),
        )


def _rebuild(touched: Iterable[tuple[int, int]], known: Known) -> None:
    for year, wanted in _chunks(touched, known.calendar):
        _write(list(_scores(wanted, known, *_read(year, wanted, known))))


def _write(scores: Sequence[Row]) -> None:
    sql.insert("score", _SCORE, scores, _SCORE[:2])


def _chunks(
    touched: Iterable[tuple[int, int]], calendar: Calendar
) -> Iterator[tuple[Period, dict[int, set[Period]]]]:
    """The periods to compute for each of so many partners at a time, year by year."""
    for year, wanted in _by_year(touched, calendar).items():
        partner_ids = sorted(wanted)
        for at in range(0, len(partner_ids), PARTNERS_AT_ONCE):
            yield year, {id_: wanted[id_] for id_ in partner_ids[at : at + PARTNERS_AT_ONCE]}


def _by_year(
    touched: Iterable[tuple[int, int]], calendar: Calendar
) -> dict[Period, dict[int, set[Period]]]:
    """The periods to compute anew for each partner, by the year whose figures they need."""
    found: dict[Period, dict[int, set[Period]]] = {}
    for partner_id, key in touched:
        line = lineage(calendar, key)
        found.setdefault(line[-1], {}).setdefault(partner_id, set()).update(line)
    return found


def _read(
    year: Period, wanted: dict[int, set[Period]], known: Known
) -> tuple[list[Row], list[Row]]:
    """These partners' targets and figures of a year."""
    limits = bounds(known.calendar, year)
    where = f"({sql.marks(len(wanted))}) AND {within(limits)}"
    return (
        sql.rows(TARGETS + where, *wanted, *limits),
        sql.rows(_VALUES + where, *wanted, *limits),
    )


def _scores(
    wanted: dict[int, set[Period]],
    known: Known,
    goal_rows: Iterable[Row],
    reading_rows: Iterable[Row],
) -> Iterator[Row]:
    goals, readings = by_partner(goal_rows), by_partner(reading_rows)
    for partner_id, periods in wanted.items():
        if partner_id not in goals:
            continue
        for period in periods:
            found = _card(period, goals[partner_id], readings.get(partner_id, {}), known)
            if found is not None:
                yield (period.key, partner_id, *found)


def by_partner(rows: Iterable[Row]) -> dict[int, _Figures]:
    found: dict[int, _Figures] = {}
    place, by_period = (0, 0), {}
    for row in rows:
        if row[-2:] != place:  # rows of one KPI mostly follow each other
            place = row[-2:]
            by_period = found.setdefault(place[0], {}).setdefault(place[1], {})
        by_period[row[0]] = row
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
