"""The plugin's forms: surveys, waves, notes, follow-ups and the settings."""

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from app.api import VersionField, options, translations
from plugins.surveys import words

lazy_gettext = translations("surveys").lazy_gettext

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
        lazy_gettext("For whom"), choices=options(words.AUDIENCES), default="partner"
    )
    version = VersionField()


class NewForm(SurveyForm):
    """A new survey: from a template, empty, or from a file."""

    template = StringField(default="", validators=[Length(max=20)])
    file = FileField(
        lazy_gettext("Bring in a file instead"),
        description=lazy_gettext("JSON as this page exports it, from this desk or another."),
    )


class TextsForm(FlaskForm):
    """What people read around the questions, in each language."""

    version = VersionField()
    title_en = StringField(lazy_gettext("Title"), validators=[Length(max=200)])
    title_de = StringField(lazy_gettext("Title"), validators=[Length(max=200)])
    introduction_en = TextAreaField(lazy_gettext("Introduction"), validators=[Length(max=2000)])
    introduction_de = TextAreaField(lazy_gettext("Introduction"), validators=[Length(max=2000)])
    thanks_en = TextAreaField(lazy_gettext("What happens next"), validators=[Length(max=2000)])
    thanks_de = TextAreaField(lazy_gettext("What happens next"), validators=[Length(max=2000)])


def texts_of(form: FlaskForm, part: str) -> dict[str, str]:
    """What was typed for a part, by language; without the languages in which nothing was."""
    found = {locale: (form[f"{part}_{locale}"].data or "").strip() for locale in words.LOCALES}
    return {locale: text for locale, text in found.items() if text}


class WaveForm(FlaskForm):
    """How a survey is held this time."""

    version = VersionField()
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
        choices=options(words.BREAKDOWNS),
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
        choices=options(words.RHYTHMS),
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

    version = VersionField()
    state = SelectField(
        lazy_gettext("State"), choices=options((k, v[0]) for k, v in words.FOLLOW_UP_STATES.items())
    )
    cause = TextAreaField(
        lazy_gettext("Cause"),
        description=lazy_gettext("From “Cause known” on it is asked for."),
        validators=[Length(max=2000)],
    )
    action = TextAreaField(
        lazy_gettext("Action"),
        description=lazy_gettext("From “Action begun” on it is asked for."),
        validators=[Length(max=2000)],
    )


class ReasonForm(FlaskForm):
    """Why confidential answers are opened."""

    reason = StringField(
        lazy_gettext("Reason"),
        description=lazy_gettext("It is recorded with your name, for an hour of access."),
        validators=[DataRequired(), Length(min=10, max=500)],
    )


class ThemeForm(FlaskForm):
    """What a theme is called."""

    name = StringField(
        lazy_gettext("Name"),
        description=lazy_gettext("By the name of another theme, the two become one."),
        validators=[DataRequired(), Length(max=60)],
    )


class NoteForm(FlaskForm):
    """An interview or an observation."""

    version = VersionField()
    kind = RadioField(
        lazy_gettext("Kind"),
        choices=options(words.NOTE_KINDS.items()),
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
    dimension = SelectField(
        lazy_gettext("Dimension of the relationship"),
        choices=options([("", lazy_gettext("None")), *words.DIMENSIONS.items()]),
        description=lazy_gettext("It stands beside this dimension in the results."),
        default="",
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
