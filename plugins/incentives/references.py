"""What tasks, histories and messages may point at in this plugin, of all of its slices.

An enrolment, a decision about a tier; and, from before there were programmes, a partner's standing
of a period, which leads to the partner's tiers.
"""

from collections.abc import Callable, Collection, Mapping

from flask import url_for

from app.api import Link, Viewer, ref_id, translations
from plugins.incentives.standing import queries

_ = translations("incentives").gettext

ENROLMENT = "incentives_enrolment"
EVALUATION = "incentives_evaluation"
STANDING = "incentives_standing"


def enrolment_ref(id_: int) -> str:
    """The ref of a partner's place in a programme."""
    return f"{ENROLMENT}:{id_}"


def evaluation_ref(id_: int) -> str:
    """The ref of a decision."""
    return f"{EVALUATION}:{id_}"


def links(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    """What somebody may see of these, with the page where each stands."""
    if not (viewer.can("incentives.view") or viewer.can("incentives.portal")):
        return {}
    found: dict[str, Link] = {}
    for kind, finder in _FINDERS.items():
        ids = {ref: id_ for ref in refs if (id_ := _id(ref, kind))}
        if ids:
            named = finder(viewer, set(ids.values()))
            found |= {ref: named[id_] for ref, id_ in ids.items() if id_ in named}
    return found


def _id(ref: str, kind: str) -> int:
    """The number in a ref of a kind, 0 where it is another's; of a standing, the partner's."""
    return ref_id(ref.partition("-")[0] if kind == STANDING else ref, kind) or 0


def _enrolments(viewer: Viewer, ids: Collection[int]) -> dict[int, Link]:
    return {
        id_: _place(viewer, partner_id, name)
        for id_, partner_id, name in queries.known_enrolments(viewer, ids)
    }


def _standings(viewer: Viewer, ids: Collection[int]) -> dict[int, Link]:
    return {id_: _place(viewer, id_, name) for id_, name in queries.known_partners(viewer, ids)}


def _evaluations(viewer: Viewer, ids: Collection[int]) -> dict[int, Link]:
    found = {}
    for id_, name in queries.known_evaluations(viewer, ids):
        if viewer.is_staff:
            url = url_for("incentives.decision", evaluation_id=id_)
            found[id_] = Link(_("Decision on the tier of %(partner)s", partner=name), url)
        else:
            url = url_for("incentives_portal.decision", evaluation_id=id_)
            found[id_] = Link(_("Decision on your tier"), url)
    return found


def _place(viewer: Viewer, partner_id: int, name: str) -> Link:
    if not viewer.is_staff:
        return Link(_("Your tier"), url_for("incentives_portal.index"))
    url = url_for("incentives.partner", partner_id=partner_id)
    return Link(_("Tier of %(partner)s", partner=name), url)


_FINDERS: Mapping[str, Callable[[Viewer, Collection[int]], dict[int, Link]]] = {
    ENROLMENT: _enrolments,
    EVALUATION: _evaluations,
    STANDING: _standings,
}
