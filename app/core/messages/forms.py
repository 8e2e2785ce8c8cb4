"""How often people want e-mails of what."""

from collections.abc import Sequence

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField

from app.core.form_fields import options
from app.core.messages.events import Event

FREQUENCY_LABELS = {
    "at_once": lazy_gettext("At once"),
    "daily": lazy_gettext("Once a day"),
    "weekly": lazy_gettext("Once a week"),
    "off": lazy_gettext("No e-mail"),
}


class PreferencesForm(FlaskForm):
    """One choice for each event; the fields come with `preferences_form`."""

    def chosen(self, events: Sequence[Event]) -> dict[str, str]:
        """The choices by event."""
        return {event.key: self[field_name(event)].data for event in events}


def preferences_form(choices: Sequence[tuple[Event, str]]) -> PreferencesForm:
    """The form for these events, as they are chosen now."""
    fields = {
        field_name(event): SelectField(
            event.label, choices=options((key, FREQUENCY_LABELS[key]) for key in event.frequencies)
        )
        for event, _frequency in choices
    }
    form: PreferencesForm = type("Preferences", (PreferencesForm,), fields)(
        data={field_name(event): frequency for event, frequency in choices}
    )
    return form


def field_name(event: Event) -> str:
    """The name of an event's field."""
    return f"event_{event.key.replace('.', '_')}"
