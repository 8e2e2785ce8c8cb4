"""The evidence of many partners at once: one read of figures and facts for all of them.

Only reads, so that a simulation may ask with figures that nobody has reported. Source: domain
specification §3, Windows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from app.api import (
    MILLION,
    Calendar,
    Fact,
    Kind,
    KpiBook,
    KpiFigure,
    KpiRow,
    Period,
    Result,
    facts,
    kpi_book,
    kpis,
    organisation,
)
from plugins.incentives.programmes.definition import (
    Definition,
    Measures,
    Requirement,
    Tier,
    Window,
    walk,
)
from plugins.incentives.standing.evidence import PeriodReading, Reading, measure, written
from plugins.incentives.standing.windows import periods

YEARS_OF_STREAK = 5


def of_tiers(definition: Definition) -> list[Requirement]:
    """What the tiers of a definition look at; rewards have requirements of their own."""
    return [one for tier in definition.tiers for one in _of_tier(tier)]


def gather(
    partner_ids: Sequence[int],
    asked: Iterable[Requirement],
    as_of: date,
    proposed: Sequence[KpiFigure] = (),
) -> dict[int, dict[str, Reading]]:
    """What is known on a day of each partner, for these requirements; by partner, by measure.

    `proposed` figures stand in the approved ones' place. What nobody knows is an empty reading.
    The caller has checked the right to the partners.
    """
    asked = list(asked)
    if not asked or not partner_ids:
        return {id_: {} for id_ in partner_ids}
    # Derived KPIs follow from others: with proposed figures all are read.
    found = source(partner_ids, asked, as_of, whole=bool(proposed))
    return (found.supposing(proposed) if proposed else found).evidence(asked)


def source(
    partner_ids: Sequence[int],
    asked: Iterable[Requirement],
    as_of: date,
    since: date | None = None,
    whole: bool = False,
    traced: bool = True,
) -> "Source":
    """What the evidence of these partners is read from, for these requirements at least.

    It reaches back as far as they do, and to `since`; `whole` has every KPI and not theirs alone.
    Not `traced`, readings say what is judged and not what it is made of: a decision stores that.
    """
    asked = list(asked)
    known = {
        measure(one): facts(partner_ids, one.subject, as_of)
        for one in asked
        if one.measures is Measures.FACT
    }
    figures = [one for one in asked if one.measures is not Measures.FACT]
    rows = kpis(active_only=False)
    calendar = organisation().calendar
    by_code = {row.code: row for row in rows.values()}
    latest_due = max((row.due_days for row in rows.values()), default=0)
    first = min(as_of, since or as_of)
    runs = [one for one in figures if one.measures is Measures.STREAK]
    windows = [one for one in figures if one.measures is not Measures.STREAK]
    for one in windows:
        kpi = by_code.get(one.subject)
        kind = kpi.kind if kpi else Kind.WEEK
        held = periods(calendar, one.window or Window(), as_of, latest_due, kind)
        if held:
            first = min(first, calendar.start(held[0]))
    whole = whole or any(one.measures is Measures.SCORECARD for one in windows)
    only = () if whole else sorted({by_code[o.subject].id for o in windows if o.subject in by_code})
    book = kpi_book(partner_ids if only or whole else [], first, as_of, kpi_ids=only)
    # Misses in a row reach back years: of their KPIs alone, or of all that one may be made from.
    missed = [by_code[one.subject] for one in runs if one.subject in by_code]
    long = () if any(kpi.formula for kpi in missed) else sorted({kpi.id for kpi in missed})
    if missed:
        begin = min(first, date(as_of.year - YEARS_OF_STREAK, 1, 1))
        book = book.joined(kpi_book(partner_ids, begin, as_of, kpi_ids=long))
    return Source(tuple(partner_ids), book, by_code, calendar, as_of, known, traced)


def window_of(requirement: Requirement, kpi: KpiRow, calendar: Calendar, day: date) -> list[Period]:
    """The periods of a KPI's own frequency that a requirement's window holds on a day."""
    window = requirement.window or Window()
    held = periods(calendar, window, day, kpi.due_days, kpi.kind)
    return [own for period in held for own in calendar.subperiods(period, kpi.kind)]


@dataclass(slots=True)
class Source:
    """The book of all partners and the facts about them, asked for one reading after another."""

    partner_ids: tuple[int, ...]
    book: KpiBook
    by_code: Mapping[str, KpiRow]
    calendar: Calendar
    as_of: date
    facts: Mapping[str, Mapping[int, Fact]]
    traced: bool = True  # each reading names the revisions and parts that it is made of
    windows: dict[tuple[Window, int, Kind], tuple[Period, ...]] = field(default_factory=dict)
    dues: dict[frozenset[int], int] = field(default_factory=dict)

    def supposing(self, proposed: Sequence[KpiFigure]) -> "Source":
        """The same with other figures in the approved ones' place; facts stay as they are."""
        return replace(self, book=self.book.supposing(proposed))

    def evidence(self, asked: Iterable[Requirement]) -> dict[int, dict[str, Reading]]:
        """The readings of these requirements, by partner, by measure."""
        wanted = {measure(one): one for one in asked}
        return {
            id_: {key: self.read(id_, one) for key, one in wanted.items()}
            for id_ in self.partner_ids
        }

    def evidence_beside(
        self,
        other: "Source",
        known: Mapping[int, Mapping[str, Reading]],
        asked: Iterable[Requirement],
    ) -> dict[int, Mapping[str, Reading]]:
        """The readings beside those known from another source: only what differs is read anew."""
        wanted = {measure(one): one for one in asked}
        found = dict(known)
        for id_ in self.partner_ids:
            mine, theirs = (one.book.readings.get(id_, {}) for one in (self, other))
            if mine is not theirs:
                found[id_] = {
                    key: known[id_][key] if self._same(one, mine, theirs) else self.read(id_, one)
                    for key, one in wanted.items()
                }
        return found

    def _same(
        self, one: Requirement, mine: Mapping[int, object], theirs: Mapping[int, object]
    ) -> bool:
        """Whether a measure rests on nothing that differs: books share what does not."""
        if one.measures is Measures.FACT:
            return True
        kpi = self.by_code.get(one.subject)
        return kpi is not None and mine.get(kpi.id) is theirs.get(kpi.id)

    def read(self, partner_id: int, one: Requirement) -> Reading:
        """What is known of one partner's measure."""
        if one.measures is Measures.FACT:
            fact = self.facts[measure(one)].get(partner_id)
            known = fact.value if fact and isinstance(fact.value, int) else None
            return Reading(fact=known, refs=tuple(fact.evidence) if fact else ())
        if one.measures is Measures.SCORECARD:
            return self._scorecard(partner_id, one.window or Window())
        kpi = self.by_code.get(one.subject)
        if kpi is None:
            return Reading()
        if one.measures is Measures.STREAK:
            run = self.book.streak(partner_id, kpi.id, self.as_of)
            return Reading(certain=run.certain, possible=run.possible)
        window = one.window or Window()
        held = self._window(window, kpi.due_days, kpi.kind)
        runs = [(period,) for period in held] if window.each else [held] if held else []
        how = self._value if one.measures is Measures.KPI_VALUE else self._attainment
        return Reading(tuple(how(partner_id, kpi, run) for run in runs))

    def _value(self, partner_id: int, kpi: KpiRow, run: Sequence[Period]) -> PeriodReading:
        result = self.book.reported(partner_id, kpi.id, run)
        figures = self.book.readings.get(partner_id, {}).get(kpi.id, {})
        adds_up = kpi.aggregation == "sum" and kpi.value_type != "percent"
        parts: tuple[tuple[int, str | None], ...] = ()
        partial = None
        if self.traced and adds_up and len(run) > 1:
            keys = [key.key for period in run for key in self._own(period, kpi.kind)]
            parts = tuple((key, _figure(figures.get(key))) for key in keys)
        # Only of what cannot fall below zero is the part that is known a bound of the whole: of no
        # figure that a formula makes, and of none that was ever negative.
        if adds_up and not result.complete and not kpi.formula:
            values = [row[1] for row in figures.values()]
            if all(value is not None and value >= 0 for value in values):
                partial = result.actual
        return self._reading(partner_id, kpi, run, result, result.actual, partial, parts)

    def _attainment(self, partner_id: int, kpi: KpiRow, run: Sequence[Period]) -> PeriodReading:
        result = self.book.result(partner_id, kpi.id, run)
        return self._reading(partner_id, kpi, run, result, result.attainment, None, ())

    def _reading(
        self,
        partner_id: int,
        kpi: KpiRow,
        run: Sequence[Period],
        result: Result,
        figure: Fraction | None,
        partial: Fraction | None,
        parts: tuple[tuple[int, str | None], ...],
    ) -> PeriodReading:
        return PeriodReading(
            periods=tuple(period.key for period in run),
            figure=written(figure),
            complete=result.complete,
            partial=written(partial),
            reported=result.reported,
            expected=result.expected,
            revisions=self.book.revisions(partner_id, kpi.id, run) if self.traced else (),
            parts=parts,
        )

    def _scorecard(self, partner_id: int, window: Window) -> Reading:
        """A scorecard counts only where it decides; its periods are closed once every KPI's are."""
        counted = frozenset(self.book.goals.get(partner_id, {}))
        if counted not in self.dues:
            rows = [self.book.kpis[id_] for id_ in counted if id_ in self.book.kpis]
            self.dues[counted] = max((row.due_days for row in rows), default=10)
        held = self._window(window, self.dues[counted], Kind.WEEK)
        runs = [(period,) for period in held] if window.each else [held] if held else []
        return Reading(tuple(self._card(partner_id, run) for run in runs))

    def _card(self, partner_id: int, run: Sequence[Period]) -> PeriodReading:
        card = self.book.score(partner_id, run)
        keys = tuple(period.key for period in run)
        if card is None:
            return PeriodReading(periods=keys)
        judged = card.green + card.amber + card.red
        return PeriodReading(
            periods=keys,
            figure=None if card.score is None else written(Fraction(card.score, MILLION)),
            complete=card.decides,
            reported=judged,
            expected=judged + card.grey,
            revisions=self.book.behind(partner_id, run) if self.traced else (),
        )

    def _window(self, window: Window, due_days: int, finest: Kind) -> tuple[Period, ...]:
        key = (window, due_days, finest)
        if key not in self.windows:
            self.windows[key] = periods(self.calendar, window, self.as_of, due_days, finest)
        return self.windows[key]

    def _own(self, period: Period, kind: Kind) -> tuple[Period, ...]:
        return (period,) if period.kind is kind else self.calendar.subperiods(period, kind)


def _figure(row: Sequence[int | None] | None) -> str | None:
    return None if row is None or row[1] is None else written(Fraction(row[1], MILLION))


def _of_tier(tier: Tier) -> list[Requirement]:
    return [node for node in walk(tier.requirement) if isinstance(node, Requirement)]
