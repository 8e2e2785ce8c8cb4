"""The form of an interaction."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.core import clock
from app.core.form_fields import CheckboxListField, VersionField, options, strip
from app.core.partners import labels
from app.core.partners.models import Contact


class InteractionForm(FlaskForm):
    """When, how, about what and with whom; times are the organisation's."""

    version = VersionField(default=1)
    at = DateTimeLocalField(
        lazy_gettext("When"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], validators=[InputRequired()]
    )
    channel = SelectField(lazy_gettext("Channel"), choices=options(labels.CHANNELS))
    direction = SelectField(lazy_gettext("Who began"), choices=options(labels.DIRECTIONS))
    matter = SelectField(
        lazy_gettext("Matter"), choices=options({"": "–"} | labels.MATTERS), default=""
    )
    contacts = CheckboxListField(lazy_gettext("Who took part"), coerce=int)
    others = StringField(
        lazy_gettext("Others"),
        description=lazy_gettext("People who are no contacts, separated by commas."),
        filters=[strip],
        validators=[Length(max=500)],
    )
    summary = TextAreaField(
        lazy_gettext("Summary"),
        description=lazy_gettext("Internal: the partner’s contacts never see it."),
        filters=[strip],
        validators=[DataRequired(), Length(max=5000)],
    )

    def offer(self, people: Iterable[Contact], partner_name: str, host_name: str) -> None:
        """The contacts of both sides."""
        names = {"partner": partner_name, "host": host_name}
        self.contacts.choices = options(
            (c.id, _("%(name)s (%(organisation)s)", name=c.name, organisation=names[c.side]))
            for c in people
        )

    def validate_at(self, field: DateTimeLocalField) -> None:
        if field.data is None:
            return
        if not 1900 <= field.data.year <= 2999:
            raise ValidationError(_("Give a year from 1900 to 2999."))
        if field.data > clock.now() + timedelta(days=1):
            raise ValidationError(_("Give a day that has come."))

    def values(self, timezone: str) -> dict[str, Any]:
        """The columns of `interaction` as they were entered."""
        local: datetime = self.at.data
        at = local.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC).replace(tzinfo=None)
        plain = ("channel", "direction", "matter", "others", "summary")
        return {"at": at} | {name: self[name].data or "" for name in plain}
