"""What the desk and the portal do alike: the page of a case, and every act that is sent from it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import abort, flash, request, url_for

from app.api import (
    Refusal,
    render,
    saved,
    staff_accounts,
    store_file,
    translations,
    viewer,
)
from plugins.conflicts import (
    access,
    doings,
    facts,
    forms,
    log,
    notes,
    pages,
    raising,
    services,
    words,
)
from plugins.conflicts.blueprints import place_of, portal, staff
from plugins.conflicts.doings import Failed
from plugins.conflicts.notes import Note
from plugins.conflicts.rules.acts import RULES
from plugins.conflicts.services import Refused, Said, reasons_of

_ = translations("conflicts").gettext

logger = logging.getLogger(__name__)


def case_page(place: str, case_id: int, failed: Failed | None = None) -> Any:
    """The page of a case at a place, "conflicts" or "conflicts_portal"; 422 with what was typed."""
    seat = access.seat_or_404(case_id)
    return render(
        "conflicts/case.html",
        "conflicts/_case.html" if seat.full else "conflicts/_outline.html",
        422 if failed else 200,
        place=place,
        **pages.context(seat, failed),
    )


@staff.errorhandler(log.UnreadableLog)
@portal.errorhandler(log.UnreadableLog)
def unreadable(error: log.UnreadableLog) -> Any:
    """What everybody sees of a case whose log cannot be read: its number, and whom to tell."""
    logger.error("%s", error, exc_info=error)
    who, by_link = viewer(), request.blueprint == "links"
    desk = "base.html" if who.is_staff else "portal_base.html"
    home = "grants.index" if who.role == "guest" else f"{place_of(who)}.index"
    return render(
        "conflicts/unreadable.html",
        "conflicts/_unreadable.html",
        409,
        shell="links/_base.html" if by_link else desk,
        home="" if by_link else url_for(home),
        number=f"C-{error.case_id}",
        admins=[row for row in staff_accounts() if row.role == "admin"] if who.is_staff else [],
    )


def act(place: str, case_id: int, action: str) -> Any:
    """Take a step; what is missing stands beside its button."""
    access.seat_or_404(case_id)
    if action not in RULES or action not in words.ACTS:
        abort(404)
    form = forms.FORMS.get(action, forms.EmptyForm)(prefix=f"{action}-")
    if not form.validate():
        return case_page(place, case_id, Failed(action, form))
    try:
        services.act(case_id, action, viewer(), _said(form))
    except Refusal as refusal:  # of a guard, a file or a task
        return _refused(place, case_id, Failed(action, form, reasons_of(refusal)))
    return saved(_("Done. The other side hears of it."), _back(place, case_id))


def _said(form: forms.ActForm) -> Said:
    said, upload = form.said(), form.document.data if "document" in form else None
    if not upload:
        return said
    return replace(said, file=store_file(upload, owner=notes.OWNER, by=viewer()))


def plan(place: str, case_id: int) -> Any:
    """Draw up the plan anew."""
    seat = access.seat_or_404(case_id)
    if not seat.takes_part:
        abort(404)
    found = facts.standing(seat.case, log.read(case_id))
    rows = doings.plan_rows(found, seat, sent=True)
    checked = [row.validate() for row in rows]  # each says what is wrong with it
    good = all(checked)
    steps = (
        [(row.what.data, int(row.who.data), row.due.data) for row in rows if not row.is_empty]
        if good
        else []
    )
    if not good:
        return case_page(place, case_id, Failed(plan=rows))
    try:
        services.draw_up_plan(case_id, viewer(), steps)
    except Refused as refused:
        return _refused(place, case_id, Failed("plan", None, refused.reasons, plan=rows))
    return saved(_("The plan is drawn up. Both sides sign it."), _back(place, case_id))


def note(place: str, case_id: int) -> Any:
    """Write a note for those whom it is for."""
    seat = access.seat_or_404(case_id)
    if not seat.takes_part:
        abort(404)
    found = facts.standing(seat.case, log.read(case_id))
    form = doings.note_form(seat, found.state, sent=True)
    assert form is not None  # noqa: S101 - whoever takes part has one
    if not form.validate():
        return case_page(place, case_id, Failed(note=form))
    said = Note(
        form.text.data or "",
        form.level.data,
        form.side.data if "side" in form else "",
        tuple(form.readers.data or ()),
        form.file.data or None,
    )
    try:
        notes.add(case_id, viewer(), said)
    except Refusal as refusal:
        forms.blame(form, refusal)
        return case_page(place, case_id, Failed(note=form))
    return saved(_("Written down."), _back(place, case_id))


def bring_in(place: str, case_id: int, person: int, side: str) -> Any:
    """Let somebody take part."""
    return told(
        place,
        case_id,
        lambda: _(
            "%(name)s takes part from now on.",
            name=raising.bring_in(case_id, viewer(), person, side),
        ),
    )


def told(place: str, case_id: int, do: Callable[[], str]) -> Any:
    """Do something, and say that it is done or why it cannot be."""
    try:
        words = do()
    except Refusal as refusal:
        return _refused(place, case_id, Failed("people", None, (refusal,)))
    return saved(words, _back(place, case_id))


def _refused(place: str, case_id: int, failed: Failed) -> Any:
    reasons = [_(reason.message, **reason.params) for reason in failed.reasons]
    flash(" ".join(reasons), "error")
    return case_page(place, case_id, failed)


def _back(place: str, case_id: int) -> str:
    return url_for(f"{place}.case", case_id=case_id)
