"""Figures as people read them: rounded for the eye, never across a decision.

Everything here is pure but for the reader's language and the organisation's calendar, which the
request holds. Unknown is always “–”. Source: domain specification §0, Display.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from babel.dates import format_skeleton
from babel.numbers import get_decimal_symbol
from flask import Flask, g
from flask_babel import get_locale
from flask_babel import gettext as _

from app.core import clock
from app.core.kpis import formats
from app.core.kpis.labels import kpi_word, tone
from app.core.kpis.rules import (
    AMBER_FROM,
)
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION, PLACES, to_text

UNKNOWN, MIN_COVERAGE = formats.UNKNOWN, formats.MIN_COVERAGE


class Measured(Protocol):
    """The parts of a KPI that decide how its figures read."""

    @property
    def value_type(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def label_list(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Change:
    """A step from one figure to the next: its text, whether it is good, and a picture of it."""

    text: str
    tone: str
    icon: str


def init_presentation(app: Flask) -> None:
    """Give templates these functions, as filters and as globals of the same name."""
    functions = (
        attainment,
        coverage,
        day,
        delta,
        example_number,
        figure,
        integer,
        kpi_word,
        moment,
        percent,
        plain,
        period_code,
        period_label,
        period_short,
        quantity,
        score,
        score_hidden,
        share,
        shown_figure,
        source,
        stored_score,
        tone,
        weight,
    )
    for function in functions:
        app.jinja_env.filters[function.__name__] = function
        app.jinja_env.globals[function.__name__] = function


def is_percentage(kpi: Measured) -> bool:
    """Whether its figures are fractions of 1 that people read and write as per cent."""
    return kpi.value_type == "percent" or (kpi.value_type == "ratio" and kpi.unit == "%")


def figure(
    value: Fraction | int | None,
    kpi: Measured,
    currency: str = "",
    beside: Fraction | int | None = None,
    exact: bool = False,
) -> str:
    """A figure with its unit; it shows as equal to `beside` only where it is.

    `value` is in the KPI's unit, `currency` the partner's for money. `exact` keeps every stored
    decimal.
    """
    if value is None:
        return UNKNOWN
    mark = None if beside is None else (beside.numerator, beside.denominator)
    labels = tuple(kpi.label_list) if kpi.value_type == "ordinal" else ()
    shown = (value.numerator, value.denominator)
    return formats.figure(_locale(), shown, mark, kpi.value_type, kpi.unit, labels, currency, exact)


def quantity(
    millionths: int | None,
    kpi: Measured,
    currency: str = "",
    beside: int | None = None,
    exact: bool = False,
) -> str:
    """A stored quantity as `figure` shows it."""
    if millionths is None:
        return UNKNOWN
    mark = None if beside is None else Fraction(beside, MILLION)
    return figure(Fraction(millionths, MILLION), kpi, currency, mark, exact)


def input_text(millionths: int | None, kpi: Measured) -> str:
    """A stored quantity as a form's field shows it and reads it back, exactly."""
    if millionths is None:
        return ""
    text = f"{to_text(millionths * 100)}%" if is_percentage(kpi) else to_text(millionths)
    return text.replace(".", decimal_mark())


def decimal_mark() -> str:
    """What separates decimals where the reader comes from."""
    return str(get_decimal_symbol(_locale()))


def example_number() -> str:
    """A number with thousands and decimals as the reader writes it."""
    return formats.decimal(_locale(), Decimal("1234.5"))


def attainment(result: Any) -> str:
    """How far a target is reached: nothing unmet shows 100 %, nothing red shows 80 %."""
    if result is None or result.attainment is None:
        return UNKNOWN
    reached = result.attainment
    return formats.attainment(_locale(), reached.numerator, reached.denominator, bool(result.met))


def percent(
    value: Fraction | None, boundaries: tuple[Fraction, ...] = (), decimals: int = 1
) -> str:
    """A fraction of 1 as per cent; below a boundary it never shows as having reached it."""
    if value is None:
        return UNKNOWN
    return formats.percent(_locale(), value, boundaries, decimals)


def stored_score(millionths: int, covered: int) -> str:
    """A stored scorecard's number, as `score` shows it."""
    return formats.stored_score(_locale(), millionths, covered)


def score(value: Fraction | None, covered: Fraction | None) -> str:
    """A scorecard's number, hidden below 70 % coverage."""
    if value is None or score_hidden(value, covered):
        return UNKNOWN
    return percent(value, (AMBER_FROM, Fraction(1)))


def score_hidden(value: Fraction | None, covered: Fraction | None) -> bool:
    """Whether a number exists that coverage forbids to show."""
    return value is not None and (covered is None or covered < MIN_COVERAGE)


def coverage(value: Fraction | None) -> str:
    """How much of the scorecard's weight is reported."""
    return percent(value, (MIN_COVERAGE, Fraction(1)), decimals=0)


def share(millionths: int | None) -> Fraction | None:
    """A stored share of 1 as the fraction that it is."""
    return None if millionths is None else Fraction(millionths, MILLION)


def delta(
    new: Fraction | int | None, old: Fraction | int | None, kpi: Any, currency: str = ""
) -> Change | None:
    """What changed from one figure to the next; None where one of them is unknown."""
    if new is None or old is None:
        return None
    step = Fraction(new) - Fraction(old)
    if not step:
        return Change(_("no change"), "neutral", "minus")
    icon = "arrow-up-right" if step > 0 else "arrow-down-right"
    direction = getattr(kpi, "direction", "band")
    better = {"higher": step > 0, "lower": step < 0}.get(str(direction))
    tone_ = "neutral" if better is None else "good" if better else "bad"
    if kpi.value_type == "ordinal":
        text = _("from %(old)s to %(new)s", old=figure(old, kpi), new=figure(new, kpi))
        return Change(text, tone_, icon)
    sign = "+" if step > 0 else "-"
    if is_percentage(kpi):
        points = formats.fixed(
            _locale(), abs(step) * 100, 1 if abs(step) >= Fraction(1, 1000) else 3
        )
        return Change(_("%(sign)s%(points)s points", sign=sign, points=points), tone_, icon)
    text = sign + figure(abs(step), kpi, currency)
    if old:
        relative = formats.rounded_for_eye(abs(step) / abs(Fraction(old)) * 100, None, 1)
        text += f" ({sign}{formats.percentage(_locale(), relative)})"
    return Change(text, tone_, icon)


def period_label(period: Period | int) -> str:
    """A period in words: May 2013, Q2 2013, H1 2013, 2013, Week 5, 2013."""
    period = Period.from_key(period) if isinstance(period, int) else period
    return formats.period_words(_locale(), _calendar(), period)


def period_short(period: Period) -> str:
    """A period for the head of a narrow column: Sept 2013, Q2 2013."""
    if period.kind is Kind.MONTH:
        return str(format_skeleton("yMMM", _calendar().start(period), locale=get_locale()))
    return period_label(period)


def period_code(period: Period | int) -> str:
    """A period as files and addresses write it: 2013-05, 2013-Q2."""
    period = Period.from_key(period) if isinstance(period, int) else period
    return _calendar().label(period)


def day(value: date | datetime | None) -> str:
    """A date in the reader's way; of a stored moment, the day where the organisation is."""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime) and value.tzinfo is None:
        value = clock.local(value, g.organisation.timezone)
    return formats.day(_locale(), value.year, value.month, value.day)


def moment(value: datetime | None) -> str:
    """A stored moment, where the organisation is."""
    if value is None:
        return UNKNOWN
    local = clock.local(value, g.organisation.timezone)
    date_, time_ = day(local), str(format_skeleton("Hm", local, locale=_locale()))
    return f"{date_}, {time_}"


def integer(value: int) -> str:
    """A count with the reader's thousands."""
    return formats.decimal(_locale(), Decimal(value))


def plain(value: Fraction) -> str:
    """A number without a unit, with every stored decimal."""
    return formats.decimal(_locale(), formats.rounded_for_eye(value, None, PLACES))


def weight(millionths: int) -> str:
    """A stored number without a unit: a weight, a numerator, a denominator."""
    return plain(Fraction(millionths, MILLION))


def shown_figure(row: Any, kpi: Measured, currency: str = "") -> str:
    """The figure of a row with value, num and den in millionths, whatever it holds."""
    if row.num is None or row.den is None:
        return quantity(row.value, kpi, currency)
    return str(figure(Fraction(row.num, row.den), kpi, currency) if row.den else UNKNOWN)


def source(text: str) -> str:
    """Where a figure came from, in words."""
    kind, _colon, number = text.partition(":")
    if kind == "import":
        return str(
            _("Import\N{NO-BREAK SPACE}%(number)s", number=number) if number else _("Import")
        )
    words = {
        "form": _("Entered here"),
        "portal": _("Partner portal"),
        "derived": _("Worked out by formula"),
        "api": _("HTTP API"),
        "sample": _("Sample data"),
    }
    return str(words.get(kind, text))


def _locale() -> str:
    tag: str | None = g.get("locale_tag")
    if tag is None:
        tag = g.locale_tag = str(get_locale() or "en")
    return tag


def _calendar() -> Calendar:
    organisation = g.get("organisation")
    return organisation.calendar if organisation else Calendar()
