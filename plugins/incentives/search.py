"""What a search finds of this plugin: programmes, by name."""

from collections.abc import Sequence

from app.api import Hit, Viewer, translations
from plugins.incentives.programmes.enrolled import programmes_of
from plugins.incentives.programmes.queries import programmes

_ = translations("incentives").gettext


def results(query: str, viewer: Viewer, limit: int) -> Sequence[Hit]:
    """The programmes whose name has all words; a contact finds those of the own organisation."""
    wanted = query.casefold().split()
    if viewer.can("incentives.view"):
        found = [(one.name, one.id) for one in programmes(viewer)]
        return [
            Hit(name, "incentives.programme", {"programme_id": id_}, _("Incentive programme"))
            for name, id_ in found
            if _has(name, wanted)
        ][:limit]
    if not viewer.can("incentives.portal") or viewer.partner_id is None:
        return []
    own = [one.programme.name for one in programmes_of(viewer.partner_id)]
    return [
        Hit(name, "incentives_portal.programme", text=_("Incentive programme"))
        for name in own
        if _has(name, wanted)
    ][:limit]


def _has(name: str, words: Sequence[str]) -> bool:
    folded = name.casefold()
    return all(word in folded for word in words)
