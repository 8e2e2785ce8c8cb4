"""Satisfaction as the share of 4 and 5 among answers from 1 to 5.

Source: domain specification §5, CSAT; Wilson's score interval.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

_Z = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Csat:
    """How many of `n` are satisfied; `low` and `high` bound 95 % of the share, of 1."""

    satisfied: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> Fraction:
        """The share that is satisfied, of 1."""
        return Fraction(self.satisfied, self.n)


def of_counts(satisfied: int, n: int) -> Csat | None:
    """The share of so many answers; None where nobody answered."""
    if n == 0:
        return None
    share, square = satisfied / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Csat(satisfied, n, max(0.0, middle - half), min(1.0, middle + half))


def of_answers(answers: Iterable[int]) -> Csat | None:
    """The share of answers from 1 to 5 that are 4 or 5."""
    found = list(answers)
    return of_counts(sum(answer >= 4 for answer in found), len(found))
