"""What each KPI adds to a stored scorecard, in whole numbers.

The rules (`app.core.kpis.rules`) are the meaning; this is the short way through them for the
common case, ten times as fast, because a scorecard is rebuilt with each figure that is written.
Whatever is not common goes through the rules themselves, and a test holds both against each
other on random figures.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from app.core.kpis.rules import (
    Aggregation,
    Definition,
    Direction,
    Goal,
    Reading,
    Status,
    ValueType,
    roll_up,
)
from app.core.quantities import MILLION

Row: TypeAlias = tuple[Any, ...]


class ReadingRow(NamedTuple):
    """An approved figure as it is stored."""

    period: int
    value: int | None
    num: int | None
    den: int | None

    @property
    def reading(self) -> Reading:
        """The figure as the rules take it."""
        return reading_in(self)

    @property
    def figure(self) -> Fraction | None:
        """The exact figure in units; unknown where the denominator is zero."""
        if self.num is None or self.den is None:
            return None if self.value is None else Fraction(self.value, MILLION)
        return Fraction(self.num, self.den) if self.den else None


class GoalRow(NamedTuple):
    """A target as it is stored."""

    period: int
    target: int | None
    threshold: int | None
    baseline: int | None
    zero_scale: int | None
    band_lo: int | None
    band_hi: int | None
    weight: int
    critical: bool

    @property
    def goal(self) -> Goal:
        """The target as the rules take it."""
        return goal_in(self)


def reading_in(row: Row) -> Reading:
    """The figure in a row that begins as ReadingRow does, as the rules take it."""
    return Reading(*row[:4])


def goal_in(row: Row) -> Goal:
    """The target in a row that begins as GoalRow does, as the rules take it."""
    period, target, threshold, baseline, zero_scale, low, high, weight, critical = row[:9]
    marks = (target, threshold, baseline, zero_scale, low, high)
    return Goal(period, *marks, weight, bool(critical))


class Share(NamedTuple):
    """One KPI's part in a scorecard: its attainment as a fraction, unless it is grey."""

    status: Status
    weight: int
    num: int = 0
    den: int = 1
    complete: bool = False


class Card(NamedTuple):
    """A scorecard as it is stored: score and coverage in millionths, rounded down.

    Rounding down keeps a decision on the safe side: what is stored as reached is reached.
    """

    score: int | None
    coverage: int
    decides: bool
    green: int
    amber: int
    red: int
    grey: int


def share(
    definition: Definition,
    readings: Mapping[int, Row],
    goals: Sequence[Row],
    subperiods: Sequence[int],
    explicit: Row | None = None,
) -> Share | None:
    """What a KPI adds to the scorecard of a period; None where it has no target in it.

    `subperiods` are the keys of the period's parts at the KPI's own frequency, `readings` the
    figures by such keys, `goals` the targets of those parts in order of time, `explicit` one
    for the longer period itself. Rows begin as ReadingRow and GoalRow do; more may follow.
    """
    if not goals and explicit is None:
        return None
    if explicit is None:
        pairs = [(readings[goal[0]], goal) for goal in goals if goal[0] in readings]
        if not pairs:
            return Share(Status.GREY, goals[-1][7])
        plain = _plain(definition, pairs, len(subperiods) == 1)
        if plain is not None:
            return Share(plain[0], goals[-1][7], plain[1], plain[2], len(pairs) == len(goals))
    result = roll_up(
        definition,
        [reading_in(readings[key]) for key in subperiods if key in readings],
        [goal_in(row) for row in goals],
        subperiod_count=len(subperiods),
        explicit_goal=goal_in(explicit) if explicit else None,
    )
    if result.attainment is None:
        return Share(Status.GREY, result.weight, complete=result.complete)
    reached = result.attainment
    colour = result.status or Status.GREY
    return Share(colour, result.weight, reached.numerator, reached.denominator, result.complete)


def card(shares: Sequence[Share]) -> Card:
    """The scorecard that these KPIs make (domain specification §2, Status)."""
    colours = [part[0] for part in shares]
    reached, scale, judged, whole, complete = 0, 1, 0, 0, True
    for status, weight, num, den, full in shares:
        whole += weight
        complete = complete and full
        if status is Status.GREY:
            continue
        judged += weight
        if num <= 0:
            continue
        if 2 * num > 3 * den:
            num, den = 3, 2
        reached = reached * den + weight * num * scale
        scale *= den
    return Card(
        score=reached * MILLION // (scale * judged) if judged else None,
        coverage=judged * MILLION // whole if whole else 0,
        decides=bool(whole) and judged == whole and complete,
        green=colours.count(Status.GREEN),
        amber=colours.count(Status.AMBER),
        red=colours.count(Status.RED),
        grey=colours.count(Status.GREY),
    )


def _plain(
    definition: Definition, pairs: Sequence[tuple[Row, Row]], own: bool
) -> tuple[Status, int, int] | None:
    """Colour and attainment of the common case, or None where the rules themselves are needed.

    Common is: higher or lower is better, every pair has a target, and they come to a sum, a
    ratio, a mean or the last figure whose target is not zero. Rows are read by place: names
    would cost as much as the arithmetic.
    """
    direction, how, value_type = (
        definition.direction,
        definition.aggregation,
        definition.value_type,
    )
    if direction is Direction.BAND or value_type is ValueType.ORDINAL:
        return None
    # Actual a/ad, target t/td and threshold h/td, all in millionths.
    if own:
        (_, a, num, den, *_), (_, t, h, *_) = pairs[0]
        ad = td = 1
        if num is not None and den is not None:
            a, ad = num * MILLION, den
        bounded, h = h is not None, h or 0
    elif value_type is ValueType.PERCENT:
        return None
    else:
        targets = [goal[1] for _, goal in pairs]
        thresholds = [goal[2] for _, goal in pairs]
        if None in targets:
            return None
        bounded = None not in thresholds
        sums = _summed(how, pairs, targets, thresholds if bounded else [0] * len(pairs))
        if sums is None:
            return None
        a, ad, t, td, h = sums
    if a is None or ad <= 0 or not t:
        return None
    higher = direction is Direction.HIGHER
    den = ad * abs(t)
    lead = a * td - t * ad if higher else t * ad - a * td
    num = den + lead
    if lead >= 0:
        return Status.GREEN, num, den
    above = a * td - h * ad if higher else h * ad - a * td
    amber = above >= 0 if bounded else 5 * num >= 4 * den
    return (Status.AMBER if amber else Status.RED), num, den


def _summed(
    how: Aggregation, pairs: Sequence[tuple[Row, Row]], targets: list[int], thresholds: list[int]
) -> tuple[int, int, int, int, int] | None:
    """Actual, target and threshold of several pairs, with the denominators of the first two."""
    if how is Aggregation.RATIO:
        nums = [reading[2] for reading, _ in pairs]
        dens = [reading[3] for reading, _ in pairs]
        if None in nums or None in dens:
            return None
        whole = sum(dens)
        weighted = [sum(map(int.__mul__, marks, dens)) for marks in (targets, thresholds)]
        return sum(nums) * MILLION, whole, weighted[0], whole, weighted[1]
    values = [reading[1] for reading, _ in pairs]
    if None in values:
        return None
    if how is Aggregation.LAST:
        return values[-1], 1, targets[-1], 1, thresholds[-1]
    if how is Aggregation.SUM or how is Aggregation.MEAN:
        count = len(pairs) if how is Aggregation.MEAN else 1
        return sum(values), count, sum(targets), count, sum(thresholds)
    return None
