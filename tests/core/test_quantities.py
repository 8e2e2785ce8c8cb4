"""Quantities: read exactly or refused in words that help."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.quantities import LIMIT, QuantityError, parse, to_fraction, to_text, ungrouped

quantities = st.integers(-LIMIT, LIMIT)


@pytest.mark.parametrize(
    ("text", "millionths"),
    [
        ("0", 0),
        ("-0", 0),
        ("1573", 1_573_000_000),
        ("+7", 7_000_000),
        ("-22.5", -22_500_000),
        ("0.000001", 1),
        ("0.10", 100_000),
        (" 12\u00a0", 12_000_000),
        ("007", 7_000_000),
        ("1\n", 1_000_000),
        ("1000000000000", LIMIT),
        ("-1000000000000.000000", -LIMIT),
    ],
)
def test_a_plain_decimal_is_read_exactly(text, millionths):
    assert parse(text) == millionths


@pytest.mark.parametrize(("text", "millionths"), [("0,5", 500_000), ("0.5", 500_000)])
def test_a_decimal_comma_is_read_beside_the_point_where_it_is_allowed(text, millionths):
    assert parse(text, decimal_comma=True) == millionths


@pytest.mark.parametrize(
    ("text", "comma", "plain"),
    [
        ("1,234", False, "1234"),
        ("1,234.5", False, "1234.5"),
        ("1.234", False, "1.234"),
        ("1.234", True, "1234"),
        ("1.234.567,8", True, "1234567,8"),
        ("1 234,5", True, "1234,5"),
        ("12.5", True, "12.5"),
        ("0.123", True, "0.123"),
        ("1,23", False, "1,23"),
        ("1,234,56", False, "1,234,56"),
    ],
)
def test_thousands_are_parted_the_readers_own_way(text, comma, plain):
    assert ungrouped(text, comma) == plain


@pytest.mark.parametrize(
    ("text", "millionths"),
    [("12%", 120_000), ("12 %", 120_000), ("0.0001%", 1), ("-3.5%", -35_000), ("0.12", 120_000)],
)
def test_a_percentage_is_stored_as_a_fraction_of_one(text, millionths):
    assert parse(text, percent=True) == millionths


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("abc", "not a number"),
        ("NaN", "not a number"),
        ("inf", "not a number"),
        ("-Infinity", "not a number"),
        ("0x10", "not a number"),
        ("1_000", "thousands separators"),
        ("1,234", "contains a comma"),
        ("0,5", "contains a comma"),
        ("1,234.5", "thousands separators"),
        ("1.234,5", "thousands separators"),
        ("1.234.567", "thousands separators"),
        ("1 234", "thousands separators"),
        ("1\u202f234", "thousands separators"),
        ("1'234", "thousands separators"),
        ("1e3", "exponent"),
        ("1e999", "exponent"),
        ("0.1234567", "7 decimals"),
        ("1000000000000.000001", "too large"),
        ("-1000000000001", "too large"),
        ("9" * 40, "too large"),
        ("9" * 41, "too long"),
        pytest.param("1" * 10_000_000, "too long", id="10-MB"),
        ("٣", "not a number"),
        ("5.", "not a number"),
        (".5", "not a number"),
        ("--5", "not a number"),
        ("1\n2", "not a number"),
        ("12%", "leave the % sign out"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text, says):
    with pytest.raises(QuantityError, match=says):
        parse(text)


@pytest.mark.parametrize("text", ["1.234,5", "1,234.5", "1.234.567"])
def test_a_decimal_comma_does_not_allow_thousands_separators(text):
    with pytest.raises(QuantityError, match="thousands separators"):
        parse(text, decimal_comma=True)


@pytest.mark.parametrize(
    ("text", "says"), [("12.34567%", "5 decimals"), ("%", "missing"), ("12%%", "not a number")]
)
def test_a_percentage_that_is_not_exact_is_refused(text, says):
    with pytest.raises(QuantityError, match=says):
        parse(text, percent=True)


def test_a_refusal_can_be_translated_from_its_template_and_parameters():
    with pytest.raises(QuantityError) as refused:
        parse("1e3")
    assert refused.value.message % refused.value.params == str(refused.value)


@given(st.text(max_size=50))
def test_whatever_is_typed_is_read_or_refused(text):
    try:
        quantity = parse(text, decimal_comma=True, percent=True)
    except QuantityError:
        return
    assert abs(quantity) <= LIMIT


@given(quantities)
def test_text_reads_back_as_the_same_quantity(quantity):
    assert parse(to_text(quantity)) == quantity


@given(quantities)
def test_text_is_the_exact_value_without_superfluous_zeros(quantity):
    text = to_text(quantity)
    assert Fraction(text) == to_fraction(quantity)
    assert "." not in text or not text.endswith("0")
