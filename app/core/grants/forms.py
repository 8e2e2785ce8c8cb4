"""The form by which a guest is asked in."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, EmailField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, ValidationError

from app.core.form_fields import strip


class GuestForm(FlaskForm):
    """Who is asked in, until when, and why."""

    name = StringField(
        lazy_gettext("Name"), filters=[strip], validators=[DataRequired(), Length(max=200)]
    )
    email = EmailField(
        lazy_gettext("E-mail"),
        filters=[strip],
        validators=[DataRequired(), Length(max=254), Email()],
    )
    until = DateField(lazy_gettext("Until"), validators=[InputRequired()])
    reason = StringField(
        lazy_gettext("Why"),
        description=lazy_gettext("Such as: audit of the year. It stays on record."),
        filters=[strip],
        validators=[DataRequired(), Length(max=500)],
    )

    def validate_until(self, field: DateField) -> None:
        if field.data and not 1900 <= field.data.year <= 2999:
            raise ValidationError(_("Give a year from 1900 to 2999."))
