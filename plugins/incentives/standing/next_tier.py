"""What is missing to a requirement now, and what is needed by the next review.

Months that roll off the window until then have to be earned again. Source: domain specification
§3, Next tier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.api import MILLION, Period
from plugins.incentives.programmes.definition import Operator, Requirement
from plugins.incentives.standing.evidence import PeriodReading, fraction


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a sum needs by the next review; amounts in the KPI's own unit.

    `gap` is missing today. Of today's window `kept` still counts at the review and `rolls_off` no
    longer does; `needed` is to come from the `open` periods, `each` of them on average.
    """

    gap: Fraction
    kept: Fraction
    rolls_off: Fraction
    needed: Fraction
    open: int
    each: Fraction | None


def gap(requirement: Requirement, value: Fraction | None) -> Fraction | None:
    """How far a value is from the threshold, 0 where it is met; None where it is not known."""
    if value is None:
        return None
    limit = Fraction(requirement.threshold, MILLION)
    missing = limit - value if requirement.operator is Operator.AT_LEAST else value - limit
    return max(missing, Fraction(0))


def outlook(
    requirement: Requirement, reading: PeriodReading, then: Sequence[Period]
) -> Outlook | None:
    """What a sum needs by the next review, whose window holds the periods `then`.

    None for anything but a sum that has to reach a threshold: of means, ratios and shares nobody
    can say what a month has to bring. Open are the periods of that window without a figure yet.
    """
    if requirement.operator is not Operator.AT_LEAST or not reading.parts or not then:
        return None
    figures = {key: fraction(text) for key, text in reading.parts}
    ahead = {period.key for period in then}
    if not ahead & figures.keys():
        return None  # nothing of today's window counts at the review
    known = {key: figure for key, figure in figures.items() if figure is not None}
    kept = sum((figure for key, figure in known.items() if key in ahead), Fraction(0))
    rolls_off = sum(known.values(), Fraction(0)) - kept
    limit = Fraction(requirement.threshold, MILLION)
    needed = max(limit - kept, Fraction(0))
    still = sum(1 for key in ahead if key not in known)
    return Outlook(
        gap=max(limit - kept - rolls_off, Fraction(0)),
        kept=kept,
        rolls_off=rolls_off,
        needed=needed,
        open=still,
        each=needed / still if still else None,
    )


def share(requirement: Requirement, value: Fraction | None) -> Fraction:
    """How much of a threshold is reached, from 0 to 1, for a bar; unknown fills nothing.

    For "at most" the bar is full up to the threshold and shrinks beyond it.
    """
    limit = Fraction(requirement.threshold, MILLION)
    if value is None:
        return Fraction(0)
    if requirement.operator is Operator.AT_LEAST:
        if value >= limit:
            return Fraction(1)
        return max(Fraction(0), min(value / limit, Fraction(99, 100))) if limit > 0 else Fraction(0)
    if value <= limit:
        return Fraction(1)
    return max(Fraction(0), min(limit / value, Fraction(99, 100))) if limit > 0 else Fraction(0)
