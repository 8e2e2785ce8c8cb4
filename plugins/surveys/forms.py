"""The plugin's forms: surveys, questions, waves, notes, follow-ups and the settings."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from app.api import translations
from plugins.surveys import words
from plugins.surveys.rules.definition import Type

lazy_gettext = translations("surveys").lazy_gettext


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """The choices of a field from values and their labels."""
    return [SelectChoice(value, label) for value, label in pairs]


def _version() -> HiddenField:
    """The version that a form was filled from; none counts as 0, which is never the present one."""
    return HiddenField(
        filters=[lambda value: str(value or "0")], validators=[Regexp(r"^[0-9]{1,9}$")]
    )


_KEY = Regexp(r"^[A-Za-z0-9_.-]{0,64}$")


class SettingsForm(Form):
    """Which KPIs published waves fill, and how small a group may be."""

    nps_kpi = StringField(
        lazy_gettext("KPI for the net promoter score"),
        description=lazy_gettext("Its code, of a KPI in plain numbers; empty: none."),
        default="NPS",
        validators=[Length(max=64), _KEY],
    )
    csat_kpi = StringField(
        lazy_gettext("KPI for satisfaction"),
        description=lazy_gettext("Its code, of a KPI that is a ratio; empty: none."),
        default="CSAT",
        validators=[Length(max=64), _KEY],
    )
    rhi_kpi = StringField(
        lazy_gettext("KPI for the relationship index"),
        description=lazy_gettext("Its code, of a KPI in plain numbers; empty: none."),
        default="",
        validators=[Length(max=64), _KEY],
    )
    k = IntegerField(
        lazy_gettext("Smallest group that is shown"),
        description=lazy_gettext("For new waves: 3 people at least, 5 are usual."),
        default=5,
        validators=[InputRequired(), NumberRange(3, 50)],
    )


class SurveyForm(FlaskForm):
    """What staff call a survey, and whom it is for."""

    name = StringField(lazy_gettext("Name"), validators=[DataRequired(), Length(max=120)])
    purpose = StringField(
        lazy_gettext("Purpose"),
        description=lazy_gettext("What will be decided by it. For staff."),
        validators=[Length(max=500)],
    )
    audience = RadioField(
        lazy_gettext("For whom"), choices=options(words.AUDIENCES.items()), default="partner"
    )
    version = _version()


class NewForm(SurveyForm):
    """A new survey: from a template, empty, or from a file."""

    template = StringField(default="", validators=[Length(max=20)])
    file = FileField(
        lazy_gettext("Bring in a file instead"),
        description=lazy_gettext("JSON as this page exports it, from this desk or another."),
    )


class TextsForm(FlaskForm):
    """What people read around the questions, in each language."""

    version = _version()
    title_en = StringField(lazy_gettext("Title"), validators=[Length(max=200)])
    title_de = StringField(lazy_gettext("Title"), validators=[Length(max=200)])
    introduction_en = TextAreaField(lazy_gettext("Introduction"), validators=[Length(max=2000)])
    introduction_de = TextAreaField(lazy_gettext("Introduction"), validators=[Length(max=2000)])
    thanks_en = TextAreaField(lazy_gettext("What happens next"), validators=[Length(max=2000)])
    thanks_de = TextAreaField(lazy_gettext("What happens next"), validators=[Length(max=2000)])


class QuestionForm(FlaskForm):
    """One question in each language."""

    version = _version()
    type = SelectField(lazy_gettext("Kind"), choices=options(words.TYPES.items()))
    text_en = StringField(lazy_gettext("Text"), validators=[Length(max=500)])
    text_de = StringField(lazy_gettext("Text"), validators=[Length(max=500)])
    help_en = StringField(lazy_gettext("Help"), validators=[Length(max=500)])
    help_de = StringField(lazy_gettext("Help"), validators=[Length(max=500)])
    options_en = TextAreaField(
        lazy_gettext("Options or rows"),
        description=lazy_gettext("One a line; for choices, orders and rows of agreement."),
        validators=[Length(max=4000)],
    )
    options_de = TextAreaField(
        lazy_gettext("Options or rows"),
        description=lazy_gettext("One a line, in the same order."),
        validators=[Length(max=4000)],
    )
    required = BooleanField(lazy_gettext("Must be answered"))
    reverse = BooleanField(
        lazy_gettext("Asks the reverse"),
        description=lazy_gettext("Agreeing is bad: 5 counts as 1."),
    )
    dimension = SelectField(
        lazy_gettext("Dimension of the relationship"),
        choices=options([("", lazy_gettext("None")), *words.DIMENSIONS.items()]),
        description=lazy_gettext("For agreement only."),
    )
    steps = IntegerField(
        lazy_gettext("Steps of a rating"), default=5, validators=[Optional(), NumberRange(3, 10)]
    )
    show_question = SelectField(lazy_gettext("Only after an answer to"), default="")
    show_operator = SelectField(
        lazy_gettext("which is"),
        choices=options(
            [
                ("is", lazy_gettext("equal to")),
                ("at_least", lazy_gettext("at least")),
                ("at_most", lazy_gettext("at most")),
            ]
        ),
    )
    show_value = StringField(
        lazy_gettext("Answer"),
        description=lazy_gettext("A number, “yes” or “no”, or the option’s words."),
        validators=[Length(max=200)],
    )

    def __init__(self, earlier: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show_question.choices = options([("", lazy_gettext("Always shown")), *earlier])

    @property
    def kind(self) -> Type:
        """The chosen kind."""
        return Type(self.type.data)


class WaveForm(FlaskForm):
    """How a survey is held this time."""

    title = StringField(
        lazy_gettext("Name of the wave"), validators=[DataRequired(), Length(max=120)]
    )
    mode = RadioField(lazy_gettext("Who sees who answered what"), choices=[], default="identified")
    k = IntegerField(
        lazy_gettext("Smallest group that is shown"),
        validators=[InputRequired(), NumberRange(3, 50)],
    )
    breakdown = SelectField(
        lazy_gettext("Told apart in the results"),
        choices=options(words.BREAKDOWNS.items()),
        description=lazy_gettext("Fixed from the launch on. Small groups stay hidden."),
        default="side",
    )
    partners = SelectField(lazy_gettext("Partners"), default="none")
    contacts = SelectField(
        lazy_gettext("Their contacts"),
        choices=options(
            [
                ("all", lazy_gettext("All contacts")),
                ("primary", lazy_gettext("The primary contact")),
                ("executive", lazy_gettext("Executives")),
                ("none", lazy_gettext("Nobody")),
            ]
        ),
    )
    team = BooleanField(
        lazy_gettext("Our people who work with these partners"),
        description=lazy_gettext("Owner and team, asked about each of their partners."),
    )
    staff = SelectMultipleField(
        lazy_gettext("Further staff"),
        choices=[],
        description=lazy_gettext("By role or department."),
    )
    closes_on = DateField(lazy_gettext("Closes on"), validators=[InputRequired()])
    recurrence = SelectField(
        lazy_gettext("Repeat"),
        choices=options(words.RECURRENCES.items()),
        description=lazy_gettext("The next wave is planned by itself; you launch it."),
    )


class OutcomeForm(FlaskForm):
    """What was done about it."""

    text = TextAreaField(
        lazy_gettext("What we did about it"),
        description=lazy_gettext("Those who were asked read it. Name no one."),
        validators=[DataRequired(), Length(max=4000)],
    )


class FollowUpForm(FlaskForm):
    """What was found behind a low answer, and done."""

    version = _version()
    state = SelectField(
        lazy_gettext("State"), choices=options((k, v[0]) for k, v in words.FOLLOW_UP_STATES.items())
    )
    cause = TextAreaField(lazy_gettext("Cause"), validators=[Length(max=2000)])
    action = TextAreaField(lazy_gettext("Action"), validators=[Length(max=2000)])


class ReasonForm(FlaskForm):
    """Why confidential answers are opened."""

    reason = StringField(
        lazy_gettext("Reason"),
        description=lazy_gettext("It is recorded with your name, for an hour of access."),
        validators=[DataRequired(), Length(min=10, max=500)],
    )


class NoteForm(FlaskForm):
    """An interview or an observation."""

    version = _version()
    kind = RadioField(
        lazy_gettext("Kind"),
        choices=options(
            [
                ("interview", lazy_gettext("Interview")),
                ("observation", lazy_gettext("Observation from daily work")),
            ]
        ),
        default="interview",
    )
    partner = SelectField(lazy_gettext("Partner"), default="")
    day = DateField(lazy_gettext("Day"), validators=[InputRequired()])
    participants = StringField(lazy_gettext("Who took part"), validators=[Length(max=500)])
    guide = TextAreaField(lazy_gettext("Questions asked"), validators=[Length(max=4000)])
    text = TextAreaField(lazy_gettext("Notes"), validators=[DataRequired(), Length(max=8000)])
    quotes = TextAreaField(
        lazy_gettext("Quotes"),
        description=lazy_gettext("One a line, as they were said; only with consent to quote."),
        validators=[Length(max=4000)],
    )
    themes = StringField(
        lazy_gettext("Themes"),
        description=lazy_gettext("Separated by commas."),
        validators=[Length(max=300)],
    )
    consent = RadioField(
        lazy_gettext("Consent"),
        choices=options(
            [
                ("none", lazy_gettext("Not asked: no names, no quotes")),
                ("notes", lazy_gettext("Notes may be kept")),
                ("quotes", lazy_gettext("Notes may be kept and quoted")),
            ]
        ),
        default="none",
    )
    confidential = BooleanField(
        lazy_gettext("Confidential"),
        description=lazy_gettext("Only you and administrators read it."),
    )
