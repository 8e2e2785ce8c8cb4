"""The line of a sparkline: gaps are gaps, the target is in the picture."""

from fractions import Fraction

from app.sparkline import trace


def path(*points: float | None) -> str:
    line = trace(points)
    assert line is not None
    return line.path


def test_no_value_is_no_line() -> None:
    assert trace([None, None]) is None


def test_a_line_runs_from_the_left_to_the_right_edge() -> None:
    assert path(1, 2) == "M2.0,25.0h0L94.0,3.0"


def test_an_unknown_value_breaks_the_line() -> None:
    assert path(1, None, 1).count("M") == 2


def test_a_value_alone_is_a_dot() -> None:
    assert path(None, 5, None) == "M48.0,25.0h0"


def test_zero_is_a_value() -> None:
    assert path(0, 1).count("M") == 1


def test_the_last_known_point_is_marked() -> None:
    line = trace([1, 3, None])
    assert line is not None
    assert (line.x, line.y) == ("48.0", "3.0")


def test_a_target_outside_the_values_widens_the_scale() -> None:
    line = trace([1, 2], target=3)
    assert line is not None
    assert (line.target, line.y) == ("3.0", "14.0")


def test_exact_fractions_are_drawn_too() -> None:
    assert path(Fraction(1, 3), Fraction(2, 3)) == path(1, 2)  # type: ignore[arg-type]
