"""The approved figures and targets of many partners over a stretch of time, read at once.

What a tier asks for looks back over runs of periods that are no period themselves ("the last four
closed quarters"), for all partners at a time: so the figures are read in two statements, and each
question is answered from memory. Source: domain specification §2 (Roll-up, Streak) and §3, Windows.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from app.core.contract import KpiFigure
from app.core.kpis import rollups, sql
from app.core.kpis.known import Known, known, subperiods, within
from app.core.kpis.queries import KpiRow, definitions
from app.core.kpis.queries.figures import limits_of
from app.core.kpis.queries.standings import marks_of
from app.core.kpis.rules import Result, Streak, is_closed, roll_up, streak
from app.core.kpis.services.derived import foresee
from app.core.kpis.tally import (
    Card,
    GoalRow,
    ReadingRow,
    Row,
    Share,
    card,
    goal_in,
    reading_in,
    share,
)
from app.core.kpis.totals import Change, Figure
from app.core.periods import Calendar, Kind, Period

_VALUES = (
    "SELECT period, value, num, den, revision_id, partner_id, kpi_id FROM value"
    " WHERE partner_id IN "
)
_MISSED = (
    "SELECT partner_id, kpi_id, period FROM declared_miss"
    " WHERE withdrawn_at IS NULL AND partner_id IN "
)
PROPOSED = 0  # in place of a revision's id: a figure that nobody has reported


class KpiBook(NamedTuple):
    """Figures by partner, KPI and period; what lies outside of its days is unknown to it."""

    known: Known
    kpis: dict[int, KpiRow]
    first: date | None
    last: date
    readings: dict[int, dict[int, dict[int, Row]]]
    goals: dict[int, dict[int, dict[int, Row]]]
    missed: dict[tuple[int, int], set[int]]
    # What each KPI added to the scorecards that were asked for, by partner and run: a book in which
    # other figures are supposed takes over what they do not touch.
    shares: dict[int, dict[tuple[Period, ...], dict[int, Share | None]]]

    def result(self, partner_id: int, kpi_id: int, periods: Sequence[Period]) -> Result:
        """What a KPI comes to over a run of periods of one kind, and against its targets.

        Several periods are rolled up as one: on the pairs of figures and targets of the KPI's own
        frequency; a target set for a longer period counts only where that period is asked alone.
        A KPI of coarser frequency than the periods is unknown in them.
        """
        parts = self._parts(kpi_id, periods)
        readings = self.readings.get(partner_id, {}).get(kpi_id, {})
        goals = self.goals.get(partner_id, {}).get(kpi_id, {})
        explicit = self._explicit(kpi_id, periods, goals)
        if not parts:
            return Result()
        return roll_up(
            self.known.definitions[kpi_id],
            [reading_in(readings[key]) for key in parts if key in readings],
            [goal_in(goals[key]) for key in parts if key in goals],
            subperiod_count=len(parts),
            explicit_goal=goal_in(explicit) if explicit else None,
        )

    def reported(self, partner_id: int, kpi_id: int, periods: Sequence[Period]) -> Result:
        """What was reported of a KPI over a run of periods, whether or not it had targets.

        Complete where every period of the KPI's own frequency has its figure.
        """
        parts = self._parts(kpi_id, periods)
        readings = self.readings.get(partner_id, {}).get(kpi_id, {})
        if not parts:
            return Result()
        return roll_up(
            self.known.definitions[kpi_id],
            [reading_in(readings[key]) for key in parts if key in readings],
            (),
            subperiod_count=len(parts),
        )

    def score(self, partner_id: int, periods: Sequence[Period]) -> Card | None:
        """The scorecard over a run of periods of one kind; None where no KPI has a target in it."""
        readings = self.readings.get(partner_id, {})
        shares = self.shares.setdefault(partner_id, {}).setdefault(tuple(periods), {})
        for kpi_id, by_key, parts in self._counted(partner_id, periods):
            if kpi_id not in shares:
                shares[kpi_id] = share(
                    self.known.definitions[kpi_id],
                    readings.get(kpi_id, {}),
                    [by_key[part] for part in parts if part in by_key],
                    parts,
                    self._explicit(kpi_id, periods, by_key),
                )
        counted = [one for one in shares.values() if one is not None]
        return card(counted) if counted else None

    def streak(self, partner_id: int, kpi_id: int, day: date, kind: Kind | None = None) -> Streak:
        """How many closed periods in a row were missed up to a day, for certain and possibly.

        Counted in periods of the KPI's own frequency, or of a coarser `kind`.
        """
        kpi = self.kpis[kpi_id]
        readings = self.readings.get(partner_id, {}).get(kpi_id, {})
        goals = self.goals.get(partner_id, {}).get(kpi_id, {})
        if kind is not None and kind.rank > kpi.kind.rank:
            return streak(self._coarse_marks(partner_id, kpi, kind, day))
        last = self.known.calendar.containing(day, kpi.kind).key
        return streak(
            marks_of(
                kpi,
                last,
                self.known.calendar,
                day,
                {key: ReadingRow(*row[:4]) for key, row in readings.items()},
                {key: GoalRow(*row[:9]) for key, row in goals.items()},
                self.missed.get((partner_id, kpi_id), ()),
            )[0]
        )

    def revisions(self, partner_id: int, kpi_id: int, periods: Sequence[Period]) -> tuple[int, ...]:
        """The revisions behind a KPI's figures in these periods; PROPOSED for a proposed one."""
        readings = self.readings.get(partner_id, {}).get(kpi_id, {})
        return tuple(readings[key][4] for key in self._parts(kpi_id, periods) if key in readings)

    def behind(self, partner_id: int, periods: Sequence[Period]) -> tuple[int, ...]:
        """The revisions behind the figures that a scorecard over these periods counts."""
        readings = self.readings.get(partner_id, {})
        found: list[int] = []
        for kpi_id, parts in self._targeted(partner_id, periods):
            figures = readings.get(kpi_id, {})
            found += [figures[key][4] for key in parts if key in figures]
        return tuple(found)

    def targeted(self, partner_id: int, periods: Sequence[Period]) -> list[int]:
        """The KPIs that have a target in these periods: what a scorecard over them counts."""
        return [kpi_id for kpi_id, _parts in self._targeted(partner_id, periods)]

    def _targeted(
        self, partner_id: int, periods: Sequence[Period]
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        for kpi_id, by_key, parts in self._counted(partner_id, periods):
            if any(key in by_key for key in parts) or self._explicit(kpi_id, periods, by_key):
                yield kpi_id, parts

    def _counted(
        self, partner_id: int, periods: Sequence[Period]
    ) -> Iterator[tuple[int, dict[int, Row], tuple[int, ...]]]:
        """The KPIs that may have a target in these periods, each with its targets and the parts.

        A KPI of coarser frequency is left out, not grey.
        """
        run = tuple(periods)
        parts: dict[Kind, tuple[int, ...]] = {}  # asked once for each frequency, not for each KPI
        for kpi_id, by_key in self.goals.get(partner_id, {}).items():
            frequency = self.known.definitions[kpi_id].frequency
            if frequency not in parts:
                parts[frequency] = _keys(self.known.calendar, run, frequency)
            if parts[frequency]:
                yield kpi_id, by_key, parts[frequency]

    def joined(self, other: "KpiBook") -> "KpiBook":
        """This book, with another's figures and targets of the KPIs that the other has."""
        readings, goals = (
            {id_: {**mine.get(id_, {}), **theirs.get(id_, {})} for id_ in {*mine, *theirs}}
            for mine, theirs in ((self.readings, other.readings), (self.goals, other.goals))
        )
        missed = {**self.missed, **other.missed}
        return self._replace(readings=readings, goals=goals, missed=missed, shares={})

    def supposing(self, proposed: Iterable[KpiFigure]) -> "KpiBook":
        """This book with other figures in place of the approved ones, and the derived that follow.

        The book itself stays as it is, and shares what does not differ; nothing is read or written.
        """
        changes = [
            Change(
                one.partner_id,
                one.kpi_id,
                one.period.key,
                None,
                Figure(one.value, one.num, one.den),
            )
            for one in proposed
        ]
        readings = dict(self.readings)
        own: set[tuple[int, int]] = set()
        for one in (*changes, *foresee(changes, self.known)):
            place = one.partner_id, one.kpi_id
            if place not in own:
                own.add(place)
                of_partner = dict(readings.get(one.partner_id, {}))
                of_partner[one.kpi_id] = dict(of_partner.get(one.kpi_id, {}))
                readings[one.partner_id] = of_partner
            figures = readings[one.partner_id][one.kpi_id]
            if one.new is None:
                figures.pop(one.period, None)
                continue
            figures[one.period] = (one.period, *one.new, PROPOSED, *place)
        shares = {
            id_: {
                run: {kpi_id: one for kpi_id, one in found.items() if (id_, kpi_id) not in own}
                for run, found in runs.items()
            }
            for id_, runs in self.shares.items()
        }
        return self._replace(readings=readings, shares=shares)

    def _parts(self, kpi_id: int, periods: Sequence[Period]) -> tuple[int, ...]:
        frequency = self.known.definitions[kpi_id].frequency
        return _keys(self.known.calendar, tuple(periods), frequency)

    def _explicit(
        self, kpi_id: int, periods: Sequence[Period], goals: dict[int, Row]
    ) -> Row | None:
        alone = (
            len(periods) == 1 and periods[0].kind is not self.known.definitions[kpi_id].frequency
        )
        return goals.get(periods[0].key) if alone else None

    def _coarse_marks(self, partner_id: int, kpi: KpiRow, kind: Kind, day: date) -> str:
        calendar = self.known.calendar
        goals = self.goals.get(partner_id, {}).get(kpi.id, {})
        if not goals:
            return ""
        first = min(calendar.start(Period.from_key(key)) for key in goals)
        found = []
        for period in calendar.between(
            calendar.containing(first, kind), calendar.containing(day, kind)
        ):
            result = self.result(partner_id, kpi.id, [period])
            if result.status is None or not is_closed(calendar.end(period), kpi.due_days, day):
                continue
            unknown = result.met is None or not result.complete
            found.append("?" if unknown else "H" if result.met else "M")
        return "".join(found)


def read(
    partner_ids: Iterable[int],
    first: date | None,
    last: date,
    proposed: Sequence[KpiFigure] = (),
    kpi_ids: Collection[int] = (),
) -> KpiBook:
    """The approved figures and targets of many partners at once, of periods that begin in these
    days: to be asked for results, scorecards and streaks over any run of periods.

    Without `first` it reaches back as far as there are figures. `proposed` figures stand in the
    approved ones' place, with the derived KPIs that follow; nothing is written. `kpi_ids` keep to
    some KPIs. Check the right to the partners first.
    """
    all_known = known()
    limits = limits_of(first, last, all_known.calendar)
    readings: list[Row] = []
    goals: list[Row] = []
    missed: dict[tuple[int, int], set[int]] = {}
    for chunk in sql.chunks(partner_ids):
        where = f"({sql.marks(len(chunk))}) AND {within(limits)}"
        if kpi_ids:
            where += f" AND kpi_id IN ({sql.marks(len(kpi_ids))})"
        asked = (*chunk, *limits, *kpi_ids)
        readings += sql.rows(_VALUES + where, *asked)
        goals += sql.rows(rollups.TARGETS + where, *asked)
        for partner_id, kpi_id, key in sql.rows(_MISSED + where, *asked):
            missed.setdefault((partner_id, kpi_id), set()).add(key)
    book = KpiBook(
        all_known,
        definitions(active_only=False),
        first,
        last,
        rollups.by_partner(readings),
        rollups.by_partner(goals),
        missed,
        {},
    )
    return book.supposing(proposed) if proposed else book


@lru_cache(maxsize=4096)
def _keys(calendar: Calendar, periods: tuple[Period, ...], frequency: Kind) -> tuple[int, ...]:
    """The keys of a run's parts at a KPI's own frequency; none where that is coarser."""
    if not periods or frequency.rank > periods[0].kind.rank:
        return ()
    return tuple(key for period in periods for key in subperiods(calendar, period, frequency))


def streaks(
    partner_ids: Iterable[int], kpi_id: int, as_of: date, kind: Kind | None = None
) -> dict[int, Streak]:
    """How many closed periods in a row each partner missed a KPI up to a day.

    Counted in periods of the KPI's own frequency, or of a coarser `kind`. Rules fire on the
    certain length; the possible one says that a report is awaited.
    """
    ids = list(partner_ids)
    book = read(ids, None, as_of, kpi_ids=[kpi_id])
    return {id_: book.streak(id_, kpi_id, as_of, kind) for id_ in ids}
