"""KPI rules: what readings come to in a longer period, against which target, at what pace."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.kpis.rules import (
    Aggregation,
    Definition,
    Direction,
    Goal,
    Reading,
    Result,
    Status,
    ValueType,
    is_met,
    pace,
    roll_up,
)
from app.core.periods import Kind

HIGHER, LOWER, BAND = Direction.HIGHER, Direction.LOWER, Direction.BAND
MILLION = 10**6
JANUARY, FEBRUARY, MARCH = 2201301, 2201302, 2201303
MONTHS = (JANUARY, FEBRUARY, MARCH)

millionths = st.integers(-(10**12), 10**12)
aggregations = st.sampled_from(Aggregation)


def definition(aggregation=Aggregation.SUM, direction=HIGHER, **parts):
    return Definition(direction, aggregation, Kind.MONTH, **parts)


def readings(*values):
    """One reading per month from January; None for a month without, a pair for num and den."""
    return [
        Reading(month, num=value[0] * MILLION, den=value[1] * MILLION)
        if isinstance(value, tuple)
        else Reading(month, value=int(value * MILLION))
        for month, value in zip(MONTHS, values, strict=False)
        if value is not None
    ]


def goals(*targets, **parts):
    parts = {name: part and int(part * MILLION) for name, part in parts.items()}
    return [
        Goal(month, target=int(target * MILLION), **parts)
        for month, target in zip(MONTHS, targets, strict=False)
        if target is not None
    ]


def quarter(kpi, given_readings, given_goals, explicit_goal=None):
    return roll_up(kpi, given_readings, given_goals, subperiod_count=3, explicit_goal=explicit_goal)


@pytest.mark.parametrize(
    ("aggregation", "values", "actual"),
    [
        pytest.param(Aggregation.SUM, (100, 120, 80), F(300), id="K3-sum"),
        pytest.param(Aggregation.RATIO, ((4, 8), (2, 10), (1, 4)), F(7, 22), id="K3-ratio"),
        pytest.param(Aggregation.LAST, (50, 55, 53), F(53), id="K3-last"),
        (Aggregation.MEAN, (50, 55, 53), F(158, 3)),
        (Aggregation.MIN, (50, 55, 53), F(50)),
        (Aggregation.MAX, (50, 55, 53), F(55)),
        (Aggregation.SUM, ((1, 2), 1, (1, 3)), F(11, 6)),
        (Aggregation.RATIO, ((4, 8), (0, 0), (1, 4)), F(5, 12)),
    ],
)
def test_readings_make_one_figure(aggregation, values, actual):
    assert quarter(definition(aggregation), readings(*values), []).actual == actual


@pytest.mark.parametrize(
    ("aggregation", "values"),
    [
        (Aggregation.RATIO, ((1, 0), (2, 0))),
        (Aggregation.RATIO, ((1, 2), 0.5)),
        (Aggregation.SUM, (1, (1, 0))),
        (Aggregation.LAST, (1, (1, 0))),
        (Aggregation.SUM, ()),
    ],
    ids=["ratio-of-nothing", "ratio-without-parts", "sum-with-x/0", "last-is-x/0", "no-reading"],
)
def test_a_figure_that_cannot_be_formed_is_unknown(aggregation, values):
    result = quarter(definition(aggregation), readings(*values), goals(1, 1, 1))
    assert (result.actual, result.attainment, result.met) == (None, None, None)
    assert result.status is Status.GREY


@pytest.mark.parametrize("aggregation", [Aggregation.SUM, Aggregation.MEAN])
def test_percentages_without_parts_are_neither_added_nor_averaged(aggregation):
    kpi = definition(aggregation, value_type=ValueType.PERCENT)
    result = quarter(kpi, readings(0.5, 0.6, 0.7), goals(0.5, 0.5, 0.5))
    assert (result.actual, result.status) == (None, Status.GREY)


@pytest.mark.parametrize("aggregation", Aggregation)
def test_a_percentage_counts_in_its_own_period(aggregation):
    kpi = definition(aggregation, value_type=ValueType.PERCENT)
    result = roll_up(kpi, readings(0.6), goals(0.5), subperiod_count=1)
    assert (result.actual, result.attainment) == (F(6, 10), F(12, 10))


def test_an_ordinal_rolls_up_to_its_last_rank():
    kpi = definition(Aggregation.MEAN, value_type=ValueType.ORDINAL, labels=3)
    result = quarter(kpi, readings(2, 0, 1), goals(2, 2, 2))
    assert (result.actual, result.attainment) == (F(1), F(1, 2))


@pytest.mark.parametrize(
    ("aggregation", "values", "target"),
    [
        (Aggregation.SUM, (1, 1, 1), F(60)),
        (Aggregation.MEAN, (1, 1, 1), F(20)),
        (Aggregation.MIN, (1, 1, 1), F(10)),
        (Aggregation.MAX, (1, 1, 1), F(30)),
        (Aggregation.LAST, (1, 1, 1), F(20)),
        (Aggregation.RATIO, ((0, 1), (0, 2), (0, 5)), F(10 + 60 + 100, 8)),
    ],
)
def test_targets_roll_up_as_their_readings_do(aggregation, values, target):
    kpi = definition(aggregation)
    assert quarter(kpi, readings(*values), goals(10, 30, 20)).target == target


def test_a_period_is_judged_on_the_months_with_both_reading_and_target():
    result = quarter(definition(), readings(100, None, 120), goals(90, 500, None))
    assert (result.actual, result.target, result.met) == (F(100), F(90), True)
    assert (result.reported, result.expected, result.complete) == (1, 2, False)


def test_a_period_with_every_target_reported_is_complete():
    result = quarter(definition(), readings(100, 1, 120), goals(90, None, 100))
    assert (result.reported, result.expected, result.complete) == (2, 2, True)


def test_a_threshold_that_one_month_lacks_counts_for_none():
    mixed = [*goals(90, threshold=80), Goal(FEBRUARY, target=90 * MILLION)]
    result = quarter(definition(), readings(80, 80), mixed)
    assert (result.threshold, result.status) == (None, Status.AMBER)


def test_a_threshold_rolls_up_with_the_target():
    result = quarter(definition(), readings(70, 80), goals(90, 90, threshold=75))
    assert (result.threshold, result.status) == (F(150), Status.AMBER)


def test_the_weight_is_that_of_the_last_month_with_a_target():
    changing = [Goal(MARCH, MILLION, weight=7, critical=True), Goal(JANUARY, MILLION, weight=3)]
    result = quarter(definition(), readings(1), changing)
    assert (result.weight, result.critical) == (7, True)


def test_the_last_month_is_the_latest_in_whatever_order_they_come():
    result = quarter(definition(Aggregation.LAST), readings(50, 55, 53)[::-1], goals(1, 2, 3)[::-1])
    assert (result.actual, result.target) == (F(53), F(3))


def test_without_a_target_there_is_a_figure_and_no_judgement():
    result = quarter(definition(), readings(1, 2), [])
    assert result == Result(actual=F(3), reported=2, expected=3)


def test_a_target_without_a_reading_is_shown_and_grey():
    result = quarter(definition(), [], goals(10, 20, 30))
    assert (result.actual, result.target, result.status) == (None, F(60), Status.GREY)
    assert (result.attainment, result.met, result.complete) == (None, None, False)


def test_a_band_rolls_up_with_its_bounds():
    bands = [Goal(month, band_lo=30 * MILLION, band_hi=40 * MILLION) for month in MONTHS]
    result = quarter(definition(Aggregation.MEAN, BAND), readings(20, 25, 30), bands)
    assert (result.band, result.attainment) == ((F(30), F(40)), F(25, 30))


def test_a_band_without_both_bounds_judges_nothing():
    half = [Goal(JANUARY, target=MILLION, band_lo=MILLION)]
    result = roll_up(definition(direction=BAND), readings(1), half, subperiod_count=1)
    assert (result.actual, result.attainment, result.status) == (F(1), None, Status.GREY)


QUARTER_GOAL = Goal(3201301, target=330 * MILLION, weight=9)


def test_a_target_of_the_longer_period_applies_once_every_month_is_reported():
    result = quarter(definition(), readings(100, 120, 121), goals(1, 1, 1), QUARTER_GOAL)
    assert (result.actual, result.target, result.met) == (F(341), F(330), True)
    assert (result.weight, result.complete) == (9, True)


def test_a_target_of_the_longer_period_is_grey_until_then():
    result = quarter(definition(), readings(100, 120), goals(1, 1, 1), QUARTER_GOAL)
    assert (result.actual, result.target) == (F(220), F(330))
    assert (result.attainment, result.met, result.status) == (None, None, Status.GREY)
    assert (result.reported, result.expected) == (2, 3)


@given(
    aggregations, st.sampled_from([HIGHER, LOWER]), millionths, millionths, millionths | st.none()
)
def test_one_pair_rolls_up_to_the_judgement_of_its_month(
    aggregation, direction, num, target, threshold
):
    kpi = definition(aggregation, direction)
    reading = [Reading(JANUARY, num=num, den=7 * MILLION)]
    goal = [Goal(JANUARY, target, threshold, weight=3)]
    alone = roll_up(kpi, reading, goal, subperiod_count=1)
    assert quarter(kpi, reading, goal) == alone
    assert alone.actual == F(num, 7 * MILLION)
    assert alone.met == is_met(direction, F(num, 7 * MILLION), F(target, MILLION))


@given(
    aggregations,
    st.lists(st.tuples(millionths, st.integers(1, 10**9), millionths), min_size=1, max_size=12),
)
def test_sums_of_integers_equal_sums_of_fractions(aggregation, months):
    given_readings = [Reading(i, num=num, den=den) for i, (num, den, _) in enumerate(months)]
    given_goals = [Goal(i, target) for i, (_, _, target) in enumerate(months)]
    result = roll_up(definition(aggregation), given_readings, given_goals, subperiod_count=12)
    values = [F(num, den) for num, den, _ in months]
    targets = [F(target, MILLION) for _, _, target in months]
    weights = [den for _, den, _ in months]
    expected = {
        "sum": lambda of: sum(of),
        "mean": lambda of: sum(of) / len(of),
        "last": lambda of: of[-1],
        "min": min,
        "max": max,
        "ratio": lambda of: sum(v * w for v, w in zip(of, weights, strict=True)) / sum(weights),
    }[aggregation]
    assert (result.actual, result.target) == (expected(values), expected(targets))


def test_pace_compares_closed_months_only_K3():
    result = pace(definition(), readings(100, 120), goals(110, 110, 110), {JANUARY, FEBRUARY})
    assert (result.actual, result.target, result.attainment) == (F(220), F(220), F(1))


def test_pace_leaves_out_a_month_that_is_still_open():
    result = pace(definition(), readings(100, 120), goals(110, 110, 110), {JANUARY})
    assert (result.actual, result.attainment) == (F(100), F(100, 110))


def test_pace_takes_no_missing_month_for_a_zero():
    result = pace(definition(), readings(110), goals(110, 110, 110), {JANUARY, FEBRUARY})
    assert (result.attainment, result.complete) == (F(1), False)


def test_there_is_no_pace_before_a_month_has_closed():
    assert pace(definition(), readings(100), goals(110), set()) == Result()
