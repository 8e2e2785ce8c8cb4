"""Numbers, money and periods in a locale: pure, and kept, since most pages show the same ones.

The cached functions take plain integers and texts: hashing a fraction costs as much as rounding
it. Source: domain specification §0, Display.
"""

from copy import copy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import is_currency
from flask_babel import gettext as _

from app.core import money
from app.core.kpis.rules import AMBER_FROM, display_attainment, display_beside, display_percent
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION, PLACES

UNKNOWN = "–"
MIN_COVERAGE = Fraction(7, 10)  # below it, pages hide the scorecard's number
_LARGE = 1_000  # from here on, decimals say nothing
_MANY = 100_000  # units of a currency from which its cents say nothing


@lru_cache(maxsize=16_384)
def figure(
    locale: str,
    value_parts: tuple[int, int],
    mark_parts: tuple[int, int] | None,
    value_type: str,
    unit: str,
    labels: tuple[str, ...],
    currency: str,
    all_decimals: bool,
) -> str:
    """One figure; value and mark come as (numerator, denominator)."""
    value = Fraction(*value_parts)
    mark = None if mark_parts is None else Fraction(*mark_parts)
    if labels and value.denominator == 1 and 0 <= value < len(labels):
        return labels[int(value)]
    if value_type == "percent" or (value_type == "ratio" and unit == "%"):
        scaled = None if mark is None else mark * 100
        return percentage(locale, rounded_for_eye(value * 100, scaled, 4 if all_decimals else 1))
    if value_type == "money" and is_currency(currency or unit):
        return _money(locale, value, mark, currency or unit, all_decimals)
    places = PLACES if all_decimals else _decimals(value, mark)
    text = decimal(locale, rounded_for_eye(value, mark, places))
    return str(f"{text}\N{NO-BREAK SPACE}{unit}" if unit else text)


@lru_cache(maxsize=16_384)
def attainment(locale: str, numerator: int, denominator: int, met: bool) -> str:
    """An attainment as per cent."""
    reached = Fraction(numerator, denominator)
    shown = display_attainment(reached, met)
    return percentage(locale, exact(shown, reached * 100))


def _decimals(value: Fraction, mark: Fraction | None) -> int:
    """As many as help: none for whole or large figures, else two, or two digits that count."""
    size = abs(value)
    if value.denominator == 1:
        return 0
    if size >= _LARGE:
        return 0 if mark is None or abs(value - mark) >= 1 else 2
    places = 2
    while places < PLACES and size * 10**places < 10:
        places += 1
    return places


def rounded_for_eye(value: Fraction, mark: Fraction | None, places: int) -> Decimal:
    """Rounded half away from zero, never onto the mark; exact figures without trailing zeros."""
    rounded = display_beside(value, value if mark is None else mark, places)
    return exact(rounded, value)


def exact(shown: Decimal, value: Fraction) -> Decimal:
    """Without trailing zeros where nothing was rounded: 80 % is 80, 79.96 % is 80.0."""
    if shown != value:
        return shown
    return shown.quantize(Decimal(1)) if shown == shown.to_integral() else shown.normalize()


def _money(
    locale: str, value: Fraction, mark: Fraction | None, currency: str, all_decimals: bool
) -> str:
    minor = money.exponent(currency)
    places = PLACES if all_decimals else 0 if abs(value) >= _MANY else minor
    rounded = rounded_for_eye(value, mark, places)
    decimals = -int(rounded.as_tuple().exponent)
    decimals = max(decimals, minor) if decimals else 0
    pattern = copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(rounded, locale, currency=currency, currency_digits=False))


def decimal(locale: str, value: Decimal) -> str:
    """A number with all its digits."""
    decimals = max(0, -int(value.as_tuple().exponent))
    pattern = copy(Locale.parse(locale).decimal_formats[None])
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(value, locale))


def fixed(locale: str, value: Fraction, places: int) -> str:
    """A number with so many decimals, zeros too."""
    return decimal(locale, display_beside(value, value, places))


@lru_cache(maxsize=8_192)
def stored_score(locale: str, millionths: int, covered: int) -> str:
    """A scorecard's number from millionths, hidden below 70 % coverage."""
    if covered < MIN_COVERAGE * MILLION:
        return UNKNOWN
    return percent(locale, Fraction(millionths, MILLION), (AMBER_FROM, Fraction(1)), 1)


@lru_cache(maxsize=4_096)
def day(locale: str, year: int, month: int, number: int) -> str:
    """A date as the locale writes it, of medium length."""
    return str(format_date(date(year, month, number), "medium", locale=locale))


@lru_cache(maxsize=8_192)
def percent(locale: str, value: Fraction, boundaries: tuple[Fraction, ...], decimals: int) -> str:
    """A fraction of 1 as per cent that never shows a boundary as reached when it is not."""
    shown = display_percent(value, boundaries, decimals=decimals)
    return percentage(locale, exact(shown, value * 100))


def percentage(locale: str, value: Decimal) -> str:
    """A number that is per cent already, with its sign."""
    pattern = copy(Locale.parse(locale).percent_formats[None])
    pattern.scale = 0  # the value is per cent already
    decimals = max(0, -int(value.as_tuple().exponent))
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(value, locale))


@lru_cache(maxsize=4_096)
def period_words(locale: str, calendar: Calendar, period: Period) -> str:
    """A period's name; fiscal ones keep the year's prefix."""
    code = calendar.label(period)
    if period.kind is Kind.MONTH:
        return str(format_skeleton("yMMMM", calendar.start(period), locale=locale))
    if period.kind is Kind.YEAR:
        return code
    if period.kind is Kind.WEEK:
        return str(_("Week %(week)s, %(year)s", week=period.n, year=period.year))
    year, _dash, part = code.rpartition("-")
    return f"{part} {year}"
