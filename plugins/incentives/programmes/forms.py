"""The forms of a programme: what it is called, where it starts from, its rules, its tiers."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.validators import ValidationError as Invalid

from app.api import (
    CheckboxListField,
    Kind,
    MoneyError,
    VersionField,
    WholeNumberField,
    currency_exponent,
    options,
    strip,
    translations,
)
from plugins.incentives.programmes import words
from plugins.incentives.programmes.definition import Promotion

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext


def upper(text: str | None) -> str | None:
    """Capitals, as currencies are written."""
    return text.strip().upper() if text else text


class _Named(FlaskForm):
    version = VersionField(default=0)
    name = StringField(
        lazy_gettext("Name"), filters=[strip], validators=[DataRequired(), Length(max=120)]
    )
    description = TextAreaField(
        lazy_gettext("What it is for"),
        description=lazy_gettext("Partners read it above the rules."),
        filters=[strip],
        validators=[Length(max=2000)],
    )
    currency = StringField(
        lazy_gettext("Currency"),
        description=lazy_gettext("What rewards are paid in. It stays once a version is published."),
        filters=[upper],
        validators=[DataRequired(), Length(max=3)],
    )

    def validate_currency(self, field: StringField) -> None:
        """Refuse what is no currency."""
        try:
            currency_exponent(field.data or "")
        except MoneyError:
            raise Invalid(_("Give a currency by its three letters, such as EUR.")) from None


class ProgrammeForm(_Named):
    """What a programme is called."""

    review_due = DateField(
        lazy_gettext("Look at the programme again on"),
        description=lazy_gettext("Administrators are reminded on this day."),
        validators=[Optional()],
    )

    def validate_review_due(self, field: DateField) -> None:
        """Keep to years that every calendar has."""
        if field.data and not 2000 <= field.data.year <= 2200:
            raise Invalid(_("Give a day of this century."))


class StartForm(_Named):
    """A new programme, and what its first draft starts from."""

    start = RadioField(lazy_gettext("Start from"), default="ladder", validators=[InputRequired()])
    file = FileField(
        lazy_gettext("File"),
        description=lazy_gettext("A programme that was exported as JSON, at most 1 MB."),
    )


class ImportForm(FlaskForm):
    """A definition from a file, in the draft's place."""

    version = VersionField(default=0)
    file = FileField(
        lazy_gettext("File"),
        description=lazy_gettext("A programme that was exported as JSON, at most 1 MB."),
    )


class RulesForm(FlaskForm):
    """Who takes part, and how tiers come and go."""

    version = VersionField(default=0)
    aims = TextAreaField(
        lazy_gettext("Aims"),
        description=lazy_gettext("What the programme is to reach, for both sides."),
        filters=[strip],
        validators=[Length(max=2000)],
    )
    eligible = CheckboxListField(
        lazy_gettext("Who can take part"),
        description=lazy_gettext("Without a choice partners of every type can."),
    )
    review = SelectField(lazy_gettext("Tiers are reviewed"), coerce=str)
    promotion = RadioField(lazy_gettext("A higher tier comes"), coerce=str)
    grace_days = WholeNumberField(
        lazy_gettext("Grace in days"),
        description=lazy_gettext("How long a tier stays after a review finds it no longer met."),
        validators=[InputRequired(), NumberRange(0, 3660)],
    )
    one_step = BooleanField(
        lazy_gettext("Down one step at a time"),
        description=lazy_gettext("However far a partner has fallen, one tier per decision."),
    )
    notice_days = WholeNumberField(
        lazy_gettext("Notice in days"),
        description=lazy_gettext("How long before they hold partners are told of changed rules."),
        validators=[InputRequired(), NumberRange(0, 3660)],
    )

    def __init__(self, types: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.eligible.choices = options(types)
        self.review.choices = options((kind.value, text) for kind, text in words.REVIEWS.items())
        self.promotion.choices = options(
            (mode.value, text) for mode, text in words.PROMOTIONS.items()
        )

    def changes(self) -> dict[str, Any]:
        """What the definition takes over."""
        return {
            "aims": self.aims.data or "",
            "eligible": tuple(self.eligible.data or ()),
            "review": Kind(self.review.data),  # type: ignore[call-arg]
            "promotion": Promotion(self.promotion.data),
            "grace_days": self.grace_days.data,
            "one_step": bool(self.one_step.data),
            "notice_days": self.notice_days.data,
        }


class TierForm(FlaskForm):
    """A rung of the ladder."""

    version = VersionField(default=0)
    name = StringField(
        lazy_gettext("Name"), filters=[strip], validators=[DataRequired(), Length(max=120)]
    )
    colour = RadioField(lazy_gettext("Colour"), default="blue", validators=[InputRequired()])
    benefits = TextAreaField(
        lazy_gettext("Benefits"),
        description=lazy_gettext("What partners of this tier enjoy, in plain words."),
        filters=[strip],
        validators=[Length(max=2000)],
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.colour.choices = options(words.COLOURS)


class PublishForm(FlaskForm):
    """From which day on a version holds, and why it does."""

    version = VersionField(default=0)
    effective = DateField(lazy_gettext("Takes effect on"), validators=[InputRequired()])
    note = TextAreaField(
        lazy_gettext("Why it changes"),
        description=lazy_gettext("Partners read it beside what changes."),
        filters=[strip],
        validators=[Length(max=1000)],
    )


class ReasonForm(FlaskForm):
    """Why a version is taken back, or a programme ends."""

    version = VersionField(default=0)
    reason = TextAreaField(
        lazy_gettext("Reason"), filters=[strip], validators=[DataRequired(), Length(max=500)]
    )
