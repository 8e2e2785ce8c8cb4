"""What others may suggest to this plugin: a case, which one of staff writes and raises, or not."""

from app.api import Link, Suggestion, SuggestionKind, Viewer, site_path, translations

lazy_gettext = translations("conflicts").lazy_gettext

KIND = "conflicts.case"


def kinds() -> list[SuggestionKind]:
    """A case; nobody but whoever raises it opens one."""
    label = lazy_gettext("A case of conflict")
    return [SuggestionKind(KIND, label, _form, "conflicts.act", icon="heart-handshake")]


def _form(suggestion: Suggestion, _viewer: Viewer) -> Link:
    """The form of a new case, filled in: the suggestion is accepted once the case is raised."""
    path = site_path("conflicts.new", partner_id=suggestion.partner_id, suggestion=suggestion.id)
    return Link(suggestion.title, path)
