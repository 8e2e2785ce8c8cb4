"""The formula language: what it reads, what it refuses, and what it comes to, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.kpis.rules import Aggregation, Definition, Direction, ValueType, derivation
from app.core.kpis.rules.derivation import Source
from app.core.kpis.rules.formula import FormulaError, Input, evaluate, parse, pieces, rename
from app.core.periods import Kind


def outcome(text, **figures):
    formula = parse(text)
    known = {}
    for name, figure in figures.items():
        code, _, before = name.partition("__")
        known[Input(code, before == "prior")] = None if figure is None else Fraction(str(figure))
    return evaluate(formula, known)


# [K5] of the domain specification.
@pytest.mark.parametrize(
    ("text", "figures", "expected"),
    [
        ("(GP - COST) / COST", {"GP": 150_000, "COST": 100_000}, "1/2"),
        ("COST / NEW", {"COST": 24_000, "NEW": 60}, "400"),
        (
            "(OPENING + NEW - CLOSING) / OPENING",
            {"OPENING": 1000, "NEW": 300, "CLOSING": 1150},
            "3/20",
        ),
        ("(CLOSING - NEW) / OPENING", {"OPENING": 1000, "NEW": 300, "CLOSING": 1150}, "17/20"),
        ("ARPA * MARGIN * lifetime(CHURN, 60)", {"ARPA": 50, "MARGIN": 0.8, "CHURN": 0.05}, "800"),
        ("ARPA * MARGIN / CHURN", {"ARPA": 50, "MARGIN": 0.8, "CHURN": 0.05}, "800"),
        ("ARPA * MARGIN * lifetime(CHURN, 60)", {"ARPA": 50, "MARGIN": 0.8, "CHURN": 0}, "2400"),
        ("(REV - prior(REV)) / abs(prior(REV))", {"REV": 10_000, "REV__prior": -20_000}, "3/2"),
        ("(REV - DIRECT) / REV", {"REV": 200, "DIRECT": 150}, "1/4"),
        ("(BASE - ACTUAL) / BASE", {"BASE": 80, "ACTUAL": 60}, "1/4"),
    ],
)
def test_k5_the_derived_figures_of_the_domain(text, figures, expected):
    assert outcome(text, **figures).value == Fraction(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A + B * 2", 16),
        ("(A + B) * 2", 20),
        ("-A + B", 2),
        ("A - B - 1", -3),
        ("min(A, B, 3)", 3),
        ("max(A, B)", 6),
        ("abs(A - B)", 2),
        ("a + [b]", 10),
        ("A\n + B", 10),
        ("0.1 * A", "2/5"),
        ("lifetime(A, 60)", "1/4"),
    ],
)
def test_arithmetic_is_exact(text, expected):
    assert outcome(text, A=4, B=6).value == Fraction(expected)


def test_codes_with_dots_and_hyphens_stand_in_brackets():
    assert parse("[ACME-X.1] / [2ND]").inputs == (Input("ACME-X.1"), Input("2ND"))


def test_a_division_at_the_top_keeps_its_parts():
    found = outcome("(A - B) / B", A=7, B=4)
    assert (found.num, found.den) == (3, 4)


def test_a_negative_divisor_gives_its_sign_to_the_numerator():
    found = outcome("A / B", A=6, B=-4)
    assert (found.num, found.den) == (-6, 4)


def test_a_division_by_zero_is_unknown_and_names_its_divisor():
    found = outcome("1 + A / (A - B)", A=4, B=4)
    assert (found.value, found.zero) == (None, "A - B")


def test_a_missing_input_makes_the_whole_unknown():
    found = outcome("A * 0 + prior(B)", A=None, B=3)
    assert (found.value, found.missing) == (None, (Input("A"), Input("B", True)))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 1),
        ("   ", 1),
        ("3", 1),
        ("A +", 3),
        ("A B", 3),
        ("[A][B]", 4),
        ("A[B]", 2),
        ("2 A", 3),
        ("2x", 1),
        ("1e5 * A", 1),
        ("0x10 + A", 1),
        ("A ** 2", 3),
        ("A // 2", 3),
        ("A % 2", 3),
        ("A) + (B", 2),
        ("(A", 1),
        ("a.b", 2),
        ("__import__('os')", 1),
        ("lambda: A", 7),
        ("A if B else C", 3),
        ("not A", 5),
        ("A, B", 1),
        ("f(A)", 1),
        ("(A)(B)", 2),
        ("[ABS](A)", 1),
        ("abs(A, B)", 1),
        ("min(A)", 1),
        ("lifetime(A)", 1),
        ("min(*A, B)", 5),
        ("prior(A + B)", 1),
        ("prior((A))", 1),
        ("prior(A,)", 1),
        ("prior()", 1),
        ("é + A", 1),
        ("A + 1234567890123", 5),
        ("-" * 400 + "A", 21),
        ("(" * 240 + "A" + ")" * 240, 201),
        ("A" + " + A" * 120, None),
        ("+".join(f"A{n}" for n in range(21)), 1),
        ("A" + " " * 500, 501),
        ("A + \x00", 5),
    ],
    ids=lambda value: str(value)[:20],
)
def test_whatever_else_is_refused_at_its_place(text, at):
    with pytest.raises(FormulaError) as refusal:
        parse(text)
    assert at is None or refusal.value.at == at


@given(st.text(alphabet="AB12.+-*/(), []prio\n", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        found = parse(text)
    except FormulaError:
        return
    assert {piece for piece in pieces(found) if isinstance(piece, Input)} == set(found.inputs)
    evaluate(found, dict.fromkeys(found.inputs, Fraction(2)))


def test_pieces_show_a_prior_as_one():
    assert pieces(parse("A / prior(B)")) == [Input("A"), "/", Input("B", True)]


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("A + prior([a])", "A", "B", "B + prior(B)"),
        ("[A-1] * 2", "A-1", "A.2", "[A.2] * 2"),
        ("min(MIN, 2)", "MIN", "LOW", "min(LOW, 2)"),
        ("AB + A", "A", "C", "AB + C"),
        ("", "A", "C", ""),
    ],
)
def test_a_new_code_takes_the_old_ones_place(text, old, new, expected):
    assert rename(text, old, new) == expected


def source(formula="", *, kind=Kind.MONTH, type_=ValueType.NUMBER, how=Aggregation.SUM):
    return Source(Definition(Direction.HIGHER, how, kind, type_), formula)


def refused(**sources):
    with pytest.raises(FormulaError) as refusal:
        derivation.check("D", sources)
    return refusal.value.at


def test_an_unknown_code_is_refused_at_its_place():
    assert refused(D=source("A + B"), A=source()) == 5


def test_a_kpi_is_not_worked_out_from_itself_not_even_from_its_past():
    assert refused(D=source("A + prior(D)"), A=source()) == 11


def test_a_circle_over_other_derived_kpis_is_refused():
    assert refused(D=source("A + E"), E=source("F * 2"), F=source("prior(D)"), A=source()) == 5


def test_an_input_that_is_reported_less_often_is_refused():
    assert refused(D=source("Q"), Q=source(kind=Kind.QUARTER)) == 1


def test_a_finer_percentage_without_parts_is_refused():
    percent = source(type_=ValueType.PERCENT)
    assert refused(D=source("1 - P", kind=Kind.QUARTER), P=percent) == 5


def test_levels_are_no_numbers():
    assert refused(D=source("L"), L=source(type_=ValueType.ORDINAL, how=Aggregation.LAST)) == 1


def test_a_ratio_ends_in_a_division():
    assert refused(D=source("A * 2", how=Aggregation.RATIO), A=source()) == 1


def test_derived_kpis_follow_those_that_they_read():
    assert derivation.order({"C": "B + A", "B": "A * 2", "A": ""}) == ["B", "C"]
