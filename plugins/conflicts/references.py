"""What tasks, notifications and histories may point at: a case, by its number alone for those who
take no part, and not at all for everybody else."""

from collections.abc import Collection, Mapping

from flask import url_for

from app.api import Link, Viewer, ref_id
from plugins.conflicts import queries
from plugins.conflicts.blueprints import place_of
from plugins.conflicts.log import REF
from plugins.conflicts.models import Case


def case_id_of(ref: str) -> int:
    """The number of the case that a ref points at, or 0."""
    return ref_id(ref, REF) or 0


def links(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    """The cases that somebody may see; titles for those who take part alone."""
    if not (viewer.can("conflicts.act") or viewer.can("conflicts.portal")):
        return {}
    ids = {ref: id_ for ref in refs if (id_ := case_id_of(ref))}
    found = queries.titles(viewer, set(ids.values()))
    return {
        ref: Link(_title(*found[id_]), _page(id_, viewer))
        for ref, id_ in ids.items()
        if id_ in found
    }


def _title(case: Case, full: bool) -> str:
    return f"{case.number}: {case.title}" if full else case.number


def _page(case_id: int, viewer: Viewer) -> str:
    return url_for(f"{place_of(viewer)}.case", case_id=case_id)
