"""Business days and hours: the specification's clocks, across weekends, holidays and DST."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.business_time import (
    BusinessCalendar,
    BusinessTimeError,
    add_business_days,
    add_business_time,
    business_time_between,
    is_business_day,
)

BERLIN = BusinessCalendar("Europe/Berlin")
MONDAY_OFF = BusinessCalendar("Europe/Berlin", days_off={date(2026, 3, 9)})


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    """A local time of 2026 as it is stored, from "03-06 16:00"."""
    local = datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}").replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("start", "hours", "end", "calendar"),
    [
        ("03-06 16:00", 16, "03-10 16:00", BERLIN),  # [C1]
        ("03-06 16:00", 16, "03-11 16:00", MONDAY_OFF),
        ("03-07 11:00", 16, "03-10 17:00", BERLIN),
        ("03-27 15:00", 8, "03-30 15:00", BERLIN),  # the clocks go forward on the 29th
        ("03-06 07:00", 1, "03-06 10:00", BERLIN),
        ("03-06 17:00", 1, "03-09 10:00", BERLIN),
        ("03-06 09:00", 8, "03-06 17:00", BERLIN),
        ("03-06 12:00", 0, "03-06 12:00", BERLIN),
        ("03-07 12:00", 0, "03-09 09:00", BERLIN),
    ],
)
def test_business_hours_are_added(start, hours, end, calendar):
    assert add_business_time(at(start), timedelta(hours=hours), calendar) == at(end)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("03-06 16:00", "03-12 12:00", 28),  # [C2]
        ("03-09 13:00", "03-11 10:00", 13),
        ("03-07 00:00", "03-08 23:00", 0),
        ("03-12 12:00", "03-06 16:00", 0),
    ],
)
def test_business_hours_between_two_moments_are_counted(start, end, hours):
    assert business_time_between(at(start), at(end), BERLIN) == timedelta(hours=hours)


def test_hours_around_the_change_of_the_clocks_are_elapsed_time():
    always = BusinessCalendar(
        "Europe/Berlin", frozenset(range(1, 8)), opens=time(1), closes=time(17)
    )
    day = business_time_between(at("03-29 00:00"), at("03-29 23:00"), always)
    assert day == timedelta(hours=15)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 6), 10, date(2026, 3, 20)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 0, date(2026, 3, 7)),
        (date(2026, 3, 9), -1, date(2026, 3, 6)),
        (date(2026, 3, 20), -10, date(2026, 3, 6)),
    ],
)
def test_business_days_are_added(day, n, expected):
    assert add_business_days(day, n, BERLIN) == expected


def test_a_day_off_is_no_business_day():
    assert is_business_day(date(2026, 3, 9), BERLIN)
    assert not is_business_day(date(2026, 3, 9), MONDAY_OFF)
    assert add_business_days(date(2026, 3, 6), 1, MONDAY_OFF) == date(2026, 3, 10)


class Always:
    """Every day is off."""

    def __contains__(self, day):
        return True


def test_a_calendar_without_business_days_is_refused_instead_of_searched_for_ever():
    closed = BusinessCalendar(days_off=Always())
    with pytest.raises(BusinessTimeError):
        add_business_days(date(2026, 3, 6), 1, closed)
    with pytest.raises(BusinessTimeError):
        add_business_time(at("03-06 12:00"), timedelta(hours=1), closed)


@pytest.mark.parametrize(("day", "n"), [(date(9999, 12, 30), 5), (date(1, 1, 2), -5)])
def test_the_ends_of_all_calendars_are_refused(day, n):
    with pytest.raises(BusinessTimeError):
        add_business_days(day, n, BERLIN)


@pytest.mark.parametrize(
    "wrong",
    [{"working_days": frozenset()}, {"working_days": frozenset({8})}, {"opens": time(17)}],
)
def test_a_calendar_that_never_works_cannot_be_made(wrong):
    with pytest.raises(ValueError, match="usiness"):
        BusinessCalendar(**wrong)


@given(
    minutes=st.integers(1, 60 * 24 * 400),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
)
def test_what_was_added_is_what_lies_between(minutes, start):
    end = add_business_time(start, timedelta(minutes=minutes), BERLIN)
    assert business_time_between(start, end, BERLIN) == timedelta(minutes=minutes)
