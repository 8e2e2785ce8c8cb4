"""What a search finds of this plugin: running programmes, by name."""

from collections.abc import Sequence

from app.api import Hit, Viewer, translations
from plugins.incentives.programmes.queries import running

_ = translations("incentives").gettext


def results(query: str, viewer: Viewer, limit: int) -> Sequence[Hit]:
    """The programmes whose name has all words; nothing for those who see no tiers."""
    if not (viewer.can("incentives.view") or viewer.can("incentives.portal")):
        return []
    where = "incentives.index" if viewer.is_staff else "incentives_portal.index"
    words = query.casefold().split()
    names = [row.programme.name for row in running()]
    return [
        Hit(name, where, text=_("Incentive programme"))
        for name in names
        if all(word in name.casefold() for word in words)
    ][:limit]
