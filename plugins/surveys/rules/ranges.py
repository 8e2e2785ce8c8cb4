"""Numbers and days as counts of ranges: nobody's own value is told, but where the values lie.

Ranges have round borders, and those below and above all others are open, so that neither the
smallest nor the largest value can be read off. Source: domain specification §5, Small groups.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

MOST = 6  # ranges that a picture holds
_ROUND = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Range:
    """How many values lie from `low` on and below `high`; None is an open end."""

    low: Fraction | date | None
    high: Fraction | date | None
    n: int


def of_numbers(values: Sequence[Fraction], least: int) -> tuple[Range, ...]:
    """Numbers in ranges of one round width, joined until each holds `least` values or more."""
    if not values:
        return ()
    low, high = min(values), max(values)
    step = next(one for one in _round_steps() if high // one - low // one < MOST)
    first = low // step
    borders = [step * n for n in range(first + 1, high // step + 1)]
    return _joined(_counted(values, borders), least)


def of_days(values: Sequence[date], least: int) -> tuple[Range, ...]:
    """Days by month, quarter or year, joined until each range holds `least` days or more."""
    if not values:
        return ()
    low, high = min(values), max(values)
    for months in (1, 3, 6, 12, 60, 120, 600):
        first, last = (_month(day) // months for day in (low, high))
        if last - first < MOST:
            borders = [_first_day(n * months) for n in range(first + 1, last + 1)]
            return _joined(_counted(values, borders), least)
    return (Range(None, None, len(values)),)


def _round_steps() -> Iterator[Fraction]:
    exponent = -6
    while True:
        yield from (one * Fraction(10) ** exponent for one in _ROUND)
        exponent += 1


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _counted(values: Iterable[Any], borders: Sequence[Any]) -> list[Range]:
    some = list(values)
    return [
        Range(
            low,
            high,
            sum((low is None or low <= one) and (high is None or one < high) for one in some),
        )
        for low, high in pairwise([None, *borders, None])
    ]


def _joined(ranges: Sequence[Range], least: int) -> tuple[Range, ...]:
    found: list[Range] = []
    for one in ranges:
        if found and found[-1].n < least:
            one = Range(found[-1].low, one.high, found.pop().n + one.n)
        found.append(one)
    if len(found) > 1 and found[-1].n < least:
        last = found.pop()
        found[-1] = Range(found[-1].low, last.high, found[-1].n + last.n)
    return tuple(found)
