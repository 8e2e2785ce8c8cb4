"""Numbers and days are told as ranges that tell nobody's own value."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.surveys.rules import ranges


def spans(found):
    return [(one.low, one.high, one.n) for one in found]


def test_numbers_lie_between_round_borders():
    found = ranges.of_numbers([Fraction(n) for n in (3, 14, 15, 27, 48)], 1)
    assert spans(found) == [
        (None, 10, 1),
        (10, 20, 2),
        (20, 30, 1),
        (30, None, 1),
    ]


def test_ranges_of_few_are_joined():
    found = ranges.of_numbers([Fraction(n) for n in (1, 2, 3, 11, 41, 42, 43)], 3)
    assert [one.n for one in found] == [3, 4]


def test_one_value_is_one_open_range():
    assert spans(ranges.of_numbers([Fraction(7)] * 5, 5)) == [(None, None, 5)]


def test_days_lie_in_months_where_they_are_near():
    found = ranges.of_days([date(2026, 1, 5), date(2026, 1, 30), date(2026, 2, 1)], 1)
    assert spans(found) == [(None, date(2026, 2, 1), 2), (date(2026, 2, 1), None, 1)]


def test_days_lie_in_years_where_they_are_far():
    found = ranges.of_days([date(2021, 5, 5), date(2026, 1, 30)], 0)
    assert found[-1].low == date(2026, 1, 1)


@pytest.mark.parametrize("of", [ranges.of_numbers, ranges.of_days])
def test_nothing_has_no_ranges(of):
    assert of([], 5) == ()


@given(st.lists(st.integers(-(10**15), 10**15), min_size=5, max_size=40), st.integers(1, 5))
def test_every_range_holds_as_many_as_it_must_and_none_is_lost(values, least):
    found = ranges.of_numbers([Fraction(one, 10**6) for one in values], least)
    assert sum(one.n for one in found) == len(values)
    assert all(one.n >= least for one in found)
    assert (found[0].low, found[-1].high) == (None, None)


@given(st.lists(st.dates(date(1900, 1, 1), date(2200, 12, 31)), min_size=5), st.integers(1, 5))
def test_days_are_counted_once_in_ranges_that_hold_enough(values, least):
    found = ranges.of_days(values, least)
    assert sum(one.n for one in found) == len(values)
    assert all(one.n >= least for one in found)
