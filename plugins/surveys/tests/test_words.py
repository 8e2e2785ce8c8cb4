"""Figures as readers see them."""

from fractions import Fraction

import pytest

from plugins.surveys import pictures, words
from plugins.surveys.rules import figures
from plugins.surveys.rules.definition import Question, Type


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


@pytest.mark.parametrize(
    ("question", "answers", "said"),
    [
        (
            Question(key="q", type=Type.NPS, text={}),
            [9] * 2 + [7] * 3 + [0] * 3,
            "8 answers · NPS −13 · 95 % interval −54.2 to 36.0 · indicative",
        ),
        (
            Question(key="q", type=Type.NPS, text={}),
            [9] * 50 + [7] * 30 + [0] * 20,
            "100 answers · NPS 30 · 95 % interval 14.1 to 44.2",
        ),
        (
            Question(key="q", type=Type.CSAT5, text={}),
            [4] * 17 + [3] * 5,
            "22 answers · 77.3 % satisfied · 95 % interval 56.6 to 89.9",
        ),
    ],
)
def test_a_figure_is_told_with_its_interval_wherever_it_is_told(app, question, answers, said):
    """[S3]"""
    with app.test_request_context():
        assert pictures.measure(figures.figure(question, answers)) == said
