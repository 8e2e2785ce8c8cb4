"""Forms for erasing a person and for retention."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core.form_fields import WholeNumberField, strip
from app.core.personal.retention import LONGEST, RULES


class EraseForm(FlaskForm):
    """The e-mail of whoever is to be erased, typed once more."""

    email = StringField(
        lazy_gettext("Type this person’s e-mail to confirm"),
        filters=[strip],
        validators=[DataRequired(), Length(max=254)],
    )


def retention_form(**given: Any) -> FlaskForm:
    """One number of days for each kind of record; empty: for ever."""
    fields = {
        rule.key: WholeNumberField(
            rule.label,
            description=rule.help,
            validators=[
                Optional(),
                NumberRange(1, LONGEST, lazy_gettext("Give 1 to 36,500 days, or leave it empty.")),
            ],
        )
        for rule in RULES.values()
    }
    return type("RetentionForm", (FlaskForm,), fields)(**given)  # type: ignore[no-any-return]
