"""What holds for every figure, whatever it is. Source: domain specification §2."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.kpis.rules import (
    Aggregation,
    Definition,
    Direction,
    Goal,
    Reading,
    Status,
    ValueType,
    attainment,
    display_attainment,
    is_met,
    roll_up,
    scorecard,
    status,
)
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION

YEAR = Period(Kind.YEAR, 2026, 0)
MONTHS = [month.key for month in Calendar().subperiods(YEAR, Kind.MONTH)]
QUARTERS = [
    [month.key for month in Calendar().subperiods(quarter, Kind.MONTH)]
    for quarter in Calendar().subperiods(YEAR, Kind.QUARTER)
]
amounts = st.integers(-(10**9), 10**9)
figures = st.fractions(min_value=-1000, max_value=1000, max_denominator=997)


def definition(how: Aggregation, direction: Direction = Direction.HIGHER) -> Definition:
    kind = ValueType.RATIO if how is Aggregation.RATIO else ValueType.NUMBER
    return Definition(direction, how, Kind.MONTH, kind)


def reading(how: Aggregation, period: int, value: int, den: int) -> Reading:
    if how is Aggregation.RATIO:
        return Reading(period, num=value, den=den)
    return Reading(period, value=value)


def rolled(how: Aggregation, readings: list[Reading], count: int) -> Fraction | None:
    return roll_up(definition(how), readings, [], subperiod_count=count).actual


rows_of_a_year = st.lists(
    st.tuples(amounts, st.integers(1, 10**6)), min_size=len(MONTHS), max_size=len(MONTHS)
)


@pytest.mark.parametrize("how", [h for h in Aggregation if h is not Aggregation.MEAN])
@given(rows=rows_of_a_year)
def test_a_year_rolled_up_from_its_quarters_is_the_year_rolled_up_from_its_months(how, rows):
    by_month = {
        key: reading(how, key, value, den) for key, (value, den) in zip(MONTHS, rows, strict=True)
    }
    whole = rolled(how, list(by_month.values()), len(MONTHS))
    parts = []
    for months in QUARTERS:
        of_quarter = [by_month[key] for key in months]
        if how is Aggregation.RATIO:  # a quarter of a ratio is its two sums
            nums, dens = sum(r.num for r in of_quarter), sum(r.den for r in of_quarter)
            assert rolled(how, of_quarter, len(months)) == Fraction(nums, dens)
            parts.append(Reading(months[0], num=nums, den=dens))
        else:
            found = rolled(how, of_quarter, len(months))
            parts.append(Reading(months[0], value=int(found * MILLION)))
    assert rolled(how, parts, len(parts)) == whole


@given(
    st.sampled_from([Direction.HIGHER, Direction.LOWER]),
    figures,
    figures,
    figures.filter(lambda change: change > 0),
)
def test_a_better_figure_never_has_a_lower_attainment(direction, actual, target, change):
    better = actual + change if direction is Direction.HIGHER else actual - change
    first, second = (attainment(direction, figure, target) for figure in (actual, better))
    assert second >= first


@given(st.sampled_from([Direction.HIGHER, Direction.LOWER]), figures, figures)
def test_what_is_unmet_is_never_green_and_never_shows_a_full_hundred(direction, actual, target):
    reached = attainment(direction, actual, target)
    met = is_met(direction, actual, target)
    assert (status(direction, actual, target, reached) is Status.GREEN) == met
    if not met:
        assert display_attainment(reached, met) < 100


@given(st.lists(st.one_of(st.none(), amounts), min_size=3, max_size=3), amounts.filter(bool))
def test_an_unknown_part_is_left_out_and_never_counts_as_nought(values, target):
    keys = MONTHS[:3]
    readings = [Reading(k, value=v) for k, v in zip(keys, values, strict=True) if v is not None]
    goals = [Goal(key, target=target) for key in keys]
    found = roll_up(definition(Aggregation.SUM), readings, goals, subperiod_count=3)
    known = [value for value in values if value is not None]
    assert found.actual == (Fraction(sum(known), MILLION) if known else None)
    assert found.complete == (len(known) == len(values))
    # The target is that of the reported parts: nobody is measured against what nobody reported.
    assert found.target == Fraction(target * (len(known) or len(values)), MILLION)
    assert (found.status is Status.GREY) == (not known)


@given(st.lists(st.tuples(figures, st.booleans()), min_size=1, max_size=8))
def test_an_unreported_kpi_changes_the_coverage_of_a_scorecard_and_not_its_score(parts):
    target = 500 * MILLION
    results = [
        roll_up(
            definition(Aggregation.SUM),
            [Reading(MONTHS[0], value=int(figure * MILLION))] if reported else [],
            [Goal(MONTHS[0], target=target)],
            subperiod_count=1,
        )
        for figure, reported in parts
    ]
    whole = scorecard(results)
    of_known = scorecard([r for r, (_f, reported) in zip(results, parts, strict=True) if reported])
    assert whole.score == of_known.score
    assert whole.coverage == Fraction(sum(reported for _f, reported in parts), len(parts))
    assert whole.decides == all(reported for _f, reported in parts)
