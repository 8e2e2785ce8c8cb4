"""Money: integer minor units of an ISO 4217 currency, never a float, never mixed.

Compute exactly with fractions, round once per ledger line with `round_half_away`, and share
out with `split`, which loses nothing. Source: domain specification §0, Money.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from babel.numbers import get_currency_precision, is_currency

from app.core import quantities
from app.core.refusals import Refusal

LIMIT = 2**63 - 1  # minor units; what a signed 64-bit column holds

# Where Unicode's data, which Babel reads, gives the decimals people write nowadays instead of
# the exponent of ISO 4217. Stored amounts depend on it, so it must not follow fashion.
_ISO_EXPONENTS = {"IQD": 3} | dict.fromkeys(
    ("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SLL", "SOS", "SYP", "YER"), 2
)
# The only codes in X that anybody pays with; the others are metals, baskets and tests, which
# have no exponent.
_SHARED_CURRENCIES = frozenset({"XAF", "XCD", "XCG", "XOF", "XPF"})


class MoneyError(Refusal):
    """An unknown currency, an amount that cannot be kept, or a sum of two currencies."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if not isinstance(self.minor, int) or abs(self.minor) > LIMIT:
            raise MoneyError("“%(minor)s” is not an amount in whole minor units.", minor=self.minor)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same_currency(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same_currency(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        places = exponent(self.currency)
        digits = str(abs(self.minor)).rjust(places + 1, "0")
        whole = f"{digits[:-places]}.{digits[-places:]}" if places else digits
        return f"{'-' if self.minor < 0 else ''}{whole} {self.currency}"

    def _same_currency(self, other: "Money") -> "Money":
        if other.currency == self.currency:
            return other
        raise MoneyError(
            "%(one)s and %(other)s are never added up.", one=self.currency, other=other.currency
        )


def exponent(currency: str) -> int:
    """How many decimals the currency has in ISO 4217 (EUR 2, JPY 0, KWD 3); refuses others."""
    if not is_currency(currency) or (currency[0] == "X" and currency not in _SHARED_CURRENCIES):
        raise MoneyError(
            "“%(currency)s” is not a currency: write its ISO code, like EUR.",
            currency=currency[:40],
        )
    iso = _ISO_EXPONENTS.get(currency)
    return get_currency_precision(currency) if iso is None else iso


def parse(text: str, currency: str, *, decimal_comma: bool = False) -> Money:
    """The amount that somebody wrote in major units, like 10.50.

    More decimals than the currency has are refused, not rounded. Raises `QuantityError` for
    the number and `MoneyError` for the currency.
    """
    minor = quantities.scaled(text, exponent(currency), limit=LIMIT, decimal_comma=decimal_comma)
    return Money(minor, currency)


def round_half_away(amount: Fraction) -> int:
    """The nearest whole number, halves away from zero, so that a reversal mirrors its entry."""
    nearest = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return -nearest if amount < 0 else nearest


def split(total: int, parts: int | Sequence[int]) -> list[int]:
    """Shares of `total` minor units that add up to it, by largest remainder, the earliest first.

    `parts` is a number of equal shares, or one weight per share (not negative, not all zero).
    """
    weights = [1] * parts if isinstance(parts, int) else list(parts)
    whole = sum(weights)
    if not whole or min(weights) < 0:
        raise ValueError("Shares need weights that are not negative and not all zero")
    divided = [divmod(abs(total) * weight, whole) for weight in weights]
    shares = [share for share, _ in divided]
    left = abs(total) - sum(shares)
    for index in sorted(range(len(divided)), key=lambda i: -divided[i][1])[:left]:
        shares[index] += 1
    return [-share for share in shares] if total < 0 else shares
