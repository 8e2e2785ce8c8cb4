"""The form of a published figure."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, StringField, URLField
from wtforms.validators import (
    URL,
    DataRequired,
    InputRequired,
    Length,
    Optional,
    Regexp,
    ValidationError,
)

from app.core.analysis.services import BenchmarkDraft
from app.core.form_fields import VersionField, check_currency, strip, upper
from app.core.kpis.fields import LevelField, QuantityField


class BenchmarkForm(FlaskForm):
    """What the trade reaches, who says so, and when that holds."""

    version = VersionField(default=1)
    source = StringField(
        lazy_gettext("Source"),
        description=lazy_gettext("Who published it, such as a trade association’s yearly report."),
        filters=[strip],
        validators=[DataRequired(), Length(max=200)],
    )
    value = QuantityField(lazy_gettext("Value"), validators=[InputRequired()])
    currency = StringField(lazy_gettext("Currency"), filters=[strip, upper])
    valid_from = DateField(lazy_gettext("Holds from"), validators=[Optional()])
    valid_to = DateField(lazy_gettext("Holds until"), validators=[Optional()])
    url = URLField(
        lazy_gettext("Where it can be read"),
        filters=[strip],
        validators=[
            Optional(),
            Length(max=300),
            URL(message=lazy_gettext("Give the whole address, such as https://example.org.")),
            Regexp(r"^https?://", message=lazy_gettext("Only http and https addresses.")),
        ],
    )

    def __init__(self, kpi: Any, **kwargs: Any) -> None:
        self.kpi = kpi
        super().__init__(**kwargs)
        if kpi.value_type != "money":
            del self.currency

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Tell the figure's field which KPI it reads, then read."""
        self.value.read_as(self.kpi)
        super().process(*args, **kwargs)

    def validate_currency(self, field: StringField) -> None:
        check_currency(field)

    def validate_valid_from(self, field: DateField) -> None:
        _check_year(field)

    def validate_valid_to(self, field: DateField) -> None:
        _check_year(field)
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(_("The end lies before the beginning."))

    def draft(self) -> BenchmarkDraft:
        """The benchmark as it was entered."""
        return BenchmarkDraft(
            source=self.source.data or "",
            value=self.value.data or 0,
            currency=self.currency.data or "" if "currency" in self else "",
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            url=self.url.data or "",
        )


class LevelBenchmarkForm(BenchmarkForm):
    """A published level of an ordinal KPI."""

    value = LevelField(lazy_gettext("Level"), validators=[InputRequired()])


def benchmark_form(kpi: Any, **kwargs: Any) -> BenchmarkForm:
    """The form for this KPI's kind of figure."""
    kind = LevelBenchmarkForm if kpi.value_type == "ordinal" else BenchmarkForm
    return kind(kpi, **kwargs)


def _check_year(field: DateField) -> None:
    if field.data and not 1900 <= field.data.year <= 2999:
        raise ValidationError(_("Give a year from 1900 to 2999."))
