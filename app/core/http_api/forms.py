"""The form of a token."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.core import clock
from app.core.form_fields import CheckboxListField, options, strip
from app.core.http_api.rules import SCOPES

DAYS = {
    "30": lazy_gettext("In 30 days"),
    "365": lazy_gettext("In a year"),
    "1095": lazy_gettext("In three years"),
    "0": lazy_gettext("Never"),
}


class TokenForm(FlaskForm):
    """What a program may do, in whose name, and until when."""

    name = StringField(
        lazy_gettext("Name"),
        description=lazy_gettext("Which program uses it, such as “Nightly sales report”."),
        filters=[strip],
        validators=[DataRequired(), Length(max=100)],
    )
    user = SelectField(
        lazy_gettext("Acts in the name of"),
        description=lazy_gettext(
            "It sees and may do what this person may; a partner’s contact only their own partner."
        ),
        coerce=int,
    )
    scopes = CheckboxListField(
        lazy_gettext("May"), choices=options(SCOPES), validators=[DataRequired()], default=["read"]
    )
    days = SelectField(lazy_gettext("Ends"), choices=options(DAYS), default="365")

    def expires_at(self) -> Any:
        """The moment from which the token opens nothing; None is never."""
        days = int(self.days.data)
        return clock.now() + timedelta(days=days) if days else None
