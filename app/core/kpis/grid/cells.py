"""What stands in a cell, read as its reader writes numbers: pure.

A spreadsheet writes for the eye: thousands separators, currency signs, percentages, negative
numbers in brackets. Those are read here; whatever could mean two things is refused, nothing is
guessed and nothing is rounded. Source: domain specification §2, Roll-up.
"""

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from app.core.kpis.totals import Figure
from app.core.quantities import MILLION, QuantityError, parse, to_text, ungrouped
from app.core.refusals import Refusal

LONGEST = 60  # characters, blanks and signs included
_BLANKS = " \u00a0\u2009\u202f\u2007\u2002"
_MINUS = "\u2212\u2013"  # a spreadsheet's minus sign, and the dash that some write instead
_DOUBTFUL = 3 * MILLION // 2  # a bare number above it was probably meant as per cent


class Reading(NamedTuple):
    """How the cells of one row are to be read."""

    decimal_comma: bool = False
    percentage: bool = False  # fractions of 1 that people write as per cent
    parts: bool = False  # a numerator and a denominator are needed: 431/450
    may_have_parts: bool = False
    labels: tuple[str, ...] = ()  # an ordinal's words, lowest first
    signs: tuple[str, ...] = ()  # what may stand beside a number: €, EUR, min


class CellError(Refusal):
    """A cell that cannot be used, and what to write instead."""


def read_cell(text: str, reading: Reading) -> Figure:
    """The figure that a cell's text stands for, in millionths.

    Raises CellError or QuantityError, in words for whoever typed it.
    """
    if len(text) > LONGEST:
        raise CellError("This is too long: at most %(most)s characters.", most=LONGEST)
    written = _tidy(text)
    if not written:
        raise CellError("A number is missing.")
    if reading.labels:
        return Figure(_rank(written, reading.labels), None, None)
    if "/" in written and (reading.parts or reading.may_have_parts):
        return _parts(written, reading)
    if reading.parts:
        raise CellError("Write both parts with a slash between them, like 431/450.")
    number = _number(written, reading)
    bare = reading.percentage and "%" not in written
    if bare and abs(number) > _DOUBTFUL:
        raise CellError(
            "Write %(text)s%% if you mean per cent; a bare number is a part of 1.", text=written
        )
    return Figure(number, None, None)


def cell_text(figure: Figure | None, reading: Reading) -> str:
    """A stored figure as a cell shows it and reads it back, exactly."""
    if figure is None:
        return ""
    value, num, den = figure
    if num is not None and den is not None:
        return f"{_plain(num, reading)}/{_plain(den, reading)}"
    if value is None:
        return ""
    if reading.labels:
        rank, rest = divmod(value, MILLION)
        return reading.labels[rank] if not rest and 0 <= rank < len(reading.labels) else ""
    if reading.percentage:
        return f"{_plain(value * 100, reading)}%"
    return _plain(value, reading)


def _plain(quantity: int, reading: Reading) -> str:
    text = to_text(quantity)
    return text.replace(".", ",") if reading.decimal_comma else text


def _tidy(text: str) -> str:
    """One kind of blank, one kind of minus, none of either at the ends."""
    for blank in _BLANKS[1:]:
        text = text.replace(blank, " ")
    for dash in _MINUS:
        text = text.replace(dash, "-")
    return " ".join(text.split())


def _rank(written: str, labels: Sequence[str]) -> int:
    folded = [" ".join(label.split()).casefold() for label in labels]
    if written.casefold() not in folded:
        raise CellError("Write one of these words: %(labels)s.", labels=", ".join(labels))
    return folded.index(written.casefold()) * MILLION


def _parts(written: str, reading: Reading) -> Figure:
    num, _slash, den = written.partition("/")
    if not num.strip() or not den.strip():
        raise CellError("Write both parts with a slash between them, like 431/450.")
    plain = reading._replace(percentage=False)
    return Figure(None, _number(num.strip(), plain), _number(den.strip(), plain))


def _number(written: str, reading: Reading) -> int:
    bare = _without_signs(written, reading.signs)
    if bare.startswith("(") and bare.endswith(")"):  # how accountants write a negative number
        bare = "-" + _without_signs(bare[1:-1].strip(), reading.signs)
        if bare.startswith("--"):
            raise QuantityError("“%(text)s” is not a number: write it like 1234.5.", text=written)
    if any(unicodedata.category(sign) == "Sc" for sign in bare):
        raise CellError("“%(text)s” is not in the currency of this row.", text=written)
    bare = bare.replace(" %", "%")
    return parse(
        ungrouped(bare, reading.decimal_comma),
        decimal_comma=reading.decimal_comma,
        percent=reading.percentage,
    )


def _without_signs(written: str, signs: Sequence[str]) -> str:
    """The number alone: one sign may stand before or behind it, after a minus too."""
    for sign in sorted(signs, key=len, reverse=True):
        if not sign or sign == "%":
            continue
        bare, folded = written, sign.casefold()
        minus = "-" if bare.startswith("-") else ""
        body = bare[len(minus) :].lstrip() if minus else bare
        if body.casefold().startswith(folded):
            return minus + body[len(sign) :].strip()
        if bare.casefold().endswith(folded):
            return bare[: -len(sign)].strip()
    return written
