"""KPI rules: attainment, status and how both are shown, on exact fractions."""

from decimal import Decimal
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.kpis.rules import (
    Direction,
    attainment,
    display_attainment,
    display_beside,
    display_percent,
    is_met,
    ordinal_attainment,
    status,
)

HIGHER, LOWER, BAND = Direction.HIGHER, Direction.LOWER, Direction.BAND

figures = st.fractions(-(10**6), 10**6, max_denominator=1000)
one_sided = st.sampled_from([HIGHER, LOWER])


@pytest.mark.parametrize(
    ("direction", "actual", "target", "reached"),
    [
        pytest.param(HIGHER, 90_000, 100_000, F(9, 10), id="K1-higher"),
        pytest.param(HIGHER, -80_000, -100_000, F(12, 10), id="K1-loss-smaller"),
        pytest.param(HIGHER, -120_000, -100_000, F(8, 10), id="K1-loss-larger"),
        pytest.param(LOWER, 45, 50, F(110, 100), id="K1-lower-45"),
        pytest.param(LOWER, 60, 50, F(80, 100), id="K1-lower-60"),
        pytest.param(LOWER, 0, 50, F(2), id="K1-lower-0"),
        pytest.param(LOWER, 150, 50, F(-1), id="K1-lower-150"),
        pytest.param(LOWER, 1, 0, F(0), id="K1-zero-unmet"),
        pytest.param(LOWER, 0, 0, F(1), id="zero-met"),
        pytest.param(HIGHER, 7, 0, F(1), id="zero-exceeded"),
    ],
)
def test_attainment_is_measured_on_the_size_of_the_target(direction, actual, target, reached):
    assert attainment(direction, actual, target) == reached


@pytest.mark.parametrize(
    ("actual", "baseline", "zero_scale", "reached"),
    [
        pytest.param(2, 3, None, F(1, 3), id="K1-baseline-3"),
        pytest.param(0, 3, None, F(1), id="K1-baseline-3-reached"),
        pytest.param(2, 3, 10, F(1, 3), id="baseline-before-zero-scale"),
        pytest.param(2, 0, 10, F(8, 10), id="zero-scale-when-the-baseline-is-0"),
        pytest.param(2, None, 10, F(8, 10), id="zero-scale"),
        pytest.param(2, -4, None, F(1, 2), id="size-of-a-negative-baseline"),
    ],
)
def test_a_target_of_zero_is_measured_on_another_scale(actual, baseline, zero_scale, reached):
    assert attainment(LOWER, actual, 0, baseline=baseline, zero_scale=zero_scale) == reached


@pytest.mark.parametrize(
    ("actual", "band", "reached"),
    [
        pytest.param(25, (30, 40), F(25, 30), id="K1-band-below"),
        pytest.param(35, (30, 40), F(1), id="K1-band-inside"),
        pytest.param(50, (30, 40), F(3, 4), id="K1-band-above"),
        pytest.param(30, (30, 40), F(1), id="on-the-lower-bound"),
        pytest.param(40, (30, 40), F(1), id="on-the-upper-bound"),
        pytest.param(-5, (0, 10), F(0), id="below-0-without-scale"),
    ],
)
def test_a_band_is_measured_on_the_bound_that_is_crossed(actual, band, reached):
    assert attainment(BAND, actual, None, band=band) == reached


@pytest.mark.parametrize(
    ("direction", "actual", "target", "labels", "reached"),
    [
        (HIGHER, 1, 2, 3, F(1, 2)),
        (HIGHER, 2, 2, 3, F(1)),
        (HIGHER, 0, 2, 3, F(0)),
        (LOWER, 1, 0, 3, F(1, 2)),
        (HIGHER, 0, 0, 1, F(1)),
    ],
    ids=["medium-of-high", "met", "low-of-high", "lower", "one-label"],
)
def test_an_ordinal_is_measured_on_its_ranks(direction, actual, target, labels, reached):
    assert ordinal_attainment(direction, actual, target, labels) == reached


@given(one_sided, figures, figures, figures | st.none(), figures | st.none())
def test_met_is_an_attainment_of_at_least_one(direction, actual, target, baseline, zero_scale):
    reached = attainment(direction, actual, target, baseline=baseline, zero_scale=zero_scale)
    assert is_met(direction, actual, target) == (reached >= 1)


@given(figures, figures, figures)
def test_a_band_is_met_inside_its_bounds_only(actual, one, other):
    band = (min(one, other), max(one, other))
    assert is_met(BAND, actual, None, band=band) == (band[0] <= actual <= band[1])
    assert is_met(BAND, actual, None, band=band) == (attainment(BAND, actual, None, band=band) >= 1)


@given(figures, figures)
def test_lower_is_the_mirror_of_higher(actual, target):
    assert attainment(LOWER, actual, target) == attainment(HIGHER, -actual, -target)


@pytest.mark.parametrize("direction", [HIGHER, BAND])
def test_nothing_is_judged_without_a_mark(direction):
    with pytest.raises(ValueError, match="judged against"):
        attainment(direction, 1, None)


@pytest.mark.parametrize(
    ("direction", "actual", "target", "threshold", "colour"),
    [
        (HIGHER, 100, 100, 90, "green"),
        (HIGHER, 95, 100, 90, "amber"),
        (HIGHER, 90, 100, 90, "amber"),
        (HIGHER, 89, 100, 90, "red"),
        (HIGHER, 80, 100, None, "amber"),
        (HIGHER, 79, 100, None, "red"),
        (LOWER, 5, 5, 10, "green"),
        (LOWER, 10, 5, 10, "amber"),
        (LOWER, 11, 5, 10, "red"),
        (LOWER, 6, 5, None, "amber"),
        (LOWER, 7, 5, None, "red"),
    ],
)
def test_the_colour_says_met_tolerable_or_not(direction, actual, target, threshold, colour):
    reached = attainment(direction, actual, target)
    assert status(direction, actual, target, reached, threshold=threshold) == colour


@pytest.mark.parametrize(
    ("actual", "threshold", "colour"),
    [
        (30, 5, "green"),
        (25, 5, "amber"),
        (45, 5, "amber"),
        (24, 5, "red"),
        (46, 5, "red"),
        (24, None, "amber"),
        (23, None, "red"),
    ],
)
def test_a_band_is_amber_up_to_a_distance(actual, threshold, colour):
    reached = attainment(BAND, actual, None, band=(30, 40))
    assert status(BAND, actual, None, reached, threshold=threshold, band=(30, 40)) == colour


@pytest.mark.parametrize(
    ("reached", "met", "shown"),
    [
        (F(9996, 10000), False, "99.9"),
        (F(9994, 10000), False, "99.9"),
        (F(7997, 10000), False, "79.9"),
        (F(772802, 1000000), False, "77.3"),
        (F(1), True, "100.0"),
        (F(10004, 10000), True, "100.0"),
        (F(-2413391, 1000000), False, "-241.3"),
    ],
)
def test_an_attainment_never_rounds_across_a_decision(reached, met, shown):
    assert display_attainment(reached, met) == Decimal(shown)


@given(figures, st.integers(0, 4))
def test_an_unmet_attainment_never_shows_100(reached, decimals):
    met = reached >= 1
    assert (display_attainment(reached, met, decimals) >= 100) == met


def test_a_share_just_below_a_boundary_does_not_show_as_having_reached_it():
    assert display_percent(F(6999, 10000), [F(7, 10)]) == Decimal("69.9")


@pytest.mark.parametrize(
    ("figure", "mark", "shown"),
    [
        (F(5004, 100), 50, "50.1"),
        (F(4996, 100), 50, "49.9"),
        (F(50), 50, "50.0"),
        (F(5126, 100), 50, "51.3"),
    ],
)
def test_a_figure_shows_as_equal_to_its_mark_only_where_it_is(figure, mark, shown):
    assert display_beside(figure, F(mark), 1) == Decimal(shown)
