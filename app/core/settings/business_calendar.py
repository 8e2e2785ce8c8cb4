"""The organisation's business calendar, as its settings describe it."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, NamedTuple

from app.core.accounts.models import HolidayChange
from app.core.accounts.queries import Settings, current_settings
from app.core.business_time import BusinessCalendar
from app.core.kept import kept
from app.core.settings.holiday_calendar import DaysOff, public_holidays


class DayOff(NamedTuple):
    """A line of a year's list of days off."""

    day: date
    name: str
    kind: str  # "public", "own", or "worked": a public holiday on which the organisation works


def business_calendar(settings: Settings | None = None) -> BusinessCalendar:
    """When the organisation works, in one query; by other settings than the saved on request."""
    return built(settings or current_settings(), changes())


def built(settings: Settings, changed: Mapping[date, bool]) -> BusinessCalendar:
    """The calendar that settings and changed days describe."""
    return BusinessCalendar(
        timezone=settings.timezone,
        working_days=frozenset(map(int, settings.working_days)),
        opens=time(*divmod(settings.opens_at, 60)),
        closes=time(*divmod(settings.closes_at, 60)),
        days_off=DaysOff(settings.holiday_country, settings.holiday_subdivision, changed),
    )


def changes() -> dict[date, bool]:
    """The days on which the organisation differs from the public holidays."""
    return dict(_changes())


@kept
def _changes() -> Any:
    return HolidayChange.select(HolidayChange.day, HolidayChange.closed).tuples()


def days_off(settings: Settings, year: int, language: str) -> list[DayOff]:
    """A year's public holidays and own days, in order of time."""
    public = public_holidays(settings.holiday_country, settings.holiday_subdivision, year, language)
    inside = HolidayChange.day.between(date(year, 1, 1), date(year, 12, 31))
    own = {row.day: row for row in HolidayChange.select().where(inside)}
    found = []
    for day in sorted({*public, *own}):
        change, name = own.get(day), public.get(day, "")
        if change is None:
            found.append(DayOff(day, name, "public"))
        elif change.closed:
            found.append(DayOff(day, change.name or name, "own"))
        elif name:
            found.append(DayOff(day, name, "worked"))
        else:
            found.append(DayOff(day, change.name, "worked"))
    return found


def holidays(year: int, language: str = "en") -> dict[date, str]:
    """The public holidays and own days off of a year on which the organisation is closed."""
    found = days_off(current_settings(), year, language)
    return {one.day: one.name for one in found if one.kind != "worked"}
