"""What a KPI comes to in a period: its own one, or a longer one that it rolls up to.

A longer period is judged on its pairs: the sub-periods with both an approved reading and a goal.
Nothing is interpolated. Source: domain specification §2, Roll-up.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import TypeAlias

from app.core.kpis.rules.figures import Aggregation, Definition, Goal, Reading, Result, ValueType
from app.core.kpis.rules.judgement import (
    Direction,
    Status,
    attainment,
    is_met,
    ordinal_attainment,
    status,
)
from app.core.quantities import MILLION

Millionths: TypeAlias = int | Fraction


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a figure is held against."""

    target: Fraction | None
    threshold: Fraction | None
    baseline: Fraction | None
    zero_scale: Fraction | None
    band: tuple[Fraction, Fraction] | None


_period = attrgetter("period")


def roll_up(
    definition: Definition,
    readings: Sequence[Reading],
    goals: Sequence[Goal],
    *,
    subperiod_count: int,
    explicit_goal: Goal | None = None,
) -> Result:
    """What the approved readings of a period come to, and how that stands against its goals.

    `readings` and `goals` are those of the period's sub-periods, at most one of each per
    sub-period, in any order; `subperiod_count` is 1 where the period is of the KPI's own
    frequency. With goals, the figures are those of the pairs, and the pairs are counted against
    the goals; without, all readings against all sub-periods. `explicit_goal` is a target set for
    the longer period itself: it replaces the others, and applies once every sub-period is
    reported.
    """
    own = subperiod_count == 1
    if goals and explicit_goal is None:
        return _of_pairs(definition, readings, goals, own)
    actual = _figure(_how(definition, own), sorted(readings, key=_period))
    if explicit_goal is None:
        return Result(actual=actual, reported=len(readings), expected=subperiod_count)
    mark = _mark(Aggregation.LAST, [explicit_goal], None)
    applies = len(readings) == subperiod_count
    return _judged(definition, actual, mark, explicit_goal, len(readings), subperiod_count, applies)


def pace(
    definition: Definition,
    readings: Sequence[Reading],
    goals: Sequence[Goal],
    closed: Collection[int],
) -> Result:
    """How a longer period that is still open stands, against the goals of closed sub-periods only.

    `closed` holds the keys of the sub-periods whose due date has passed. The result is shown; no
    scorecard, tier or streak counts it.
    """
    due = [goal for goal in goals if goal.period in closed]
    return _of_pairs(definition, readings, due, own=False) if due else Result()


def _of_pairs(
    definition: Definition, readings: Sequence[Reading], goals: Sequence[Goal], own: bool
) -> Result:
    ordered = sorted(goals, key=_period)
    by_period = {reading.period: reading for reading in readings}
    paired = [goal for goal in ordered if goal.period in by_period]
    reported = [by_period[goal.period] for goal in paired]
    how = _how(definition, own)
    # Without any pair the targets are still shown, rolled up over all goals.
    mark = _mark(how, paired or ordered, reported)
    actual = _figure(how, reported)
    return _judged(definition, actual, mark, ordered[-1], len(paired), len(ordered), True)


def _judged(
    definition: Definition,
    actual: Fraction | None,
    mark: _Mark,
    last_goal: Goal,
    reported: int,
    expected: int,
    applies: bool,
) -> Result:
    direction, target, band = definition.direction, mark.target, mark.band
    reached, met, colour = None, None, Status.GREY
    markless = band is None if direction == Direction.BAND else target is None
    if applies and actual is not None and not markless:
        if definition.value_type == ValueType.ORDINAL:
            reached = ordinal_attainment(direction, actual, target, definition.labels, band=band)
        else:
            reached = attainment(
                direction,
                actual,
                target,
                baseline=mark.baseline,
                zero_scale=mark.zero_scale,
                band=band,
            )
        met = is_met(direction, actual, target, band=band)
        colour = status(direction, actual, target, reached, threshold=mark.threshold, band=band)
    return Result(
        actual=actual,
        target=target,
        threshold=mark.threshold,
        band=band,
        attainment=reached,
        met=met,
        status=colour,
        weight=last_goal.weight,
        critical=last_goal.critical,
        reported=reported,
        expected=expected,
    )


def _how(definition: Definition, own: bool) -> Aggregation | None:
    """How readings become one figure; None where they cannot."""
    if own or definition.value_type == ValueType.ORDINAL:
        return Aggregation.LAST
    how = definition.aggregation
    if definition.value_type == ValueType.PERCENT and how in (Aggregation.SUM, Aggregation.MEAN):
        return None  # the parts behind the percentages are not known
    return how


def _figure(how: Aggregation | None, readings: Sequence[Reading]) -> Fraction | None:
    """The figure of readings in order of time, in units."""
    if how is None or not readings:
        return None
    if how == Aggregation.RATIO:
        parts = [(r.num, r.den) for r in readings if r.num is not None and r.den is not None]
        whole = sum(den for _, den in parts)
        if len(parts) < len(readings) or whole == 0:
            return None
        return Fraction(sum(num for num, _ in parts), whole)
    values = [_millionths(reading) for reading in readings]
    return _combined(how, values, None)


def _millionths(reading: Reading) -> Millionths | None:
    if reading.num is None or reading.den is None:
        return reading.value
    return Fraction(reading.num * MILLION, reading.den) if reading.den else None


def _mark(
    how: Aggregation | None, goals: Sequence[Goal], readings: Sequence[Reading] | None
) -> _Mark:
    """The goals rolled up as their readings are; a part that some goal lacks counts for none."""
    if how is None:
        return _Mark(None, None, None, None, None)
    dens = [r.den for r in readings or () if r.den is not None]
    weights = dens if len(dens) == len(goals) else None
    low = _combined(how, [goal.band_lo for goal in goals], weights)
    high = _combined(how, [goal.band_hi for goal in goals], weights)
    return _Mark(
        target=_combined(how, [goal.target for goal in goals], weights),
        threshold=_combined(how, [goal.threshold for goal in goals], weights),
        baseline=_combined(how, [goal.baseline for goal in goals], weights),
        zero_scale=_combined(how, [goal.zero_scale for goal in goals], weights),
        band=None if low is None or high is None else (low, high),
    )


def _combined(
    how: Aggregation, values: Sequence[Millionths | None], weights: Sequence[int] | None
) -> Fraction | None:
    """One figure in units from values in millionths; weights are the ratio's denominators."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    if how == Aggregation.SUM:
        return Fraction(sum(known), MILLION)
    if how == Aggregation.LAST or known.count(known[0]) == len(known):
        return Fraction(known[-1], MILLION)  # equal values need no weights
    if how == Aggregation.MEAN:
        return Fraction(sum(known), len(known) * MILLION)
    if how == Aggregation.RATIO:
        if not weights or not sum(weights):
            return None
        total = sum(value * weight for value, weight in zip(known, weights, strict=True))
        return Fraction(total, sum(weights) * MILLION)
    return Fraction(min(known) if how == Aggregation.MIN else max(known), MILLION)
