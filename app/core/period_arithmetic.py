"""Kinds of period, periods, and the arithmetic of months and weeks behind the calendar.

Fiscal years count as if they started in January of the year they end in: moved by the offset of
their kind, every fiscal period is a plain one. Month numbers count from January of year 0, weeks
from the Monday of 0001-01-01. Source: domain specification §0, Calendars.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from app.core.refusals import Refusal

FIRST_YEAR, LAST_YEAR = 1900, 2999
MARGIN = 30  # years beyond, so that trends and fiscal years at the edges have neighbours


class PeriodError(Refusal):
    """A text, key or step that names no period of this calendar."""


class Kind(StrEnum):
    """How long a period is: the value is a KPI's frequency, the rank orders fine to coarse."""

    rank: int

    WEEK = "weekly", 1
    MONTH = "monthly", 2
    QUARTER = "quarterly", 3
    HALF = "half_yearly", 4
    YEAR = "yearly", 5

    def __new__(cls, frequency: str, rank: int) -> "Kind":
        kind = str.__new__(cls, frequency)
        kind._value_ = frequency
        kind.rank = rank
        return kind


_KINDS = tuple(Kind)
MOST_IN_YEAR = {Kind.WEEK: 53, Kind.MONTH: 12, Kind.QUARTER: 4, Kind.HALF: 2, Kind.YEAR: 0}
MONTHS_IN = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.HALF: 6, Kind.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """One week, month, quarter, half or year; `n` counts within the year and is 0 for a year."""

    kind: Kind
    year: int
    n: int = 0

    @property
    def key(self) -> int:
        """The period as a number (2013-05 is 2201305), in order of time within a kind."""
        return self.kind.rank * 1_000_000 + self.year * 100 + self.n

    def __hash__(self) -> int:
        # The generated hash would call Enum.__hash__, which is slow.
        return self.kind.rank * 1_000_000 + self.year * 100 + self.n

    @staticmethod
    def from_key(key: int) -> "Period":
        """The period with this key; refuses a number that is no period's key."""
        return _from_key(key)


def add_months(day: date, n: int) -> date:
    """The same day n months later, or the last one of a month that is too short for it.

    Source: domain specification §1, Rules.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _offset(start_month: int, kind: Kind) -> int:
    return 0 if kind is Kind.MONTH else (13 - start_month) % 12


def of_month(start_month: int, month: int, kind: Kind) -> Period:
    """The period of a kind (not a week) in which a month lies."""
    return nth(kind, (month + _offset(start_month, kind)) // MONTHS_IN[kind])


def ordinal_of(period: Period) -> int:
    """Its place among all periods of its kind; `nth` is the way back."""
    kind = period.kind
    if kind is Kind.WEEK:
        return (date.fromisocalendar(period.year, period.n, 1).toordinal() - 1) // 7
    if kind is Kind.YEAR:
        return period.year
    return period.year * MOST_IN_YEAR[kind] + period.n - 1


def nth(kind: Kind, ordinal: int) -> Period:
    """The period at a place among all of its kind; refuses what the calendar does not reach."""
    year, n = 0, 0
    if kind is Kind.WEEK:
        # Year 0 stands for weeks that no date can hold.
        if 0 <= ordinal < date.max.toordinal() // 7:
            year, n, _ = date.fromordinal(ordinal * 7 + 1).isocalendar()
    elif kind is Kind.YEAR:
        year = ordinal
    else:
        year, n = divmod(ordinal, MOST_IN_YEAR[kind])
        n += 1
    if not FIRST_YEAR - MARGIN <= year <= LAST_YEAR + MARGIN:
        raise PeriodError(
            "The calendar runs from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR
        )
    return Period(kind, year, n)


def check_week(period: Period) -> None:
    """Refuse a week 53 in a year that has only 52."""
    if period.kind is not Kind.WEEK or period.n < 53:
        return
    if date(period.year, 12, 28).isocalendar().week < 53:
        raise PeriodError("%(year)s has no week 53: its last week is 52.", year=period.year)


@lru_cache(maxsize=16384)
def _from_key(key: int) -> Period:
    rank, rest = divmod(key, 1_000_000)
    year, n = divmod(rest, 100)
    if 1 <= rank <= len(_KINDS) and FIRST_YEAR - MARGIN <= year <= LAST_YEAR + MARGIN:
        kind = _KINDS[rank - 1]
        if (kind is Kind.YEAR and n == 0) or 1 <= n <= MOST_IN_YEAR[kind]:
            period = Period(kind, year, n)
            check_week(period)
            return period
    raise PeriodError("%(key)s is no period's key.", key=key)


@lru_cache(maxsize=16384)
def bounds(start_month: int, period: Period) -> tuple[date, date]:
    """Its first and its last day."""
    if period.kind is Kind.WEEK:
        monday = date.fromisocalendar(period.year, period.n, 1)
        return monday, monday + timedelta(days=6)
    length = MONTHS_IN[period.kind]
    first = ordinal_of(period) * length - _offset(start_month, period.kind)
    start = date(first // 12, first % 12 + 1, 1)
    return start, add_months(start, length) - timedelta(days=1)


@lru_cache(maxsize=16384)
def coarser(start_month: int, period: Period) -> tuple[Period, ...]:
    """Every longer period that it rolls up to, shortest first; a week follows its Thursday."""
    start = bounds(start_month, period)[0]
    if period.kind is Kind.WEEK:
        start += timedelta(days=3)
    month = start.year * 12 + start.month - 1
    return tuple(of_month(start_month, month, kind) for kind in _KINDS[period.kind.rank :])


@lru_cache(maxsize=16384)
def subperiods(start_month: int, period: Period, kind: Kind) -> tuple[Period, ...]:
    """The periods of a finer kind that roll up to it, in order; of its own kind, itself."""
    if kind is period.kind:
        return (period,)
    if kind.rank > period.kind.rank:
        raise ValueError("A period has no longer periods inside it")
    first_day, last_day = bounds(start_month, period)
    if kind is Kind.WEEK:
        # Thursdays lie on ordinals 4, 11, 18, …; `first` and `last` count the weeks around them.
        first = -((4 - first_day.toordinal()) // 7)
        last = (last_day.toordinal() - 4) // 7
    else:
        first = ordinal_of(of_month(start_month, first_day.year * 12 + first_day.month - 1, kind))
        last = ordinal_of(of_month(start_month, last_day.year * 12 + last_day.month - 1, kind))
    return tuple(nth(kind, ordinal) for ordinal in range(first, last + 1))
