"""Business days and business hours: when somebody is there to act.

Moments are naive UTC, as they are stored; opening hours are local, and what counts between them is
elapsed time, so that a change of the clocks neither adds nor takes an hour. A business day is as
long as the opening hours. Source: domain specification §0, Calendars, and §4, Clocks.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.refusals import Refusal

LONGEST_BREAK = 1000  # days without a business day after which there is none to come
_DAY = timedelta(days=1)
_NO_TIME = timedelta()


class BusinessTimeError(Refusal):
    """A calendar without business days, or a day beyond all calendars."""


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When an organisation works: its weekdays and hours, but for its days off."""

    timezone: str = "UTC"
    working_days: frozenset[int] = frozenset({1, 2, 3, 4, 5})  # ISO: Monday is 1
    opens: time = time(9)
    closes: time = time(17)
    days_off: Container[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.working_days or not self.working_days <= set(range(1, 8)):
            raise ValueError("A business calendar works on at least one weekday, from 1 to 7")
        if self.opens >= self.closes:
            raise ValueError("Business hours end after they begin")

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """The moments at which this day's business hours begin and end."""
        return self._moment(day, self.opens), self._moment(day, self.closes)

    def _moment(self, day: date, at: time) -> datetime:
        local = datetime.combine(day, at, ZoneInfo(self.timezone))
        return local.astimezone(UTC).replace(tzinfo=None)


def is_business_day(day: date, calendar: BusinessCalendar) -> bool:
    """Whether the organisation works on this day."""
    return day.isoweekday() in calendar.working_days and day not in calendar.days_off


def add_business_days(day: date, n: int, calendar: BusinessCalendar) -> date:
    """The n-th business day after a day, or before it for a negative n; 0 is the day itself.

    Raises BusinessTimeError where the calendar has none.
    """
    days = _business_days(day, 1 if n > 0 else -1, calendar)
    for _count in range(abs(n)):
        day = next(days)
    return day


def add_business_time(moment: datetime, amount: timedelta, calendar: BusinessCalendar) -> datetime:
    """The moment at which so much business time has passed, counted from a moment.

    Time that ends with the business day ends at its closing, not at the next opening. `amount` is
    not negative. Raises BusinessTimeError where the calendar has no such day.
    """
    if amount < _NO_TIME:
        raise ValueError("Business time is added forwards")
    first = _local_day(moment, calendar)
    for day in _business_days(first - _DAY, 1, calendar):
        opens, closes = calendar.hours_of(day)
        left = closes - max(opens, moment)
        if left <= _NO_TIME:
            continue
        if amount <= left:
            return max(opens, moment) + amount
        amount -= left
    raise AssertionError("business days do not end without an error")


def business_time_between(start: datetime, end: datetime, calendar: BusinessCalendar) -> timedelta:
    """How much business time passes from one moment to another; none where that is not later."""
    passed, day, last = _NO_TIME, _local_day(start, calendar), _local_day(end, calendar)
    while day <= last:
        if is_business_day(day, calendar):
            opens, closes = calendar.hours_of(day)
            passed += max(_NO_TIME, min(closes, end) - max(opens, start))
        day += _DAY
    return passed


def _local_day(moment: datetime, calendar: BusinessCalendar) -> date:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(calendar.timezone)).date()


def _business_days(day: date, step: int, calendar: BusinessCalendar) -> Iterator[date]:
    """The business days after a day, or before it for a negative step, one after the other."""
    idle = 0
    while idle < LONGEST_BREAK:
        try:
            day += step * _DAY
        except OverflowError as error:
            raise BusinessTimeError("There are no business days beyond this date.") from error
        if is_business_day(day, calendar):
            idle = 0
            yield day
        else:
            idle += 1
    raise BusinessTimeError("The business calendar has no business day within reach.")
