"""Forms of proposals: what a contact fills in, and how staff answer each field."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Form, FormField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Length, Regexp

from app.core.form_fields import RowsField, options, strip
from app.core.partners import profiles
from app.core.partners.forms import ContactForm, PartnerForm
from app.core.partners.profile_forms import ProfileForm
from app.core.partners.proposals import rules


def _note() -> TextAreaField:
    return TextAreaField(
        lazy_gettext("Why"),
        description=lazy_gettext("In a few words, if it is not plain."),
        filters=[strip],
        validators=[Length(max=1000)],
    )


class FactsProposalForm(FlaskForm):
    """What a contact would have said of the own organisation."""

    name = PartnerForm.name
    legal_name = PartnerForm.legal_name
    website = PartnerForm.website
    regions = PartnerForm.regions
    note = _note()

    validate_regions = PartnerForm.validate_regions

    def values(self) -> dict[str, str]:
        """The proposed values as texts."""
        plain = {name: self[name].data or "" for name in rules.FACTS if name != "regions"}
        return plain | {"regions": rules.regions((self.regions.data or "").split(","))}


class OwnGoalRow(Form):
    """What the partner wants from the partnership."""

    text = StringField(
        lazy_gettext("Goal"), filters=[strip], validators=[Length(max=profiles.MAX_ITEM)]
    )


class ProfileProposalForm(ProfileForm):
    """The profile as the partner itself has it: its own goals, and no date of the next review."""

    n = None  # type: ignore[assignment]
    next_review = None
    validate_next_review = None  # type: ignore[assignment]
    goals = RowsField(
        FormField(OwnGoalRow),
        lazy_gettext("Goals"),
        description=lazy_gettext("What you want from this partnership."),
        max_entries=profiles.MAX_ROWS,
    )
    note = _note()

    def __init__(self, *args: Any, today: date = date.max, **kwargs: Any) -> None:
        super().__init__(*args, today=today, **kwargs)

    def values(self) -> dict[str, Any]:
        """The proposed parts as texts."""
        lists = {
            part: profiles.stored(part, self[part].data)
            for part in profiles.LISTS
            if part != "goals"
        }
        own = [{"side": "partner", "text": row["text"]} for row in self.goals.data]
        texts = {part: self[part].data or "" for part in profiles.TEXTS}
        found = lists | texts | {"goals": profiles.stored("goals", own)}
        return {part: found[part] for part in rules.PROFILE}


class PersonProposalForm(ContactForm):
    """A person of the own organisation."""

    side = None
    version = None  # type: ignore[assignment]
    note = _note()

    def values(self) -> dict[str, Any]:
        """The proposed values as texts."""
        plain = ("name", "title", "department", "level", "locale")
        texts = {name: self[name].data or "" for name in plain}
        texts |= {
            "email": (self.email.data or "").lower(),
            "matters": " ".join(self.matters.data or ()),
            "is_primary": rules.flag(self.is_primary.data),
            "can_sign": rules.flag(self.can_sign.data),
        }
        return {name: texts[name] for name in rules.PERSON}


class LeftForm(FlaskForm):
    """That somebody has left, with a word to it."""

    note = _note()


class AnswerForm(FlaskForm):
    """What becomes of one field."""

    answer = RadioField(
        lazy_gettext("Answer"),
        choices=options(
            {
                "": lazy_gettext("Later"),
                "accept": lazy_gettext("Accept"),
                "decline": lazy_gettext("Decline"),
            }
        ),
        default="",
    )
    reason = StringField(
        lazy_gettext("Reason"),
        description=lazy_gettext("Needed where you decline; the partner reads it."),
        filters=[strip],
        validators=[Length(max=1000)],
    )
    seen = HiddenField(validators=[Regexp(r"^[0-9a-f]{0,16}$")])
