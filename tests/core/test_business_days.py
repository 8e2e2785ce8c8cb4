"""Working days."""

from datetime import date

import pytest

from app.core.business_days import add_business_days, is_business_day

FRIDAY, MONDAY = date(2026, 1, 2), date(2026, 1, 5)


@pytest.mark.parametrize(
    ("start", "count", "holidays", "expected"),
    [
        (FRIDAY, 1, (), MONDAY),
        (date(2026, 1, 3), 1, (), MONDAY),
        (MONDAY, 10, (), date(2026, 1, 19)),
        (FRIDAY, 1, (MONDAY,), date(2026, 1, 6)),
        (MONDAY, 0, (), MONDAY),
    ],
)
def test_weekends_and_holidays_are_passed_over(
    start: date, count: int, holidays: tuple[date, ...], expected: date
) -> None:
    assert add_business_days(start, count, holidays) == expected


def test_a_holiday_is_no_working_day() -> None:
    assert is_business_day(MONDAY)
    assert not is_business_day(MONDAY, [MONDAY])
    assert not is_business_day(date(2026, 1, 4))
