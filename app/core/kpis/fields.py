"""Form fields that read quantities and periods as people write them."""

from typing import Any

from flask import g
from flask_babel import gettext as _
from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import ValidationError

from app.core.kpis.presentation import decimal_mark, input_text, is_percentage
from app.core.periods import Kind, Period, PeriodError
from app.core.quantities import MILLION, QuantityError, parse, to_text, ungrouped

_DOUBTFUL = 3 * MILLION // 2  # a bare number above it was probably meant as per cent


class QuantityField(StringField):
    """A number whose data is in millionths; what was typed stays for the refusal.

    A form of one KPI names it with `read_as` before the field is processed.
    """

    raw_data: Any
    kpi: Any = None

    def read_as(self, kpi: Any) -> None:
        """Take the figure as one of this KPI: its percentages may be written 12%."""
        self.kpi = kpi

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; an empty field is no number, not zero."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.raw_data = []  # blanks are nothing: whoever needs a number asks for it
            return
        percentage = self.kpi is not None and is_percentage(self.kpi)
        try:
            comma = decimal_mark() == ","
            plain = ungrouped(" ".join(text.split()), comma)
            number = parse(plain, decimal_comma=comma, percent=percentage)
        except QuantityError as error:
            raise ValueError(_(error.message, **error.params)) from None
        if percentage and "%" not in text and abs(number) > _DOUBTFUL:
            raise ValueError(
                _("Write %(text)s%% if you mean per cent; a bare number is a part of 1.", text=text)
            )
        self.data = number

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        if self.kpi is not None:
            return input_text(self.data, self.kpi)
        return to_text(self.data).replace(".", decimal_mark())


class PartField(QuantityField):
    """A numerator or denominator: a plain number even where the quotient is a percentage."""

    def read_as(self, kpi: Any) -> None:
        """Parts are read the same way for every KPI."""


class LevelField(SelectField):
    """One of an ordinal KPI's words; its data is the rank in millionths."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, coerce=_rank, validate_choice=False, **kwargs)
        self.choices: list[SelectChoice] = []

    def read_as(self, kpi: Any) -> None:
        """Offer this KPI's levels, the highest first, after an empty choice."""
        ranked = [
            SelectChoice(str(rank * MILLION), label) for rank, label in enumerate(kpi.label_list)
        ]
        self.choices = [SelectChoice("", ""), *reversed(ranked)]

    def pre_validate(self, _form: Any) -> None:
        """Refuse a rank that the KPI does not have."""
        if self.data is not None and self.data not in [
            _rank(choice.value) for choice in self.choices
        ]:
            raise ValidationError(_("Choose one of the levels."))

    def process_data(self, value: Any) -> None:
        """Show the level that is stored."""
        self.data = value


def _rank(text: Any) -> int | None:
    text = str(text)
    return int(text) if text.isdecimal() and len(text) < 12 else None


class PeriodField(StringField):
    """A period of one frequency, as 2013-05 or 2013-Q2; its data is a `Period`."""

    data: Any
    raw_data: Any
    kind: Kind | None = None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the period; one of another frequency is refused."""
        self.data = None
        text = valuelist[0] if valuelist else ""
        if not text.strip():
            self.raw_data = []  # blanks are nothing: whoever needs a period asks for it
            return
        calendar = g.organisation.calendar
        try:
            period = calendar.parse(text)
        except PeriodError as error:
            raise ValueError(_(error.message, **error.params)) from None
        if self.kind is not None and period.kind is not self.kind:
            example = calendar.label(calendar.containing(g.organisation.today(), self.kind))
            raise ValueError(_("This KPI takes a period like %(example)s.", example=example))
        self.data = period

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return g.organisation.calendar.label(self.data) if isinstance(self.data, Period) else ""


class VersionField(HiddenField):
    """The version of the record that a form was filled from; nonsense is a version nobody has."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number."""
        text = valuelist[0] if valuelist else ""
        self.data = int(text) if text.isdecimal() and len(text) < 10 else -1
