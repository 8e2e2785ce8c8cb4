"""Net promoter score from counts, with its interval.

Source: domain specification §5, NPS; the interval is the adjusted Wald of Bonett and Price for a
difference of two proportions of one sample.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

ENOUGH = 30  # below, a score is called indicative
_Z = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Nps:
    """A score of −100…100 with its counts; `low` and `high` bound 95 %."""

    promoters: int
    passives: int
    detractors: int
    exact: Fraction
    low: float
    high: float

    @property
    def n(self) -> int:
        """How many answered."""
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> int:
        """The score as it is shown: rounded half away from zero."""
        return rounded(self.exact)

    @property
    def indicative(self) -> bool:
        """Whether too few answered to rest much on it."""
        return self.n < ENOUGH


def of_counts(promoters: int, passives: int, detractors: int) -> Nps | None:
    """The score of so many answers; None where nobody answered."""
    n = promoters + passives + detractors
    if n == 0:
        return None
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    half = _Z * sqrt((p + d - (p - d) ** 2) / (n + 3))
    low, high = (max(-100.0, min(100.0, 100 * (p - d + side * half))) for side in (-1, 1))
    exact = Fraction(100 * (promoters - detractors), n)
    return Nps(promoters, passives, detractors, exact, low, high)


def of_answers(answers: Iterable[int]) -> Nps | None:
    """The score of answers from 0 to 10: 9 and 10 promote, 0 to 6 detract."""
    found = list(answers)
    promoters = sum(answer >= 9 for answer in found)
    detractors = sum(answer <= 6 for answer in found)
    return of_counts(promoters, len(found) - promoters - detractors, detractors)


def rounded(value: Fraction) -> int:
    """The nearest whole number, half away from zero."""
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole
