"""What is written to whom."""

import hashlib
from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from app.core.form_fields import CheckboxListField, options, strip
from app.core.messages.announcement_queries import Addressed


class AnnouncementForm(FlaskForm):
    """Subject, text and the partners whose contacts get it."""

    to = RadioField(lazy_gettext("To the contacts of"), default="mine")
    tag = SelectField(lazy_gettext("Tag"), default="")
    partners = CheckboxListField(lazy_gettext("Partners"), coerce=int)
    subject = StringField(
        lazy_gettext("Subject"), filters=[strip], validators=[DataRequired(), Length(max=200)]
    )
    text = TextAreaField(
        lazy_gettext("Text"),
        description=lazy_gettext("Plain text; an empty line begins a new paragraph."),
        filters=[strip],
        validators=[DataRequired(), Length(max=10_000)],
    )

    def offer(self, partners: Sequence[Addressed], tags: Mapping[str, Sequence[int]]) -> None:
        """Offer the partners that this person may write to, and no others."""
        self._partners, self._tags = partners, tags
        every = [("mine", _("All partners that are mine"))]
        if any(not one.mine for one in partners):
            every.append(("all", _("All partners")))
        if tags:
            every.append(("tag", _("Partners with a tag")))
        self.to.choices = options([*every, ("chosen", _("Chosen partners"))])
        if self.to.data == "mine" and not any(one.mine for one in partners):
            self.to.data = "chosen" if len(every) == 1 else self.to.data
        self.tag.choices = options([("", "–"), *((tag, tag) for tag in tags)])
        self.partners.choices = options((one.id, one.name) for one in partners if one.contacts)

    def partner_ids(self) -> list[int]:
        """The partners that were chosen in one way or the other."""
        if self.to.data == "mine":
            return [one.id for one in self._partners if one.mine]
        if self.to.data == "all":
            return [one.id for one in self._partners]
        if self.to.data == "tag":
            return list(self._tags.get(self.tag.data or "", ()))
        return list(self.partners.data or ())

    def fingerprint(self, contact_ids: Sequence[int]) -> str:
        """Letter and receivers in short, to tell whether they are still what somebody saw."""
        whole = "|".join((self.subject.data or "", self.text.data or "", *map(str, contact_ids)))
        return hashlib.sha256(whole.encode()).hexdigest()

    def validate_tag(self, field: SelectField) -> None:
        if self.to.data == "tag" and not field.data:
            raise ValidationError(_("Choose a tag."))

    def validate_partners(self, field: CheckboxListField) -> None:
        if self.to.data == "chosen" and not field.data:
            raise ValidationError(_("Choose at least one partner."))
