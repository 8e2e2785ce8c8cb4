"""The history of one object, and the audit log of the whole desk."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, g, request, url_for

from app import tables
from app.core import refs
from app.core.contract import Link, Viewer
from app.core.history import exports, queries
from app.core.history.queries import Filters
from app.core.host import current_host
from app.core.partners import queries as partners
from app.core.partners.fields.queries import definitions
from app.core.partners.views import page_context
from app.security import requires
from app.web import Page, page_number, render, same_page

blueprint = Blueprint("history", __name__, url_prefix="/history")

# Objects that are no pages of their own, and the right to read their history.
_RIGHTS = {
    "user": "people.manage",
    "organisation": "settings.manage",
    "plugin": "plugins.manage",
    "field": "partners.admin",
}


@blueprint.get("")
@requires("audit.read")
def index() -> Any:
    """The audit log: every row, with filters, as a page or a file."""
    filters = _filters(private=True)
    if request.args.get("download") == "jsonl":
        return exports.json_lines(filters)
    if kind := tables.wanted():
        return exports.table(filters, kind)
    return _page("history/index.html", filters, actors=queries.actors())


@blueprint.get("/<ref>")
@requires("partners.view")
def show(ref: str) -> Any:
    """What was changed about one object, field by field."""
    kind = ref.partition(":")[0]
    context: dict[str, Any] = {}
    wanted: tuple[str, ...] = (ref,)
    if (partner_id := refs.id_of(ref, "partner")) is not None:
        partner = partners.get(partner_id, g.viewer)
        context = page_context(partner, "timeline")
        wanted = queries.of_partner(partner.id)
        about = Link(partner.name, url_for("partners.show", partner_id=partner.id))
    else:
        about = _about(ref, kind, g.viewer)
    filters = _filters(refs_=wanted, private=g.viewer.can("audit.read"))
    template = "history/partner.html" if context else "history/object.html"
    return _page(template, filters, about=about, ref_text=ref, **context)


def _about(ref: str, kind: str, viewer: Viewer) -> Link:
    """The object, or 404 where this person may not read its history."""
    if not viewer.can(_RIGHTS.get(kind, "partners.view")):
        abort(404)
    if kind in ("organisation", "plugin", "field"):
        return _settings_page(ref, kind)
    found = refs.visible([ref], viewer).get(ref)
    if found is None:
        abort(404)
    return found


def _settings_page(ref: str, kind: str) -> Link:
    """What only administrators set, with the page on which they do."""
    name = ref.partition(":")[2]
    if ref == "organisation:1":
        return Link(g.organisation.name, url_for("settings.index"))
    places = {
        "plugin": ("plugins.show", {p.name: p.title for p in current_host().plugins}),
        "field": ("", {str(f.id): f.label for f in definitions(retired=True)}),
    }
    endpoint, titles = places.get(kind, ("", {}))
    if name not in titles:
        abort(404)
    url = url_for(endpoint, name=name) if endpoint else url_for("partners.custom_fields")
    return Link(titles[name], url)


def _filters(refs_: tuple[str, ...] = (), *, private: bool = False) -> Filters:
    """The filters of this page's address; nonsense restricts nothing."""
    return Filters(
        refs=refs_,
        action=request.args.get("action", "")[:80],
        actor=request.args.get("actor", "")[:80],
        since=_day("since"),
        until=_day("until"),
        text=request.args.get("q", "").strip()[:100],
        private=private,
    )


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2999 else None


def _page(template: str, filters: Filters, **context: Any) -> Any:
    number = page_number()
    rows, total, more = queries.page(filters, number, g.viewer)
    return render(
        template,
        "history/_history.html",
        lines=rows,
        page=Page(number, queries.PER_PAGE, total, more and number * queries.PER_PAGE < total),
        filters=filters,
        actions=queries.actions(filters),
        where=g.viewer.can("audit.read"),
        link=same_page,
        filtered=any((filters.action, filters.actor, filters.since, filters.until, filters.text)),
        **context,
    )
