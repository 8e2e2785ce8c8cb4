"""What stands in a cell is read as its reader writes it; what could mean two things is refused."""

import pytest

from app.core.kpis.grid.cells import Reading, cell_text, read_cell
from app.core.kpis.totals import Figure
from app.core.quantities import MILLION
from app.core.refusals import Refusal

POINT = Reading(signs=("EUR", "€"))
COMMA = Reading(decimal_comma=True, signs=("EUR", "€"))
PERCENT = Reading(percentage=True, may_have_parts=True)
RATIO = Reading(percentage=True, parts=True)
LEVEL = Reading(labels=("Low", "Very high"))


def value(millionths):
    return Figure(millionths, None, None)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("431", 431),
        (" 431 ", 431),
        ("-5", -5),
        ("\u22125", -5),
        ("(5)", -5),
        ("(€5)", -5),
        ("1,234", 1234),
        ("1,234,567.5", 1234567.5),
        ("1\u202f234.5", 1234.5),
        ("1\u00a0234", 1234),
        ("1 234 567", 1234567),
        ("1'234", 1234),
        ("1\u2019234.25", 1234.25),
        ("0.123", 0.123),
        ("€ 1,234.50", 1234.5),
        ("1,234.50 €", 1234.5),
        ("-€5", -5),
        ("EUR 5", 5),
        ("5 eur", 5),
    ],
)
def test_numbers_with_a_decimal_point(text, units):
    assert read_cell(text, POINT) == value(round(units * MILLION))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1.234,5", 1234.5),
        ("1.234", 1234),
        ("1.234.567", 1234567),
        ("0,5", 0.5),
        ("0.123", 0.123),
        ("1.5", 1.5),
        ("1 234,5", 1234.5),
        ("1\u202f234,5", 1234.5),
        ("1'234,5", 1234.5),
        ("1.234,50 €", 1234.5),
        ("-1.234,50\u00a0€", -1234.5),
    ],
)
def test_numbers_with_a_decimal_comma(text, units):
    assert read_cell(text, COMMA) == value(round(units * MILLION))


@pytest.mark.parametrize(
    ("text", "reading", "figure"),
    [
        ("12%", PERCENT, value(120_000)),
        ("12 %", PERCENT, value(120_000)),
        ("12,5\u202f%", PERCENT._replace(decimal_comma=True), value(125_000)),
        ("0.12", PERCENT, value(120_000)),
        ("24/25", PERCENT, Figure(None, 24 * MILLION, 25 * MILLION)),
        ("431/450", RATIO, Figure(None, 431 * MILLION, 450 * MILLION)),
        ("1,431 / 1,450", RATIO, Figure(None, 1431 * MILLION, 1450 * MILLION)),
        ("very  HIGH", LEVEL, value(MILLION)),
        ("5 min", Reading(signs=("min",)), value(5 * MILLION)),
    ],
)
def test_percentages_parts_words_and_units(text, reading, figure):
    assert read_cell(text, reading) == figure


@pytest.mark.parametrize(
    ("text", "reading", "said"),
    [
        ("", POINT, "missing"),
        ("\u00a0", POINT, "missing"),
        ("1,5", POINT, "contains a comma"),
        ("1,2345", POINT, "contains a comma"),
        ("12,34,567", POINT, "comma|number"),
        ("1,234.567,8", POINT, "separators"),
        ("1.234.5", COMMA, "separators"),
        ("1.234 567", COMMA, "separators"),
        ("1e3", POINT, "exponent"),
        ("1E+06", POINT, "number|exponent"),
        ("2013-05-01", POINT, "number"),
        ("01/05/2013", POINT, "number"),
        ("1.5.2013", COMMA, "number"),
        ("$5", POINT, "currency"),
        ("5 USD", POINT, "number"),
        ("=1+1", POINT, "number"),
        ("#REF!", POINT, "number"),
        ("NaN", POINT, "number"),
        ("--5", POINT, "number"),
        ("(-5)", POINT, "number"),
        ("5%", POINT, "percentage"),
        ("12", PERCENT, "Write 12%"),
        ("95.8%", RATIO, "both parts"),
        ("431/", RATIO, "both parts"),
        ("1/2/3", RATIO, "number"),
        ("medium", LEVEL, "Low, Very high"),
        ("9" * 61, POINT, "too long"),
        ("0.1234567", POINT, "decimals"),
    ],
)
def test_what_could_mean_something_else_is_refused(text, reading, said):
    with pytest.raises(Refusal, match=said):
        read_cell(text, reading)


@pytest.mark.parametrize("reading", [POINT, COMMA])
@pytest.mark.parametrize("units", [0, 1, -1, 0.123, 1.234, 1234, -1234567.891, 999_999_999_999])
def test_a_cell_reads_back_what_it_shows(reading, units):
    figure = value(round(units * MILLION))
    assert read_cell(cell_text(figure, reading), reading) == figure


@pytest.mark.parametrize(
    ("figure", "reading"),
    [
        (value(123_456), PERCENT),
        (Figure(None, 3 * MILLION, 4_500_000), RATIO._replace(decimal_comma=True)),
        (value(MILLION), LEVEL),
    ],
)
def test_so_do_percentages_parts_and_words(figure, reading):
    assert read_cell(cell_text(figure, reading), reading) == figure
