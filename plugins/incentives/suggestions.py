"""What others may suggest to this plugin: a note beside a partner's tier."""

from app.api import Suggestion, SuggestionKind, Viewer, translations
from plugins.incentives.standing import notes

lazy_gettext = translations("incentives").lazy_gettext

LONGEST = 1000


def kinds() -> list[SuggestionKind]:
    """A note, by whoever may write one."""
    label = lazy_gettext("A note beside the tier")
    return [SuggestionKind("incentives.note", label, _note, "incentives.note", icon="note")]


def _note(suggestion: Suggestion, viewer: Viewer) -> str:
    """Write it down in the name of whoever accepts it; it stands on the partner's page."""
    text = "\n\n".join(part for part in (suggestion.title, suggestion.text) if part)
    notes.add(suggestion.partner_id, text[:LONGEST], viewer)
    return f"partner:{suggestion.partner_id}"
