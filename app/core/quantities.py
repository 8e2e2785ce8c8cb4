"""Quantities: exact decimals kept as integer millionths, at most 10¹² units either way."""

import re
from fractions import Fraction

from app.core.refusals import Refusal

PLACES = 6
MILLION = 10**PLACES
LIMIT = 10**12 * MILLION  # in millionths; fits a signed 64-bit column

_LONGEST = 40
_NUMBER = re.compile(r"([+-]?)([0-9]+)(?:[.,]([0-9]+))?")
_EXPONENT = re.compile(r"[+-]?[0-9.,]+E[+-]?[0-9]+", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([ .,'\u2019_\u00a0\u2009\u202f][0-9]{3})+([.,][0-9]+)?")


class QuantityError(Refusal):
    """A text that is not a number the app can keep exactly."""


def parse(text: str, *, decimal_comma: bool = False, percent: bool = False) -> int:
    """The quantity that somebody wrote, in millionths.

    A point marks decimals; with `decimal_comma` a comma does too. With `percent` (percent and
    ratio KPIs, stored as fractions of 1) `12%` reads as 0.12. Thousands separators, exponents
    and more than six decimals are errors: nothing is guessed and nothing is rounded.
    Source: domain specification §2, Roll-up.
    """
    written = _capped(text)
    if not written.endswith("%"):
        return scaled(written, PLACES, limit=LIMIT, decimal_comma=decimal_comma)
    if not percent:
        raise QuantityError(
            "“%(text)s” is a percentage, but this figure is not one: leave the %% sign out.",
            text=written,
        )
    return scaled(written[:-1], PLACES - 2, limit=LIMIT, decimal_comma=decimal_comma)


# Groups of three digits with one separator, which do not begin with a zero: 0.123 is no 123.
_OWN_GROUPS = {
    comma: re.compile(
        r"([+-]?[1-9][0-9]{0,2})"
        + (
            r"((?:\.[0-9]{3})+|(?:[ '\u2019][0-9]{3})+)"
            if comma
            else r"((?:,[0-9]{3})+|(?:[ '\u2019][0-9]{3})+)"
        )
        + (r"(,[0-9]+)?(%?)" if comma else r"(\.[0-9]+)?(%?)")
    )
    for comma in (False, True)
}


def ungrouped(written: str, decimal_comma: bool) -> str:
    """The number without its thousands separators, where they are the reader's own.

    With a decimal comma 1.234 is a thousand and more, without one 1,234 is; spaces and apostrophes
    part thousands everywhere. Any other text is left as it is, for `parse` to judge.
    """
    match = _OWN_GROUPS[decimal_comma].fullmatch(written)
    if match is None:
        return written
    digits = "".join(c for c in match[2] if c.isdigit())
    return f"{match[1]}{digits}{match[3] or ''}{match[4]}"


def scaled(text: str, places: int, *, limit: int, decimal_comma: bool = False) -> int:
    """The plain decimal number in `text` times 10**places, exactly; refused beyond ±limit."""
    written = _capped(text)
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise _not_a_number(written)
    if "," in written and not decimal_comma:
        raise QuantityError(
            "“%(text)s” contains a comma: write decimals with a point (0.5) and thousands"
            " without a separator (1234).",
            text=written,
        )
    sign, whole, decimals = match[1], match[2], match[3] or ""
    if len(decimals) > places:
        raise QuantityError(
            "“%(text)s” has %(found)s decimals, at most %(places)s are kept: round it yourself.",
            text=written,
            found=len(decimals),
            places=places,
        )
    number = int(whole + decimals.ljust(places, "0"))
    if number > limit:
        raise QuantityError(
            "“%(text)s” is too large: at most %(most)s.", text=written, most=limit // 10**places
        )
    return -number if sign == "-" else number


def to_fraction(quantity: int) -> Fraction:
    """The exact value of a quantity."""
    return Fraction(quantity, MILLION)


def to_text(quantity: int) -> str:
    """The shortest exact decimal, with a point: what `parse` reads back."""
    whole, millionths = divmod(abs(quantity), MILLION)
    sign = "-" if quantity < 0 else ""
    if not millionths:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{millionths:06}".rstrip("0")


def _capped(text: str) -> str:
    if len(text) > _LONGEST:
        raise QuantityError(
            "“%(text)s…” is too long for a number: at most %(most)s characters.",
            text=text[:_LONGEST],
            most=_LONGEST,
        )
    return text.strip()


def _not_a_number(written: str) -> QuantityError:
    if not written:
        return QuantityError("A number is missing: write it like 1234.5.")
    if _EXPONENT.fullmatch(written):
        return QuantityError(
            "“%(text)s” has an exponent: write the number in full, like 1000.", text=written
        )
    if _GROUPED.fullmatch(written):
        return QuantityError(
            "“%(text)s” has thousands separators: write it without them, like 1234.5.",
            text=written,
        )
    return QuantityError("“%(text)s” is not a number: write it like 1234.5.", text=written)
