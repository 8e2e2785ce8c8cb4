"""Suggestions, as refs point at them."""

from collections.abc import Collection

from flask import url_for

from app.core.contract import Link, Viewer
from app.core.partners.models import Partner
from app.core.suggestions.models import StoredSuggestion
from app.core.suggestions.queries import of_somebody


def suggestions(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Suggestions that this person may answer; nobody else knows of them."""
    if not viewer.is_staff:
        return {}
    rows = (
        StoredSuggestion.select(StoredSuggestion.id, StoredSuggestion.title, StoredSuggestion.state)
        .join(Partner)
        .where(StoredSuggestion.id.in_(list(ids)), of_somebody(viewer))
        .tuples()
    )
    return {
        id_: Link(
            title,
            url_for(
                "suggestions.index",
                state=None if state == "new" else "answered",
                _anchor=f"suggestion-{id_}",
            ),
        )
        for id_, title, state in rows
    }
