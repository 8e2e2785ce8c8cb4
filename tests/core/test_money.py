"""Money: exact, rounded once, shared out without loss, never mixed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import LIMIT, Money, MoneyError, exponent, parse, round_half_away, split
from app.core.quantities import QuantityError

# ISO 4217: every exponent in use that is not 2, and some that are, though often written without.
ISO_4217 = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "EUR USD GBP CHF AFN ALL IRR KPW LAK LBP MGA MMK RSD SLL SOS SYP YER HUF CZK XCD XCG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


@pytest.mark.parametrize(
    ("currency", "places"),
    [(currency, places) for places, codes in ISO_4217.items() for currency in codes.split()],
)
def test_exponents_are_those_of_iso_4217(currency, places):
    assert exponent(currency) == places


@pytest.mark.parametrize(
    "currency", ["", "ZZZ", "eur", "EURO", "XXX", "XTS", "XAU", "€", "EUR" * 99]
)
def test_what_nobody_pays_with_is_no_currency(currency):
    with pytest.raises(MoneyError, match="not a currency"):
        exponent(currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("10.50", "EUR", 1050), ("-0.5", "USD", -50), ("500", "JPY", 500), ("1.234", "KWD", 1234)],
)
def test_an_amount_is_read_into_minor_units(text, currency, minor):
    assert parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"), [("10.505", "EUR"), ("500.5", "JPY"), ("1,000", "EUR"), ("1e3", "EUR")]
)
def test_an_amount_that_is_not_exact_is_refused(text, currency):
    with pytest.raises(QuantityError):
        parse(text, currency)


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        pytest.param(Fraction(1050 * 5, 100), 53, id="X2-10.50×5%"),
        pytest.param(-Fraction(1050 * 5, 100), -53, id="X2-reversal"),
        (Fraction(5249, 100), 52),
        (Fraction(5251, 100), 53),
        (Fraction(-1, 3), 0),
        (Fraction(7), 7),
    ],
)
def test_halves_round_away_from_zero(amount, minor):
    assert round_half_away(amount) == minor


@pytest.mark.parametrize(
    ("total", "parts", "shares"),
    [
        pytest.param(10000, 3, [3334, 3333, 3333], id="X2-100.00÷3"),
        pytest.param(101, 2, [51, 50], id="X2-1.01÷2"),
        pytest.param(-101, 2, [-51, -50], id="reversal"),
        pytest.param(100, [1, 2], [33, 67], id="largest-remainder-first"),
        pytest.param(5, [0, 1], [0, 5], id="weight-0"),
        pytest.param(0, 2, [0, 0], id="nothing"),
    ],
)
def test_a_total_is_split_by_largest_remainder(total, parts, shares):
    assert split(total, parts) == shares


@pytest.mark.parametrize("parts", [0, [], [0, 0], [2, -1], -1])
def test_a_total_is_not_split_among_nobody(parts):
    with pytest.raises(ValueError, match="weights"):
        split(100, parts)


@given(
    st.integers(-LIMIT, LIMIT),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any),
)
def test_shares_add_up_and_lie_within_one_minor_unit_of_their_part(total, weights):
    shares = split(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1


@given(st.fractions())
def test_rounding_mirrors_and_moves_by_at_most_a_half(amount):
    assert round_half_away(-amount) == -round_half_away(amount)
    assert abs(round_half_away(amount) - amount) <= Fraction(1, 2)


def test_amounts_of_one_currency_add_and_subtract():
    assert Money(1050, "EUR") + Money(50, "EUR") - Money(100, "EUR") == -Money(-1000, "EUR")


@pytest.mark.parametrize("add", [Money.__add__, Money.__sub__])
def test_currencies_are_never_mixed(add):
    with pytest.raises(MoneyError, match="EUR and USD"):
        add(Money(1, "EUR"), Money(1, "USD"))


@pytest.mark.parametrize("minor", [LIMIT + 1, -LIMIT - 1, 10.5])
def test_an_amount_is_a_whole_number_that_the_database_can_hold(minor):
    with pytest.raises(MoneyError, match="minor units"):
        Money(minor, "EUR")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(-1050, "EUR"), "-10.50 EUR"),
        (Money(500, "JPY"), "500 JPY"),
        (Money(1, "KWD"), "0.001 KWD"),
    ],
)
def test_an_amount_prints_exactly(amount, text):
    assert str(amount) == text
