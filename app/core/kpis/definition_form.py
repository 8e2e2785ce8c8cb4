"""The form of a KPI's definition."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from app.core.form_fields import WholeNumberField, strip, upper
from app.core.kpis.fields import VersionField
from app.core.kpis.labels import choices
from app.core.kpis.rules.formula import LONGEST
from app.core.kpis.services.definitions import CODE

_LEVELS = 20
_NO_MEAN_OF_PERCENTAGES = ("sum", "mean")


class KpiForm(FlaskForm):
    """What is measured, and how its figures are read and rolled up."""

    version = VersionField(default=0)
    name = StringField(
        lazy_gettext("Name"), filters=[strip], validators=[InputRequired(), Length(max=200)]
    )
    code = StringField(
        lazy_gettext("Code"),
        description=lazy_gettext("Capitals, digits, dots, - and _; files name the KPI by it."),
        filters=[strip, upper],
        validators=[
            InputRequired(),
            Length(max=32),
        ],
    )
    description = TextAreaField(
        lazy_gettext("What it means"),
        description=lazy_gettext("What is counted, what is not, and where the figure comes from."),
        filters=[strip],
        validators=[Length(max=4000)],
    )
    category = SelectField(lazy_gettext("Category"), choices=choices("category"))
    value_type = SelectField(
        lazy_gettext("Kind of figure"),
        description=lazy_gettext(
            "A ratio keeps its numerator and denominator, so it adds up right."
        ),
        choices=choices("value_type"),
    )
    unit = StringField(
        lazy_gettext("Unit"),
        description=lazy_gettext("Such as %, min or visits; money needs none."),
        filters=[strip],
        validators=[Length(max=32)],
    )
    labels = TextAreaField(
        lazy_gettext("Levels"),
        description=lazy_gettext("Only for levels: one per line, the lowest first."),
        filters=[strip],
        validators=[Length(max=300)],
    )
    formula = TextAreaField(
        lazy_gettext("Formula"),
        description=lazy_gettext(
            "Only where the figure is worked out from other KPIs, as in (REVENUE - COST) / COST."
        ),
        filters=[strip],
        validators=[Length(max=LONGEST)],
    )
    direction = SelectField(lazy_gettext("Which figures are good"), choices=choices("direction"))
    nature = SelectField(
        lazy_gettext("Nature"),
        description=lazy_gettext(
            "Sales and visits add up; a market share or satisfaction is a level."
        ),
        choices=choices("nature"),
    )
    aggregation = SelectField(
        lazy_gettext("Rolled up to longer periods as"), choices=choices("aggregation")
    )
    frequency = SelectField(
        lazy_gettext("Reported"), choices=choices("frequency"), default="monthly"
    )
    submitter = SelectField(lazy_gettext("Who reports it"), choices=choices("submitter"))
    due_days = WholeNumberField(
        lazy_gettext("Due days after the period's end"),
        default=10,
        validators=[InputRequired(), NumberRange(min=0, max=365)],
    )
    evidence_required = BooleanField(
        lazy_gettext("Evidence required"),
        description=lazy_gettext("A figure can be submitted only with a file that shows it."),
    )
    data_source = StringField(
        lazy_gettext("Data source"),
        description=lazy_gettext("The system or report that the figure is read from."),
        filters=[strip],
        validators=[Length(max=300)],
    )
    active = BooleanField(
        lazy_gettext("In use"),
        description=lazy_gettext(
            "A KPI out of use keeps its figures; nobody is asked for new ones."
        ),
        default=True,
    )
    note = StringField(
        lazy_gettext("What changes, and why"),
        description=lazy_gettext("Stands beside this version in the KPI's history."),
        filters=[strip],
        validators=[Length(max=300)],
    )

    def validate_code(self, field: StringField) -> None:
        """Codes are plain: they stand in files, addresses and formulas."""
        if field.data and not CODE.fullmatch(field.data):
            raise ValidationError(_("Use letters without accents, digits, dots, - and _ only."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Fields alone, then the rules that hold between them."""
        alone = super().validate(extra_validators)
        return self._together() and alone

    def _together(self) -> bool:
        kind, how = self.value_type.data, self.aggregation.data
        levels = self.label_list()
        if kind == "ratio" and how != "ratio":
            _refuse(self.aggregation, _("A ratio rolls up as the sums of its two parts."))
        if how == "ratio" and kind not in ("ratio", "percent", "money", "number", "duration"):
            _refuse(self.aggregation, _("Levels have no numerator and denominator."))
        if kind == "percent" and how in _NO_MEAN_OF_PERCENTAGES:
            text = _("Percentages cannot be added up: let the last one count, or choose a ratio.")
            _refuse(self.aggregation, text)
        if kind == "ordinal":
            if how != "last":
                _refuse(self.aggregation, _("Of levels, the last one counts."))
            if self.direction.data == "band":
                _refuse(self.direction, _("Of levels, higher or lower ones are good."))
            if not 2 <= len(levels) <= _LEVELS or len(set(levels)) < len(levels):
                _refuse(self.labels, _("Write two to twenty different levels, one per line."))
        elif levels:
            _refuse(self.labels, _("Only a KPI of levels has these; leave it empty."))
        if self.nature.data == "stock" and how == "sum":
            text = _("A level at a moment is not summed up: choose another way to roll it up.")
            _refuse(self.aggregation, text)
        return not self.errors

    def label_list(self) -> list[str]:
        """The levels, lowest first."""
        lines = (self.labels.data or "").splitlines()
        return [line.strip() for line in lines if line.strip()]


def _refuse(field: Any, message: str) -> None:
    field.errors = [*field.errors, message]
