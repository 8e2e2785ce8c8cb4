"""Periods: labels, borders, roll-up and arithmetic under every fiscal year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.periods import Calendar, Kind, Period, PeriodError, add_months

PLAIN = Calendar()
APRIL = Calendar(4)
OCTOBER = Calendar(10)

calendars = st.builds(Calendar, st.integers(1, 12), st.sampled_from(["ending", "starting"]))
days = st.dates(date(1902, 1, 1), date(2997, 12, 31))
kinds = st.sampled_from(Kind)


def periods(calendar, texts):
    return [calendar.parse(text) for text in texts]


@pytest.mark.parametrize(
    ("calendar", "text", "period"),
    [
        (PLAIN, "2013-W05", Period(Kind.WEEK, 2013, 5)),
        (PLAIN, "2013-01", Period(Kind.MONTH, 2013, 1)),
        (PLAIN, "2013-Q1", Period(Kind.QUARTER, 2013, 1)),
        (PLAIN, "2013-H2", Period(Kind.HALF, 2013, 2)),
        (PLAIN, "2013", Period(Kind.YEAR, 2013)),
        (PLAIN, " 2013-q4 ", Period(Kind.QUARTER, 2013, 4)),
        (PLAIN, "2015-W53", Period(Kind.WEEK, 2015, 53)),
        (APRIL, "FY2013-Q1", Period(Kind.QUARTER, 2013, 1)),
        (APRIL, "FY2013-H1", Period(Kind.HALF, 2013, 1)),
        (APRIL, "fy2013", Period(Kind.YEAR, 2013)),
        (APRIL, "2013-01", Period(Kind.MONTH, 2013, 1)),
        (APRIL, "2013-W05", Period(Kind.WEEK, 2013, 5)),
        (Calendar(4, "starting"), "FY2012-Q1", Period(Kind.QUARTER, 2013, 1)),
        (Calendar(1, "starting"), "2013-Q1", Period(Kind.QUARTER, 2013, 1)),
    ],
)
def test_a_label_is_read(calendar, text, period):
    assert calendar.parse(text) == period


@pytest.mark.parametrize(
    ("calendar", "text", "says"),
    [
        (PLAIN, "", "write it like 2013-W05, 2013-01, 2013-Q1, 2013-H1, 2013"),
        (PLAIN, "Jan-13", "is not a period"),
        (PLAIN, "2013-01-31", "is not a period"),
        (PLAIN, "2013/01", "is not a period"),
        (PLAIN, "2013-01\n2013-02", "is not a period"),
        (PLAIN, "٢٠١٣", "is not a period"),
        pytest.param(PLAIN, "2013" * 1_000_000, "is not a period", id="4-MB"),
        (PLAIN, "2013-13", "from 1 to 12"),
        (PLAIN, "2013-00", "from 1 to 12"),
        (PLAIN, "2013-Q5", "from 1 to 4"),
        (PLAIN, "2013-H3", "from 1 to 2"),
        (PLAIN, "2013-W54", "from 1 to 53"),
        (PLAIN, "2014-W53", "2014 has no week 53"),
        (PLAIN, "2013-1", "is written 2013-01"),
        (PLAIN, "2013-Q01", "is written 2013-Q1"),
        (PLAIN, "1899-12", "from 1900 to 2999"),
        (PLAIN, "3000", "from 1900 to 2999"),
        (PLAIN, "0000-01", "from 1900 to 2999"),
        (PLAIN, "FY2013-Q1", "write 2013-Q1"),
        (PLAIN, "FY2013", "write 2013"),
        (Calendar(1, "starting"), "FY2013", r"write 2013\."),
        (APRIL, "FY2013-01", "write 2013-01"),
        (APRIL, "FY2013-W05", "write 2013-W05"),
        (APRIL, "", "FY2013-Q1"),
        (APRIL, "2013-Q1", "for 2013-01-01 to 2013-03-31 write FY2013-Q4"),
        (APRIL, "2013-Q2", "for 2013-04-01 to 2013-06-30 write FY2014-Q1"),
        (Calendar(4, "starting"), "2013-Q2", "write FY2013-Q1"),
        (Calendar(7), "2013-H2", "write FY2014-H1"),
        (APRIL, "2013-H1", "no fiscal counterpart"),
        (APRIL, "2013", "no fiscal counterpart"),
        (Calendar(2), "2013-Q1", "no fiscal counterpart"),
    ],
)
def test_another_text_is_refused_with_what_to_write_instead(calendar, text, says):
    with pytest.raises(PeriodError, match=says):
        calendar.parse(text)


@given(st.text(max_size=50), calendars)
def test_whatever_is_typed_is_read_or_refused(text, calendar):
    try:
        calendar.parse(text)
    except PeriodError:
        return
    assert calendar.parse(text).key


@given(calendars, days, kinds)
def test_a_label_reads_back_as_its_period(calendar, day, kind):
    period = calendar.containing(day, kind)
    assert calendar.parse(calendar.label(period)) == period


@pytest.mark.parametrize(
    ("period", "key"),
    [
        (Period(Kind.WEEK, 2013, 5), 1201305),
        (Period(Kind.MONTH, 2013, 5), 2201305),
        (Period(Kind.QUARTER, 2013, 1), 3201301),
        (Period(Kind.HALF, 2013, 2), 4201302),
        (Period(Kind.YEAR, 2013), 5201300),
    ],
)
def test_a_key_is_readable(period, key):
    assert period.key == key


@given(calendars, days, kinds)
def test_a_key_gives_its_period_back(calendar, day, kind):
    period = calendar.containing(day, kind)
    assert Period.from_key(period.key) == period


@pytest.mark.parametrize(
    "key",
    [0, -1, 201305, 2201300, 2201313, 3201305, 1201453, 5201301, 6201301, 2186901, 2303001, 10**30],
)
def test_another_number_is_no_key(key):
    with pytest.raises(PeriodError, match="key|no week 53"):
        Period.from_key(key)


@given(calendars, days, days, kinds)
def test_keys_of_a_kind_lie_in_order_of_time(calendar, one, other, kind):
    first, second = (calendar.containing(day, kind) for day in sorted([one, other]))
    assert (first.key < second.key) == (calendar.start(first) < calendar.start(second))
    assert first.key <= second.key


@given(calendars, days, kinds)
def test_a_period_contains_its_day_and_borders_on_the_next(calendar, day, kind):
    period = calendar.containing(day, kind)
    assert calendar.start(period) <= day <= calendar.end(period)
    following = calendar.shift(period, 1)
    assert calendar.start(following) == calendar.end(period) + timedelta(days=1)


@given(calendars, days, kinds, st.integers(-500, 500))
def test_a_shift_and_its_opposite_cancel_out(calendar, day, kind, n):
    period = calendar.containing(date(2400, day.month, 1), kind)
    assert calendar.shift(calendar.shift(period, n), -n) == period


@given(calendars, days, kinds, st.integers(0, 60))
def test_a_row_of_periods_holds_both_ends_and_every_step(calendar, day, kind, n):
    first = calendar.containing(min(day, date(2900, 1, 1)), kind)
    row = calendar.between(first, calendar.shift(first, n))
    assert row == [calendar.shift(first, step) for step in range(n + 1)]


def test_a_row_that_ends_before_it_starts_is_empty():
    assert PLAIN.between(*periods(PLAIN, ["2013-02", "2013-01"])) == []


def test_a_row_has_one_kind():
    with pytest.raises(ValueError, match="different kinds"):
        PLAIN.between(*periods(PLAIN, ["2013-02", "2013-Q2"]))


@pytest.mark.parametrize("n", [60_000, -60_000, 10**30, -(10**30)])
@pytest.mark.parametrize("text", ["2013-W05", "2013-05", "2013-Q1", "2013-H1", "2013"])
def test_a_shift_out_of_the_calendar_is_refused(text, n):
    with pytest.raises(PeriodError, match="from 1900 to 2999"):
        PLAIN.shift(PLAIN.parse(text), n)


@pytest.mark.parametrize(
    ("calendar", "text", "coarser"),
    [
        (PLAIN, "2013-05", ["2013-Q2", "2013-H1", "2013"]),
        (PLAIN, "2013-Q3", ["2013-H2", "2013"]),
        (PLAIN, "2013-H2", ["2013"]),
        (PLAIN, "2013", []),
        (PLAIN, "2013-W01", ["2013-01", "2013-Q1", "2013-H1", "2013"]),
        # Monday 30 September 2013: its Thursday is 3 October.
        (PLAIN, "2013-W40", ["2013-10", "2013-Q4", "2013-H2", "2013"]),
        (APRIL, "2013-03", ["FY2013-Q4", "FY2013-H2", "FY2013"]),
        (APRIL, "2013-04", ["FY2014-Q1", "FY2014-H1", "FY2014"]),
        (Calendar(2), "2013-01", ["FY2013-Q4", "FY2013-H2", "FY2013"]),
    ],
)
def test_a_period_rolls_up_to_the_longer_ones(calendar, text, coarser):
    assert list(calendar.coarser(calendar.parse(text))) == periods(calendar, coarser)


@pytest.mark.parametrize(
    ("calendar", "text", "kind", "first", "last", "count"),
    [
        (PLAIN, "2013-Q2", Kind.MONTH, "2013-04", "2013-06", 3),
        (PLAIN, "2013", Kind.QUARTER, "2013-Q1", "2013-Q4", 4),
        (PLAIN, "2013-05", Kind.MONTH, "2013-05", "2013-05", 1),
        (PLAIN, "2013-01", Kind.WEEK, "2013-W01", "2013-W05", 5),
        (PLAIN, "2013-02", Kind.WEEK, "2013-W06", "2013-W09", 4),
        (PLAIN, "2015", Kind.WEEK, "2015-W01", "2015-W53", 53),
        (APRIL, "FY2013", Kind.MONTH, "2012-04", "2013-03", 12),
        (APRIL, "FY2013-H2", Kind.QUARTER, "FY2013-Q3", "FY2013-Q4", 2),
    ],
)
def test_a_period_consists_of_shorter_ones(calendar, text, kind, first, last, count):
    parts = calendar.subperiods(calendar.parse(text), kind)
    assert [parts[0], parts[-1]] == periods(calendar, [first, last])
    assert len(parts) == count


def test_a_period_has_no_longer_ones_inside():
    with pytest.raises(ValueError, match="longer"):
        PLAIN.subperiods(PLAIN.parse("2013-05"), Kind.YEAR)


@given(calendars, days, kinds, kinds)
def test_rolling_up_and_taking_apart_are_inverse(calendar, day, one, other):
    fine, coarse = sorted([one, other], key=lambda kind: kind.rank)
    whole = calendar.containing(day, coarse)
    parts = calendar.subperiods(whole, fine)
    for part in parts:
        assert fine is coarse or whole in calendar.coarser(part)
    for outside in (calendar.shift(parts[0], -1), calendar.shift(parts[-1], 1)):
        assert whole not in calendar.coarser(outside)


@pytest.mark.parametrize(
    ("calendar", "day", "described"),
    [
        pytest.param(APRIL, date(2026, 2, 15), "FY2026-Q4-P11-H2", id="X3-april"),
        pytest.param(
            Calendar(4, "starting"), date(2026, 2, 15), "FY2025-Q4-P11-H2", id="X3-starting"
        ),
        pytest.param(APRIL, date(2026, 4, 1), "FY2027-Q1-P01-H1", id="X3-april-first-day"),
        pytest.param(OCTOBER, date(2026, 9, 30), "FY2026-Q4-P12-H2", id="X3-october-last-day"),
        pytest.param(OCTOBER, date(2026, 10, 1), "FY2027-Q1-P01-H1", id="X3-october-first-day"),
        pytest.param(PLAIN, date(2026, 2, 15), "2026-Q1-P02-H1", id="calendar-year"),
    ],
)
def test_a_day_is_placed_in_its_fiscal_year(calendar, day, described):
    assert calendar.describe(day) == described


@pytest.mark.parametrize(
    ("day", "n", "later"),
    [
        pytest.param(date(2028, 2, 29), 12, date(2029, 2, 28), id="P2"),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 5, 31), -3, date(2026, 2, 28)),
        (date(2026, 12, 31), -3, date(2026, 9, 30)),
        (date(2013, 11, 30), 2, date(2014, 1, 30)),
        (date(2013, 1, 1), -1, date(2012, 12, 1)),
    ],
)
def test_months_are_added_up_to_the_end_of_a_short_month(day, n, later):
    assert add_months(day, n) == later


def test_kinds_are_ordered_from_fine_to_coarse():
    by_rank = sorted(Kind, key=lambda kind: kind.rank)
    assert by_rank == ["weekly", "monthly", "quarterly", "half_yearly", "yearly"]


@pytest.mark.parametrize("settings", [(0,), (13,), (4, "middle")])
def test_a_calendar_that_cannot_be_is_refused(settings):
    with pytest.raises(ValueError, match="fiscal year|Fiscal years"):
        Calendar(*settings)
