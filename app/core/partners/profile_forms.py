"""The form of a partner's profile: texts, and lists with a row for each item."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.core.form_fields import RowsField, VersionField, options, strip
from app.core.partners import labels, profiles
from app.core.periods import add_months

LATEST_REVIEW_MONTHS = 60


class GoalRow(Form):
    """What one side, or both, want from the partnership."""

    side = SelectField(
        lazy_gettext("Whose"), choices=options({"": "–"} | labels.GOAL_OWNERS), default=""
    )
    text = StringField(
        lazy_gettext("Goal"), filters=[strip], validators=[Length(max=profiles.MAX_ITEM)]
    )


class AssetRow(Form):
    """Something that the partner brings, and of which kind it is."""

    kind = SelectField(lazy_gettext("Kind"), choices=options({"": "–"} | labels.KINDS), default="")
    text = StringField(
        lazy_gettext("What the partner brings"),
        filters=[strip],
        validators=[Length(max=profiles.MAX_ITEM)],
    )


class AudienceRow(Form):
    """People whom the partner reaches."""

    segment = StringField(
        labels.AUDIENCE["segment"], filters=[strip], validators=[Length(max=profiles.MAX_ITEM)]
    )
    demographics = StringField(
        labels.AUDIENCE["demographics"], filters=[strip], validators=[Length(max=300)]
    )
    interests = StringField(
        labels.AUDIENCE["interests"], filters=[strip], validators=[Length(max=300)]
    )
    preferences = StringField(
        labels.AUDIENCE["preferences"], filters=[strip], validators=[Length(max=300)]
    )
    size = StringField(labels.AUDIENCE["size"], filters=[strip], validators=[Length(max=100)])
    source = StringField(labels.AUDIENCE["source"], filters=[strip], validators=[Length(max=300)])

    def validate_segment(self, field: StringField) -> None:
        if not field.data and any(self[name].data for name in profiles.AUDIENCE):
            raise ValidationError(_("Say which people these are."))


def _rows(row: type[Form], label: Any, help_: Any) -> RowsField:
    return RowsField(FormField(row), label, description=help_, max_entries=profiles.MAX_ROWS)


def _text(label: Any, help_: Any) -> TextAreaField:
    limit = Length(max=profiles.MAX_TEXT)
    return TextAreaField(label, description=help_, filters=[strip], validators=[limit])


class ProfileForm(FlaskForm):
    """What the partnership rests on."""

    n = VersionField(default=0)
    goals = _rows(
        GoalRow, lazy_gettext("Goals"), lazy_gettext("What each side wants from this partnership.")
    )
    motivations = _text(
        lazy_gettext("Motivations"), lazy_gettext("Why the partner wants this partnership.")
    )
    strengths = _rows(
        AssetRow, lazy_gettext("Strengths"), lazy_gettext("What the partner does well.")
    )
    resources = _rows(
        AssetRow,
        lazy_gettext("Resources"),
        lazy_gettext("What the partner can put to use: people, reach, equipment, systems."),
    )
    weaknesses = _text(lazy_gettext("Weaknesses"), lazy_gettext("Where the partner needs support."))
    core_values = _text(
        lazy_gettext("Core values"), lazy_gettext("What the partner will not give up.")
    )
    positioning = _text(
        lazy_gettext("Positioning"), lazy_gettext("How the partner stands in its market.")
    )
    challenges = _text(lazy_gettext("Challenges"), lazy_gettext("What gets in the partner’s way."))
    expectations = _text(
        lazy_gettext("Expectations"), lazy_gettext("What the partner expects of us.")
    )
    audiences = _rows(
        AudienceRow, lazy_gettext("Audiences"), lazy_gettext("Whom the partner reaches.")
    )
    next_review = DateField(
        lazy_gettext("To be looked at again"),
        description=lazy_gettext("Twelve months on, unless you choose another day."),
        validators=[InputRequired()],
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_next_review(self, field: DateField) -> None:
        last = add_months(self.today, LATEST_REVIEW_MONTHS)
        if field.data and not self.today <= field.data <= last:
            raise ValidationError(_("Give a day from today to five years from now."))

    def add_row(self, part: str) -> None:
        """One more empty row of a list, where there is room."""
        if part in profiles.LISTS and len(self[part]) < profiles.MAX_ROWS:
            self[part].append_entry()

    def values(self) -> dict[str, Any]:
        """The columns of `partner_profile` as they were entered."""
        lists = {part: profiles.stored(part, self[part].data) for part in profiles.LISTS}
        texts = {part: self[part].data or "" for part in profiles.TEXTS}
        return lists | texts | {"next_review": self.next_review.data}
