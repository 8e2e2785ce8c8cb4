"""The plugin's settings: names of the stages, and the business days of each clock."""

from typing import Any

from wtforms import BooleanField, Form, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.api import WholeNumberField, strip, translations
from plugins.conflicts.rules.clocks import DAYS

lazy_gettext = translations("conflicts").lazy_gettext


def _days(label: Any, kind: str) -> WholeNumberField:
    return WholeNumberField(
        label, default=DAYS[kind], validators=[InputRequired(), NumberRange(1, 250)]
    )


def _name(label: Any) -> StringField:
    return StringField(label, default="", validators=[Length(max=60)], filters=[strip])


class SettingsForm(Form):
    """Names of the stages and the business days of each clock; running cases keep their days."""

    stage1_name = _name(lazy_gettext("Name of stage 1 (empty: Open communication)"))
    stage2_name = _name(lazy_gettext("Name of stage 2 (empty: Neutral mediation)"))
    stage3_name = _name(lazy_gettext("Name of stage 3 (empty: External support)"))
    ack_days = _days(lazy_gettext("Business days to acknowledge a case"), "ack")
    stage1_days = _days(lazy_gettext("Business days of stage 1"), "stage1")
    mediator_days = _days(lazy_gettext("Business days to find a mediator"), "mediator")
    stage2_days = _days(lazy_gettext("Business days of stage 2"), "stage2")
    stage3_days = _days(lazy_gettext("Business days of stage 3"), "stage3")
    suggests = BooleanField(
        lazy_gettext(
            "Suggest a case where a critical KPI is red, or one was missed in two periods in a row"
        ),
        default=True,
    )
