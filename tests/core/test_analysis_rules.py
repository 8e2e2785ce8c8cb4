"""Figures beside others: percentiles, gaps, winners. Source: domain specification §2."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.analysis import rules
from app.core.kpis.rules import Direction

HIGHER, LOWER, BAND = Direction.HIGHER, Direction.LOWER, Direction.BAND


@pytest.mark.parametrize(
    ("own", "peers", "direction", "expected"),
    [
        (80, [60, 70, 80, 90], HIGHER, F(60)),  # [K6]
        (45, [30, 45, 50, 60, 80], LOWER, F(200, 3)),  # [K6] 66.7
        (5, [5, 5, 5], HIGHER, F(50)),
        (9, [1, 2, 3], HIGHER, F(175, 2)),
        (0, [1, 2, 3], HIGHER, F(25, 2)),
    ],
)
def test_percentile_counts_half_of_the_ties(own, peers, direction, expected):
    assert rules.percentile(own, peers, direction) == expected


def test_a_band_has_no_percentile():
    with pytest.raises(ValueError, match="neither better nor worse"):
        rules.percentile(1, [1, 2, 3], BAND)


@given(st.integers(-50, 50), st.lists(st.integers(-50, 50), min_size=1, max_size=20))
def test_a_percentile_and_its_mirror_add_up_to_a_hundred(own, peers):
    up, down = (rules.percentile(own, peers, direction) for direction in (HIGHER, LOWER))
    assert up + down == 100


@pytest.mark.parametrize(
    ("actual", "benchmark", "direction", "expected", "verdict"),
    [
        (12, 10, HIGHER, F(1, 5), rules.Verdict.SCALE),  # [K6] +20 %
        (45, 50, LOWER, F(1, 10), rules.Verdict.SCALE),  # [K6] +10 %
        (9, 10, HIGHER, F(-1, 10), rules.Verdict.UNDERPERFORMING),
        (109, 100, HIGHER, F(9, 100), rules.Verdict.IN_LINE),
        (-8, -10, HIGHER, F(1, 5), rules.Verdict.SCALE),
    ],
)
def test_a_gap_says_how_far_ahead(actual, benchmark, direction, expected, verdict):
    found = rules.gap(actual, benchmark, direction)
    assert (found, rules.verdict(found)) == (expected, verdict)


def test_beside_nought_there_is_no_gap():
    assert rules.gap(3, 0, HIGHER) is None


@pytest.mark.parametrize(
    ("figures", "direction", "winners"),
    [
        ([F(12, 100), F(8, 100)], HIGHER, (0,)),  # [K7] engagement rate
        ([F(25, 100), F(15, 100)], HIGHER, (0,)),  # [K7] revenue growth
        ([F(90, 100), F(75, 100)], HIGHER, (0,)),  # [K7] customer retention
        ([2, 1], HIGHER, (0,)),  # [K7] brand alignment: High, Medium
        ([3, 5], LOWER, (0,)),
        ([5, 5], HIGHER, (0, 1)),
        ([None, 5], HIGHER, ()),
        ([None, 5, 7], HIGHER, (2,)),
        ([1, 2], BAND, ()),
    ],
)
def test_each_metric_has_a_winner_a_tie_or_nobody(figures, direction, winners):
    assert rules.best(figures, direction) == winners


def test_there_is_no_overall_winner_without_stated_weights():
    assert rules.overall({1: (0,), 2: (0,)}, {}, 2) is None


def test_stated_weights_decide_and_ties_share_theirs():
    found = rules.overall({1: (0,), 2: (0, 1), 3: ()}, {1: 50, 2: 30, 3: 20}, 2)
    assert found == rules.Overall((F(65, 80), F(15, 80)), (0,), F(80, 100))


@pytest.mark.parametrize(
    ("attainment", "relationship", "x", "y"),
    [(F(0), F(0), 3.0, 97.0), (F(3, 2), F(100), 97.0, 3.0), (F(9), F(-5), 97.0, 97.0)],
)
def test_the_matrix_keeps_everybody_inside(attainment, relationship, x, y):
    assert rules.place(attainment, relationship) == rules.Place(x, y)
