"""Working days: Monday to Friday without holidays (domain specification §0, Calendars)."""

from collections.abc import Collection
from datetime import date, timedelta

SATURDAY = 5


def add_business_days(start: date, count: int, holidays: Collection[date] = ()) -> date:
    """The working day that lies `count` working days after `start`, which may be any day."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        if is_business_day(day, holidays):
            count -= 1
    return day


def is_business_day(day: date, holidays: Collection[date] = ()) -> bool:
    """Whether people work on this day."""
    return day.weekday() < SATURDAY and day not in holidays
