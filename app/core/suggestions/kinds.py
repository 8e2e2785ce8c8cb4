"""What can be suggested: core's own kinds, and those of the plugins that are on."""

from flask_babel import lazy_gettext

from app.core.contract import Link, Suggestion, SuggestionKind, Viewer
from app.core.host import current_host
from app.core.messages.languages import site_path

TASK = "task"


def every() -> dict[str, SuggestionKind]:
    """Each kind by its key."""
    return {kind.key: kind for kind in (*CORE, *current_host().suggestion_kinds)}


def of(viewer: Viewer) -> dict[str, SuggestionKind]:
    """The kinds that somebody may see and accept."""
    return {key: kind for key, kind in every().items() if viewer.can(kind.permission)}


def _task(suggestion: Suggestion, _viewer: Viewer) -> Link:
    """The form of a new task, filled in: the suggestion is accepted once the task is set."""
    path = site_path("tasks.new", partner_id=suggestion.partner_id, suggestion=suggestion.id)
    return Link(suggestion.title, path)


CORE = (SuggestionKind(TASK, lazy_gettext("A task"), _task, "tasks.edit", icon="checklist"),)
