"""Forms beside the acts: raising, plan, note, mediator, broken glass."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, Length, Optional, ValidationError

from app.api import (
    CheckboxListField,
    OnceField,
    Refusal,
    options,
    organisation,
    strip,
    translations,
)
from plugins.conflicts import words
from plugins.conflicts.forms import (
    PositionForm,
    check_year,
    long_text,
)

_ = translations("conflicts").gettext
lazy_gettext = translations("conflicts").lazy_gettext

PLAN_ROWS = 8


class StepForm(FlaskForm):
    """One row of a plan."""

    what = StringField(lazy_gettext("What"), filters=[strip], validators=[Length(max=500)])
    who = SelectField(lazy_gettext("Who"))
    due = DateField(lazy_gettext("Due by"), validators=[Optional()])

    @property
    def is_empty(self) -> bool:
        """Whether the row was left alone."""
        typed = any(text.strip() for text in self.due.raw_data or ())
        return not (self.what.data or typed or self.who.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """A row that was begun is whole."""
        if self.is_empty:
            return True
        good = bool(super().validate(extra_validators))
        if good:
            for field in (self.what, self.who, self.due):
                if not field.data:
                    field.errors = [
                        _("A step has something to do, somebody responsible and a day.")
                    ]
                    good = False
        return good

    def validate_due(self, field: DateField) -> None:
        check_year(field)


class NoteForm(FlaskForm):
    """Something written down beside the case."""

    text = long_text(lazy_gettext("Note"))
    level = RadioField(lazy_gettext("Who may read it"))
    side = SelectField(
        lazy_gettext("Caucus with"),
        choices=options(
            {
                "": "",
                "host": lazy_gettext("The host’s side"),
                "partner": lazy_gettext("The partner’s side"),
            }
        ),
        default="",
    )
    readers = CheckboxListField(lazy_gettext("Readers"), coerce=int)
    file = FileField(lazy_gettext("File"))


class ReportForm(FlaskForm):
    """What somebody raises; each side has the fields that are its own to fill in."""

    is_draft = False

    once = OnceField()
    title = StringField(
        lazy_gettext("In a few words"),
        filters=[strip],
        validators=[DataRequired(), Length(max=200)],
    )
    text = PositionForm.text
    aim = PositionForm.aim
    category = SelectField(lazy_gettext("What it is about"), choices=options(words.CATEGORIES))
    severity = SelectField(
        lazy_gettext("How serious it is"),
        choices=options(words.SEVERITIES),
        default="normal",
        description=lazy_gettext(
            "A critical case has half the time, a low one half as much again."
        ),
    )
    respondents = CheckboxListField(lazy_gettext("Who answers for the partner"), coerce=int)
    avoid_manager = BooleanField(
        lazy_gettext("This is about the person who looks after us"),
        description=lazy_gettext(
            "It then goes to somebody else there, and that person sees none of it."
        ),
    )
    payout_period = StringField(
        lazy_gettext("Payout in dispute"),
        description=lazy_gettext(
            "Only if the case disputes a payout itself: its period, such as 2026-Q3. Nothing else"
            " is touched by a case."
        ),
        filters=[strip],
        validators=[Length(max=16)],
    )

    def loosen(self) -> None:
        """Ask for nothing: a draft is kept as far as it goes."""
        self.is_draft = True
        for field in self:
            field.validators = [
                rule for rule in field.validators if not isinstance(rule, DataRequired)
            ]

    def validate_payout_period(self, field: StringField) -> None:
        if not field.data:
            return
        calendar = organisation().calendar
        try:
            field.data = calendar.label(calendar.parse(field.data))
        except Refusal as refusal:
            raise ValidationError(_(refusal.message, **refusal.params)) from refusal

    def validate_respondents(self, field: CheckboxListField) -> None:
        if field.choices and not field.data and not self.is_draft:
            raise ValidationError(_("Name somebody on the other side who can answer."))


class MediatorForm(FlaskForm):
    """Whom an administrator proposes: one of ours, or somebody from outside."""

    internal = SelectField(lazy_gettext("Internal facilitator"), coerce=int)
    name = StringField(
        lazy_gettext("Or somebody from outside"), filters=[strip], validators=[Length(max=200)]
    )
    email = EmailField(
        lazy_gettext("E-mail"), filters=[strip], validators=[Optional(), Email(), Length(max=254)]
    )
    organisation = StringField(
        lazy_gettext("Works for"), filters=[strip], validators=[Length(max=200)]
    )
    until = DateField(lazy_gettext("Access until"), validators=[Optional()])

    def validate_until(self, field: DateField) -> None:
        check_year(field)

    def validate_name(self, field: StringField) -> None:
        outside = bool(field.data or self.email.data)
        if outside == bool(self.internal.data):
            raise ValidationError(_("Choose one of ours, or name somebody from outside."))
        if outside and not (field.data and self.email.data and self.until.data):
            raise ValidationError(_("Give the name, the e-mail address and a last day."))


class BreakGlassForm(FlaskForm):
    """Why an administrator looks into a case of others."""

    reason = long_text(
        lazy_gettext("Why you have to look"),
        lazy_gettext(
            "Both sides read it, with your name. You see for an hour what both sides see."
        ),
    )

    def validate_reason(self, field: TextAreaField) -> None:
        if field.data and len(field.data) > 500:
            raise ValidationError(_("At most 500 characters."))
