"""Which closed periods a window holds on a day."""

from datetime import date

import pytest

from app.api import Calendar, Kind
from plugins.incentives.programmes.definition import Span, Window
from plugins.incentives.standing.windows import first_after, first_of_next_month, periods

CALENDAR = Calendar()
APRIL = Calendar(fiscal_year_start_month=4)


@pytest.mark.parametrize(
    ("calendar", "window", "day", "due", "held"),
    [
        # ten days after its end a month is not over its due date yet, on the eleventh it is
        (CALENDAR, Window(Span.MONTHS, 2), date(2026, 4, 10), 10, ["2026-01", "2026-02"]),
        (CALENDAR, Window(Span.MONTHS, 2), date(2026, 4, 11), 10, ["2026-02", "2026-03"]),
        (CALENDAR, Window(Span.MONTHS, 1), date(2026, 4, 1), 0, ["2026-03"]),
        (CALENDAR, Window(Span.MONTHS, 1), date(2026, 4, 11), 45, ["2026-01"]),
        (CALENDAR, Window(Span.QUARTERS, 2), date(2026, 4, 1), 10, ["2025-Q3", "2025-Q4"]),
        (CALENDAR, Window(Span.QUARTERS, 2), date(2026, 4, 11), 10, ["2025-Q4", "2026-Q1"]),
        (APRIL, Window(Span.QUARTERS, 1), date(2026, 4, 11), 10, ["FY2026-Q4"]),
        (CALENDAR, Window(Span.CURRENT_YEAR, 0), date(2026, 1, 20), 10, []),
        (CALENDAR, Window(Span.CURRENT_YEAR, 0), date(2026, 3, 20), 10, ["2026-01", "2026-02"]),
        (APRIL, Window(Span.CURRENT_YEAR, 0), date(2026, 5, 20), 10, ["2026-04"]),
    ],
)
def test_a_window_holds_closed_periods_only(calendar, window, day, due, held):
    assert [calendar.label(one) for one in periods(calendar, window, day, due)] == held


def test_the_last_fiscal_year_is_whole():
    found = periods(APRIL, Window(Span.LAST_YEAR, 0), date(2026, 4, 11), 10)
    assert (len(found), APRIL.label(found[0]), APRIL.label(found[-1])) == (12, "2025-04", "2026-03")


def test_a_figure_that_is_reported_less_often_is_looked_at_over_the_same_time():
    found = periods(CALENDAR, Window(Span.MONTHS, 12), date(2026, 8, 1), 10, Kind.QUARTER)
    assert [CALENDAR.label(one) for one in found] == ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]


def test_a_review_stands_on_the_first_day_after_its_period():
    assert first_after(CALENDAR, Kind.QUARTER, date(2026, 4, 1)) == date(2026, 7, 1)
    assert first_after(APRIL, Kind.YEAR, date(2026, 3, 31)) == date(2026, 4, 1)


def test_a_demotion_comes_into_force_with_the_next_calendar_month():
    assert first_of_next_month(CALENDAR, date(2026, 12, 3)) == date(2027, 1, 1)
