"""Programmes as histories and messages point at them."""

from collections.abc import Collection, Mapping

from flask import url_for

from app.api import Link, Viewer, ref_id
from plugins.incentives.programmes import enrolled
from plugins.incentives.programmes.models import Programme

KIND = "incentives_programme"


def ref_of(programme_id: int) -> str:
    """How histories and messages point at a programme."""
    return f"{KIND}:{programme_id}"


def links(refs: Collection[str], viewer: Viewer) -> Mapping[str, Link]:
    """The programmes that somebody may see: staff all of them, contacts those of their own."""
    ids = {ref: id_ for ref in refs if (id_ := ref_id(ref, KIND)) is not None}
    if not ids:
        return {}
    if viewer.can("incentives.view"):
        rows = Programme.select().where(Programme.id.in_(list(ids.values())))
        names = {row.id: row.name for row in rows}
        return {
            ref: Link(names[id_], url_for("incentives.programme", programme_id=id_))
            for ref, id_ in ids.items()
            if id_ in names
        }
    if not viewer.can("incentives.portal") or viewer.partner_id is None:
        return {}
    own = {
        one.programme.id: one.programme.name for one in enrolled.programmes_of(viewer.partner_id)
    }
    address = url_for("incentives_portal.programme")
    return {ref: Link(own[id_], address) for ref, id_ in ids.items() if id_ in own}
