"""How far one figure reaches its target, whether it meets it, and the colour that follows.

Figures are exact (`Fraction` or int), in the KPI's own unit; an ordinal's are ranks from 0.
Source: domain specification §2, Attainment and Status.
"""

from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

Number: TypeAlias = Fraction | int
Band: TypeAlias = tuple[Number, Number]

AMBER_FROM = Fraction(4, 5)  # without a threshold, the attainment that is still amber


class Direction(StrEnum):
    """Which figures are good: high ones, low ones, or those within two bounds."""

    HIGHER = "higher"
    LOWER = "lower"
    BAND = "band"


class Status(StrEnum):
    """The colour of a KPI in a period; grey has a target and no figure to hold against it."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


def attainment(
    direction: Direction,
    actual: Number,
    target: Number | None,
    *,
    baseline: Number | None = None,
    zero_scale: Number | None = None,
    band: Band | None = None,
) -> Fraction:
    """How far the target is reached: 1 is exactly, and the scale is the target's own size.

    A = 1 + s·(a − t)/σ with s = −1 where lower is better and σ the first of |t|,
    |t − baseline| and zero_scale that is not 0; without any, 1 when met and 0 when not. A band
    gives 1 inside; outside, the crossed bound stands for t.
    """
    lead, mark = _lead(direction, actual, target, band)
    if mark:
        return _scaled(lead, mark)
    # The mark is 0: its distance from the baseline is the baseline itself.
    return _scaled(lead, baseline or zero_scale or 0)


def ordinal_attainment(
    direction: Direction,
    actual: Number,
    target: Number | None,
    labels: int,
    *,
    band: Band | None = None,
) -> Fraction:
    """How far a rank (from 0) reaches its target on a scale of `labels` steps.

    A = 1 + s·(a − t)/(labels − 1), with the signs and the band of `attainment`.
    """
    lead, _ = _lead(direction, actual, target, band)
    return _scaled(lead, labels - 1)


def is_met(
    direction: Direction, actual: Number, target: Number | None, *, band: Band | None = None
) -> bool:
    """Whether the target is reached, from the figures themselves and never from the attainment."""
    if direction == Direction.BAND:
        low, high = _bounds(band)
        return low <= actual <= high
    goal = _present(target)
    return actual >= goal if direction == Direction.HIGHER else actual <= goal


def status(
    direction: Direction,
    actual: Number,
    target: Number | None,
    reached: Fraction,
    *,
    threshold: Number | None = None,
    band: Band | None = None,
) -> Status:
    """The colour of a figure whose attainment is `reached`.

    Green is met; amber is unmet but no worse than the threshold, or where none is set from 80 %
    on; the rest is red. A band's threshold is the largest distance outside it that is amber.
    """
    if is_met(direction, actual, target, band=band):
        return Status.GREEN
    if threshold is None:
        tolerable = reached >= AMBER_FROM
    elif direction == Direction.BAND:
        tolerable = -_lead(direction, actual, None, band)[0] <= threshold
    else:
        tolerable = is_met(direction, actual, threshold)
    return Status.AMBER if tolerable else Status.RED


def _lead(
    direction: Direction, actual: Number, target: Number | None, band: Band | None
) -> tuple[Number, Number]:
    """How far the figure is on the good side of its mark (negative: short of it), and the mark."""
    if direction == Direction.BAND:
        low, high = _bounds(band)
        if actual < low:
            return actual - low, low
        return (high - actual, high) if actual > high else (0, low)
    goal = _present(target)
    return (actual - goal if direction == Direction.HIGHER else goal - actual), goal


def _present(target: Number | None) -> Number:
    if target is None:
        raise ValueError("A KPI is judged against a target")
    return target


def _bounds(band: Band | None) -> Band:
    if band is None:
        raise ValueError("A band KPI is judged against two bounds")
    return band


def _scaled(lead: Number, scale: Number) -> Fraction:
    if scale:
        return 1 + Fraction(lead) / (scale if scale > 0 else -scale)
    return Fraction(1 if lead >= 0 else 0)
