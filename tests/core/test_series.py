"""Targets for many periods at once: exact, complete, and unknown is never zero."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.kpis.rules import series
from app.core.quantities import MILLION as M

quantities = st.integers(-(10**18), 10**18)
shapes = st.lists(st.none() | st.integers(0, 10**12), min_size=1, max_size=60)


def test_flat_is_the_same_everywhere() -> None:
    assert series.flat(5 * M, 3) == [5 * M] * 3


@pytest.mark.parametrize(
    ("rate", "every", "quantum", "expected"),
    [
        ("0.1", 1, 1, [110, 121, 133.1, 146.41]),
        ("0.1", 2, 1, [110, 110, 121, 121]),
        ("-0.5", 1, 1, [50, 25, 12.5, 6.25]),
        ("0.1", 1, M, [110, 121, 133, 146]),
        ("0", 1, 1, [100, 100, 100, 100]),
    ],
)
def test_growth_is_compounded_without_adding_up_roundings(
    rate: str, every: int, quantum: int, expected: list[float]
) -> None:
    made = series.growing(100 * M, Fraction(rate), 4, every=every, quantum=quantum)
    assert made == [round(value * M) for value in expected]


def test_growth_out_of_all_bounds_is_refused() -> None:
    with pytest.raises(series.SeriesError, match="large"):
        series.growing(100 * M, Fraction(10), 60)


def test_last_year_is_copied_with_its_seasons_and_gaps() -> None:
    made = series.seasonal([100 * M, None, 0, 33], Fraction("0.5"))
    assert made == [150 * M, None, 0, 50]  # 49.5 millionths are rounded away from zero


@pytest.mark.parametrize(
    ("total", "shape", "quantum", "expected"),
    [
        (100, [1, 1, 1], 1, [34, 33, 33]),
        (100, [1, 1, 1], 10, [40, 30, 30]),
        (-100, [1, 1, 1], 1, [-34, -33, -33]),
        (105, [1, 1, 1], 10, [35, 35, 35]),  # no multiple of ten: exact comes first
        (10, [3, None, 1], 1, [8, None, 2]),
        (10, [0, 5], 1, [0, 10]),
    ],
)
def test_a_split_follows_its_shape(
    total: int, shape: list[int | None], quantum: int, expected: list[int | None]
) -> None:
    assert series.split(total, shape, quantum) == expected


@pytest.mark.parametrize(
    ("shape", "key"), [([None, None], "no_shape"), ([0], "no_shape"), ([2, -1], "negative")]
)
def test_a_shape_that_divides_nothing_is_refused(shape: list[int | None], key: str) -> None:
    with pytest.raises(series.SeriesError, match=key):
        series.split(10, shape)


@given(quantities, shapes, st.sampled_from([1, 10_000, M]))
def test_the_parts_of_a_split_add_up_to_its_total(
    total: int, shape: list[int | None], quantum: int
) -> None:
    if not any(shape):
        return
    parts = series.split(total, shape, quantum)
    assert sum(part for part in parts if part is not None) == total
    assert [part is None for part in parts] == [weight is None for weight in shape]


@given(st.lists(st.none() | st.integers(-(10**12), 10**12), max_size=30), st.fractions(-1, 5))
def test_unknown_stays_unknown_in_a_seasonal_copy(
    last_year: list[int | None], rate: Fraction
) -> None:
    made = series.seasonal(last_year, rate)
    assert [value is None for value in made] == [value is None for value in last_year]
