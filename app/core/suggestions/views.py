"""What is suggested to somebody: accepted into something, or dismissed."""

from typing import Any

from flask import Blueprint, abort, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core import refs
from app.core.contract import Link
from app.core.ids import row_id
from app.core.partners import queries as partners
from app.core.refusals import Refusal
from app.core.suggestions import queries, services
from app.core.suggestions.forms import DismissForm, forms_of
from app.security import requires
from app.web import Page, page_number, render, saved

STATES = {
    "accepted": (lazy_gettext("Accepted"), "good"),
    "dismissed": (lazy_gettext("Dismissed"), "neutral"),
    "expired": (lazy_gettext("Ran out"), "neutral"),
}

blueprint = Blueprint("suggestions", __name__, url_prefix="/suggestions")


@blueprint.get("")
@requires("partners.edit")
def index() -> Any:
    """What waits for this person's answer, or what became of the rest."""
    return _page()


@blueprint.post("/<int:suggestion_id>/accept")
@requires("partners.edit")
def accept(suggestion_id: int) -> Any:
    """Make of a suggestion what its kind makes of it, or go on in a form."""
    found = queries.suggestion_or_404(suggestion_id, g.viewer)
    try:
        made = services.accept(found, by=g.viewer)
    except Refusal as refusal:
        return _page(fault=_(refusal.message, **refusal.params))
    if isinstance(made, Link):
        return redirect(made.url, 303)
    link = refs.visible([made], g.viewer).get(made)
    where = link.url if link and link.url else url_for("suggestions.index")
    return saved(_("Accepted: %(title)s", title=found.title), where)


@blueprint.post("/<int:suggestion_id>/dismiss")
@requires("partners.edit")
def dismiss(suggestion_id: int) -> Any:
    """Turn a suggestion down."""
    found = queries.suggestion_or_404(suggestion_id, g.viewer)
    form = DismissForm(prefix=f"s{suggestion_id}-")
    if not form.validate():
        return _page(refused=(suggestion_id, form))
    try:
        services.dismiss(found, form.reason.data or "", by=g.viewer)
    except Refusal as refusal:
        return _page(fault=_(refusal.message, **refusal.params))
    where = url_for("suggestions.index")
    if request.args.get("from") == "partner":
        where = url_for("partners.show", partner_id=found.partner_id)
    return saved(_("Dismissed; the same is not suggested again."), where)


def _page(fault: str = "", refused: tuple[int, DismissForm] | None = None) -> Any:
    number, waiting = page_number(), request.args.get("state") != "answered"
    partner = _partner()
    rows, total = queries.listing(
        g.viewer, partner_id=partner.id if partner else None, waiting=waiting, page=number
    )
    return render(
        "suggestions/index.html",
        status=422 if fault or refused else 200,
        suggestions=rows,
        forms=forms_of(rows) | ({refused[0]: refused[1]} if refused else {}),
        refused=refused[0] if refused else None,
        fault=fault,
        waiting=waiting,
        states=STATES,
        partner=partner,
        page=Page(number, queries.PER_PAGE, total),
    )


def _partner() -> Any:
    """The partner to which the address narrows the list, or None."""
    text = request.args.get("partner", "")
    if not text:
        return None
    if (id_ := row_id(text)) is None:
        abort(404)
    return partners.editable(g.viewer, id_)
