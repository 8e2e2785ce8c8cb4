"""What tasks, histories and messages may point at in this plugin: a partner's standings.

A standing is known by its partner and period key.
"""

from collections.abc import Collection, Mapping

from flask import url_for

from app.api import Link, Period, Viewer, organisation, period_label, translations
from plugins.incentives import queries

_ = translations("incentives").gettext

KIND = "incentives_standing"


def ref_of(partner_id: int, period: int) -> str:
    """The ref of a standing, by partner id and period key."""
    return f"{KIND}:{partner_id}-{period}"


def key_of(ref: str) -> tuple[int, int] | None:
    """A standing's partner id and period key, or None where the ref is not one of ours."""
    kind, _colon, id_ = ref.partition(":")
    partner_id, _dash, period = id_.partition("-")
    plain = partner_id.isdecimal() and period.isdecimal() and len(id_) < 28
    return (int(partner_id), int(period)) if kind == KIND and plain else None


def links(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    """The standings that somebody may see, with the page where each stands."""
    if not (viewer.can("incentives.view") or viewer.can("incentives.portal")):
        return {}
    keys = {ref: key for ref in refs if (key := key_of(ref))}
    names = queries.known(viewer, set(keys.values()))
    return {ref: _link(*key, names[key], viewer) for ref, key in keys.items() if key in names}


def _link(partner_id: int, key: int, partner: str, viewer: Viewer) -> Link:
    period = Period.from_key(key)
    label = organisation().calendar.label(period)
    if not viewer.is_staff:
        title = _("Tier in %(period)s", period=period_label(period))
        return Link(title, url_for("incentives_portal.index"))
    title = _("Tier of %(partner)s in %(period)s", partner=partner, period=period_label(period))
    return Link(title, url_for("incentives.partner", partner_id=partner_id, period=label))
