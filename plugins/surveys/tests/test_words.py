"""Figures as readers see them."""

from fractions import Fraction

import pytest

from plugins.surveys import words


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (Fraction(-13), 0, "−13"),
        (Fraction(-542, 10), 1, "−54.2"),
        (Fraction(-1, 100), 1, "0.0"),
        (Fraction(-2, 5), 0, "0"),
        (Fraction(125, 10), 1, "12.5"),
        (None, 1, "–"),
    ],
)
def test_what_is_less_than_nothing_has_a_minus_sign(app, value, decimals, shown):
    with app.test_request_context():
        assert words.number(value, decimals) == shown
