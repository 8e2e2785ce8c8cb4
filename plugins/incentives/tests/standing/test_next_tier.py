"""What is missing, and what is needed by the next review as months roll off."""

from datetime import date
from fractions import Fraction

import pytest

from app.api import Calendar
from plugins.incentives.programmes.definition import Operator, Span, Window
from plugins.incentives.standing.evidence import PeriodReading
from plugins.incentives.standing.next_tier import gap, outlook, share
from plugins.incentives.standing.windows import periods
from plugins.incentives.tests.standing.test_evaluate import need

CALENDAR = Calendar()
YEAR = Window(Span.MONTHS, 12)


def reading(day: date, figures: list[int | None]) -> PeriodReading:
    """Twelve months as one sum."""
    months = periods(CALENDAR, YEAR, day, 10)
    parts = tuple(
        (month.key, None if figure is None else str(figure))
        for month, figure in zip(months, figures, strict=True)
    )
    known = [figure for figure in figures if figure is not None]
    return PeriodReading(
        figure=str(sum(known)), complete=len(known) == 12, reported=len(known), parts=parts
    )


def test_months_that_roll_off_have_to_be_earned_again():
    # [I8] trailing-12 410k, need 500k, review in 3 months, 120k rolls off
    day = date(2026, 4, 15)
    now = reading(day, [40_000] * 3 + [30_000] * 8 + [50_000])
    found = outlook(need(500_000), now, periods(CALENDAR, YEAR, date(2026, 7, 15), 10))
    assert found is not None
    assert (found.gap, found.rolls_off, found.needed) == (90_000, 120_000, 210_000)
    assert (found.open, found.each) == (3, 70_000)


def test_a_month_that_is_not_reported_yet_can_still_bring_its_part():
    day = date(2026, 4, 15)
    now = reading(day, [40_000] * 3 + [30_000] * 8 + [None])
    found = outlook(need(500_000), now, periods(CALENDAR, YEAR, date(2026, 7, 15), 10))
    assert found is not None
    assert (found.needed, found.open, found.each) == (260_000, 4, 65_000)


def test_nothing_is_needed_where_what_stays_is_enough():
    now = reading(date(2026, 4, 15), [50_000] * 12)
    found = outlook(need(400_000), now, periods(CALENDAR, YEAR, date(2026, 7, 15), 10))
    assert found is not None
    assert (found.gap, found.needed) == (0, 0)


def test_nobody_says_what_a_month_has_to_bring_to_a_mean():
    assert outlook(need(1), PeriodReading(figure="1/2"), ()) is None


@pytest.mark.parametrize(
    ("operator", "value", "missing"),
    [
        (Operator.AT_LEAST, 400, 100),
        (Operator.AT_LEAST, 500, 0),
        (Operator.AT_MOST, 600, 100),
        (Operator.AT_MOST, 400, 0),
        (Operator.AT_LEAST, None, None),
    ],
)
def test_a_gap_is_what_is_missing_to_the_threshold(operator, value, missing):
    asked = need(500, operator)
    assert gap(asked, None if value is None else Fraction(value)) == missing


@pytest.mark.parametrize(
    ("operator", "value", "filled"),
    [
        (Operator.AT_LEAST, 250, Fraction(1, 2)),
        (Operator.AT_LEAST, 499.99, Fraction(99, 100)),  # never full before it is met
        (Operator.AT_LEAST, 500, 1),
        (Operator.AT_LEAST, -5, 0),
        (Operator.AT_MOST, 500, 1),
        (Operator.AT_MOST, 1000, Fraction(1, 2)),
        (Operator.AT_LEAST, None, 0),
    ],
)
def test_a_bar_is_full_only_where_the_requirement_is_met(operator, value, filled):
    number = None if value is None else Fraction(value)
    assert share(need(500, operator), number) == filled
