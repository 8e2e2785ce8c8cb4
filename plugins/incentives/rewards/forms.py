"""Forms about recognitions and benefits."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.api import VersionField, options, strip, translations
from plugins.incentives.rewards import words

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

FIELDS = ("kind", "title", "text", "day", "audience", "signatory")


class RecognitionForm(FlaskForm):
    """A recognition, before it is published."""

    version = VersionField(default=0)
    kind = SelectField(lazy_gettext("What it is"), choices=options(words.KINDS))
    title = StringField(
        lazy_gettext("Title"),
        filters=[strip],
        validators=[DataRequired(), Length(max=120)],
        description=lazy_gettext("In a few words, as it stands on the certificate."),
    )
    text = TextAreaField(
        lazy_gettext("What for"),
        filters=[strip],
        validators=[Length(max=2000)],
        description=lazy_gettext("Whoever may read the recognition reads this too."),
    )
    day = DateField(
        lazy_gettext("Day"),
        validators=[InputRequired()],
        description=lazy_gettext("It can be published from this day on."),
    )
    audience = RadioField(
        lazy_gettext("Who may read it"),
        choices=options(words.AUDIENCES),
        default="own",
        description=lazy_gettext("With every partner they share the name, the title and the text."),
    )
    signatory = StringField(
        lazy_gettext("Signed by"),
        filters=[strip],
        validators=[Length(max=120)],
        description=lazy_gettext("The name on the certificate; empty: whoever publishes it."),
    )

    def validate_day(self, field: DateField) -> None:
        if field.data and not 1900 <= field.data.year <= 2999:
            raise ValidationError(_("Give a year from 1900 to 2999."))

    def values(self) -> dict[str, Any]:
        """The columns as they were entered."""
        return {name: self[name].data or "" for name in FIELDS}


class ReasonForm(FlaskForm):
    """Why something is dismissed or taken back."""

    version = VersionField(default=-1)
    reason = TextAreaField(lazy_gettext("Reason"), filters=[strip], validators=[Length(max=500)])


class GivenForm(FlaskForm):
    """What shows that a benefit was given."""

    version = VersionField(default=-1)
    note = TextAreaField(
        lazy_gettext("How it was given"),
        filters=[strip],
        validators=[Length(max=1000)],
        description=lazy_gettext("The partner reads this, and may open the file."),
    )
    evidence = FileField(
        lazy_gettext("File"), description=lazy_gettext("PDF, Office, text or a picture.")
    )


class ProlongForm(FlaskForm):
    """How long a benefit can still be had."""

    version = VersionField(default=-1)
    day = DateField(lazy_gettext("To be had until"), validators=[InputRequired()])
