"""What people give along with a decision about a tier."""

from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from app.api import CheckboxListField, translations
from plugins.incentives.standing.acts import LEAST_REASON

lazy_gettext = translations("incentives").lazy_gettext

SHARED = lazy_gettext("The partner reads it too.")


class ReasonForm(FlaskForm):
    """A reason for a decision; the rules say where it may be left out."""

    reason = TextAreaField(
        lazy_gettext("Reason"), validators=[Length(max=1000)], description=SHARED
    )
    version = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(0, 2**31 - 1)])


class OverrideForm(FlaskForm):
    """A tier set by hand, until a day."""

    tier = SelectField(lazy_gettext("Tier"), validators=[DataRequired()], choices=[])
    expires = DateField(
        lazy_gettext("Until"),
        validators=[InputRequired()],
        description=lazy_gettext("Its last day, at most twelve months ahead."),
    )
    reason = TextAreaField(
        lazy_gettext("Reason"),
        validators=[DataRequired(), Length(min=LEAST_REASON, max=1000)],
        description=lazy_gettext(
            "At least 20 characters. The partner reads it once it is approved."
        ),
    )


class AppealForm(FlaskForm):
    """What a partner says against a decision."""

    text = TextAreaField(
        lazy_gettext("What should be looked at again, and why"),
        validators=[DataRequired(), Length(min=10, max=2000)],
    )


class AnswerForm(FlaskForm):
    """The answer to it."""

    answer = TextAreaField(
        lazy_gettext("Answer"),
        validators=[DataRequired(), Length(min=10, max=2000)],
        description=SHARED,
    )


class EnrolForm(FlaskForm):
    """Which partners are to take part."""

    partners = CheckboxListField(
        lazy_gettext("Partners"), coerce=int, validators=[DataRequired()], choices=[]
    )
