"""How figures read: rounded for the eye, never across a decision, unknown never as zero."""

from fractions import Fraction
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_babel import Babel

from app.core.kpis import presentation
from app.core.kpis.attainment_words import attainment_steps
from app.core.kpis.rules import Result, Status
from app.core.periods import Calendar, Period

NBSP = "\N{NO-BREAK SPACE}"


def kpi(value_type="number", unit="", labels=(), direction="higher"):
    return SimpleNamespace(value_type=value_type, unit=unit, label_list=labels, direction=direction)


@pytest.fixture(autouse=True)
def _request():
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("value", "of", "shown"),
    [
        (1573, kpi(unit="flights"), f"1,573{NBSP}flights"),
        (Fraction(1, 3), kpi(), "0.33"),
        (Fraction(1, 3000), kpi(), "0.00033"),
        (Fraction(10001, 8), kpi(), "1,250"),
        (Fraction(1, 2), kpi(), "0.5"),
        (0, kpi(), "0"),
        (None, kpi(), "–"),
        (Fraction(618242, 1000000), kpi("ratio", "%"), "61.8%"),
        (Fraction(63012, 100000), kpi("percent"), "63.0%"),
        (Fraction(4, 5), kpi("percent"), "80%"),
        (Fraction(22066953, 1000000), kpi("ratio", "min"), f"22.07{NBSP}min"),
        (Fraction(21, 2), kpi("money", "USD"), "$10.50"),
        (1200, kpi("money", "JPY"), "¥1,200"),
        (Fraction(12345678, 7), kpi("money", "EUR"), "€1,763,668"),
        (1, kpi("ordinal", labels=("Low", "High")), "High"),
    ],
)
def test_a_figure_reads_as_its_kind_asks(value, of, shown):
    assert presentation.figure(value, of) == shown


@pytest.mark.parametrize(
    ("value", "beside", "of", "shown"),
    [
        (Fraction(79997, 100000), Fraction(4, 5), kpi("percent"), "79.9%"),
        (Fraction(5000001, 100000), 50, kpi(), "50.01"),
        (Fraction(100004, 100), 1000, kpi(), "1,000.04"),
    ],
)
def test_a_figure_never_shows_as_the_target_that_it_misses(value, beside, of, shown):
    assert presentation.figure(value, of, beside=beside) == shown


@pytest.mark.parametrize(
    ("reached", "met", "shown"),
    [
        (Fraction(9996, 10000), False, "99.9%"),
        (Fraction(7997, 10000), False, "79.9%"),
        (1, True, "100%"),
        (Fraction(-2413391, 1000000), False, "-241.3%"),
        (None, None, "–"),
    ],
)
def test_an_attainment_never_rounds_over_a_decision(reached, met, shown):
    assert presentation.attainment(Result(attainment=reached, met=met)) == shown


@pytest.mark.parametrize(
    ("score", "coverage", "shown"),
    [
        (Fraction(9996, 10000), Fraction(1), "99.9%"),
        (Fraction(1), Fraction(7, 10), "100%"),
        (Fraction(1), Fraction(6999, 10000), "–"),
        (None, Fraction(1), "–"),
    ],
)
def test_a_score_is_hidden_below_70_percent_coverage(score, coverage, shown):
    assert presentation.score(score, coverage) == shown


def test_coverage_never_rounds_up_to_what_it_misses():
    assert presentation.coverage(Fraction(6999, 10000)) == "69%"
    assert presentation.coverage(Fraction(9999, 10000)) == "99%"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("2013-05", "May 2013"),
        ("2013-Q2", "Q2 2013"),
        ("2013-H1", "H1 2013"),
        ("2013", "2013"),
        ("2013-W05", "Week 5, 2013"),
    ],
)
def test_a_period_is_named_in_words(code, shown):
    period = Calendar().parse(code)
    assert presentation.period_label(period) == shown
    assert presentation.period_label(period.key) == shown
    assert presentation.period_code(Period.from_key(period.key)) == code


@pytest.mark.parametrize(
    ("new", "old", "of", "text", "tone"),
    [
        (12, 10, kpi(), "+2 (+20%)", "good"),
        (12, 10, kpi(direction="lower"), "+2 (+20%)", "bad"),
        (12, 10, kpi(direction="band"), "+2 (+20%)", "neutral"),
        (5, 0, kpi(), "+5", "good"),
        (Fraction(61, 100), Fraction(60, 100), kpi("percent"), "+1.0 points", "good"),
        (10, 10, kpi(), "no change", "neutral"),
        (1, 0, kpi("ordinal", labels=("Low", "High")), "from Low to High", "good"),
    ],
)
def test_a_change_says_how_much_and_whether_it_is_good(new, old, of, text, tone):
    change = presentation.delta(new, old, of)
    assert (change.text, change.tone) == (text, tone)


def test_a_change_from_the_unknown_is_unknown():
    assert presentation.delta(1, None, kpi()) is None


@pytest.mark.parametrize(
    ("of", "millionths", "text"),
    [(kpi("percent"), 618242, "61.8242%"), (kpi(), 1500000, "1.5"), (kpi(), None, "")],
)
def test_a_form_shows_a_stored_figure_exactly(of, millionths, text):
    assert presentation.input_text(millionths, of) == text


@pytest.mark.parametrize(
    ("of", "result", "said"),
    [
        (
            kpi(),
            Result(Fraction(90), Fraction(100), attainment=Fraction(9, 10), met=False),
            "1 + (90 − 100) ÷ 100 = 90%",
        ),
        (
            kpi(direction="lower"),
            Result(Fraction(60), Fraction(50), attainment=Fraction(4, 5), met=False),
            "1 − (60 − 50) ÷ 50 = 80%",
        ),
        (
            kpi(direction="lower"),
            Result(Fraction(2), Fraction(0), attainment=Fraction(1, 3), met=False),
            "1 − (2 − 0) ÷ 3 = 33.3%",
        ),
        (
            kpi(direction="lower"),
            Result(Fraction(1), Fraction(0), attainment=Fraction(0), met=False),
            "The target is 0 and nothing to measure by is set: met is 100%, not met 0%.",
        ),
        (
            kpi("ordinal", labels=("Low", "Medium", "High")),
            Result(Fraction(1), Fraction(2), attainment=Fraction(1, 2), met=False),
            "1 + (level 2 − level 3) ÷ 2 steps = 50%",
        ),
        (
            kpi(direction="band"),
            Result(
                Fraction(25),
                band=(Fraction(30), Fraction(40)),
                attainment=Fraction(5, 6),
                met=False,
            ),
            "1 − 5 outside ÷ 30 = 83.3%",
        ),
    ],
)
def test_an_attainment_is_worked_out_with_its_numbers(of, result, said):
    assert attainment_steps(of, result)[1].text == said


@pytest.mark.parametrize(
    ("status", "threshold", "said"),
    [
        (Status.AMBER, Fraction(80), "Just missed: no worse than the threshold of 80."),
        (Status.RED, Fraction(95), "Missed: worse than the threshold of 95."),
        (Status.AMBER, None, "Just missed: the attainment is 80% or more."),
        (Status.RED, None, "Missed: the attainment is below 80%."),
    ],
)
def test_the_status_is_given_with_its_reason(status, threshold, said):
    result = Result(
        Fraction(90), Fraction(100), threshold, attainment=Fraction(9, 10), met=False, status=status
    )
    assert attainment_steps(kpi(), result)[-1].text == said
