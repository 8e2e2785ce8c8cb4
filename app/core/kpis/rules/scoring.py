"""One number for a partner's period, and whether anything may be decided by it.

Source: domain specification §2, Status.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from app.core.kpis.rules.figures import Result

_MOST = Fraction(3, 2)  # one KPI far beyond its target does not make up for all the others


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Fractions of 1; the score is unknown where all is grey, both are where nothing has weight."""

    score: Fraction | None
    coverage: Fraction | None
    decides: bool


def scorecard(results: Iterable[Result]) -> Scorecard:
    """The weighted attainment of the KPIs that have a target, each clamped to 0…1.5.

    Score = Σw·clamp(A)/Σw over those that are not grey; coverage is their share of all weights.
    It decides only at full coverage with every KPI complete.
    """
    with_target = [result for result in results if result.status is not None]
    judged = [(r.weight, r.attainment) for r in with_target if r.attainment is not None]
    weight = sum(w for w, _ in judged)
    whole = sum(result.weight for result in with_target)
    if not whole:
        return Scorecard(score=None, coverage=None, decides=False)
    coverage = Fraction(weight, whole)
    reached = sum((w * _clamped(a) for w, a in judged), Fraction(0))
    return Scorecard(
        score=reached / weight if weight else None,
        coverage=coverage,
        decides=coverage == 1 and all(result.complete for result in with_target),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What one KPI adds to the scorecard, in fractions of 1; unknown where it is grey.

    The contributions of all parts are the score.
    """

    share: Fraction  # of all weights
    clamped: Fraction | None
    contribution: Fraction | None


def parts(results: Iterable[Result]) -> list[Part]:
    """What each KPI with a target adds to the scorecard, in their order.

    A contribution is w·clamp(A)/Σw over those that are not grey (domain specification §2, Status).
    """
    with_target = [result for result in results if result.status is not None]
    whole = sum(result.weight for result in with_target) or 1
    judged = sum(result.weight for result in with_target if result.attainment is not None) or 1
    found = []
    for result in with_target:
        clamped = None if result.attainment is None else _clamped(result.attainment)
        added = None if clamped is None else clamped * result.weight / judged
        found.append(Part(Fraction(result.weight, whole), clamped, added))
    return found


def _clamped(attainment: Fraction) -> Fraction:
    return max(Fraction(0), min(attainment, _MOST))
