"""Reading a grid's form, and submitting what it holds."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flask import abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from app.core.contract import Viewer
from app.core.db import atomic
from app.core.form_fields import strip
from app.core.kpis.grid import drafts
from app.core.kpis.grid.queries import Draft, Key
from app.core.kpis.grid.sheet import Cell, Sheet
from app.core.kpis.services import Submission, submit_values
from app.core.periods import Period

MOST_CELLS = 1_300  # 50 rows of 24 periods, and some
MOST_RESTATED = 24  # in one approval of own figures
_NAME = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{7})\.([0-9]{1,18})")


class GridForm(FlaskForm):
    """What is said of all the figures together."""

    note = StringField(
        lazy_gettext("Note"),
        description=lazy_gettext("For all of these figures. Both sides can read it."),
        filters=[strip],
        validators=[Length(max=1000)],
    )
    reason = StringField(
        lazy_gettext("Reason for the changes"),
        description=lazy_gettext("Needed where approved figures are replaced; one for all."),
        filters=[strip],
        validators=[Length(max=1000)],
    )
    approval = StringField(
        lazy_gettext("Approve them yourself, because"),
        description=lazy_gettext(
            "Empty: they wait for somebody else's approval. With a reason they count at once, "
            "marked “not four eyes”."
        ),
        filters=[strip],
        validators=[Length(max=1000)],
    )


class HandedIn(NamedTuple):
    """How many figures were submitted, and whether anything was refused."""

    submitted: int
    refused: bool


def typed_cells() -> dict[Key, Draft]:
    """What the form holds for the grid's cells; more than any grid has is 413."""
    found: dict[Key, Draft] = {}
    for name, text in request.form.items():
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        partner_id, kpi_id, period, seen = (int(part) for part in match.groups())
        found[partner_id, kpi_id, period] = Draft(text, seen)
        if len(found) > MOST_CELLS:
            abort(413)
    return found


def keep_drafts(sheet: Sheet, *, by: Viewer) -> None:
    """Keep what was entered and forget the drafts of cells that are as they stood."""
    drafts.keep(
        {
            cell.key: Draft(cell.text, cell.stand.revision_id)
            if cell.entered
            else Draft("", cell.stand.revision_id)
            for cell in sheet.cells
            if cell.editable
        },
        by=by,
    )


def hand_in(sheet: Sheet, form: GridForm, *, by: Viewer, good_only: bool) -> HandedIn:
    """Submit what was entered: all of it or, by choice, what nothing is wrong with.

    Refusals are put beside their cells and fields. Inside the caller's transaction, in which the
    cells were compared with what stands.
    """
    entered = sheet.entered
    sound = [cell for cell in entered if not cell.error]
    if not form.validate() or not sound:
        return HandedIn(0, True)
    if any(cell.restates for cell in sound) and not form.reason.data:
        _ask_for_reason(form, sound)
        return HandedIn(0, True)
    if form.approval and form.approval.data and _too_many(form, sound):
        return HandedIn(0, True)
    if len(sound) < len(entered) and not good_only:
        return HandedIn(0, True)
    with atomic():
        outcomes = submit_values(
            [_submission(cell, form) for cell in sound], by=by, good_only=good_only
        )
        done = []
        for cell, outcome in zip(sound, outcomes, strict=True):
            if outcome.refusal is not None:
                refusal = outcome.refusal
                cell.error, cell.state = _(refusal.message, **refusal.params), "bad"
            elif outcome.revision_id is not None:
                done.append(cell.key)
        drafts.forget(done, by=by)
    return HandedIn(len(done), bool(sheet.faulty))


def _ask_for_reason(form: GridForm, sound: Iterable[Cell]) -> None:
    count = sum(1 for cell in sound if cell.restates)
    words = _("Say why: %(count)s approved figures change.", count=count)
    if count == 1:
        words = _("Say why: an approved figure changes.")
    form.reason.errors = [words]


def _too_many(form: GridForm, sound: Iterable[Cell]) -> bool:
    """What each approved restatement changes is worked out and kept: not for hundreds at once."""
    if sum(1 for cell in sound if cell.restates) <= MOST_RESTATED:
        return False
    words = _(
        "At most %(most)s approved figures are replaced at once: leave this empty, and decide on"
        " them under Approvals.",
        most=MOST_RESTATED,
    )
    form.approval.errors = [words]
    return True


def _submission(cell: Cell, form: GridForm) -> Submission:
    partner_id, kpi_id, period = cell.key
    value, num, den = cell.figure or (None, None, None)
    return Submission(
        partner_id,
        kpi_id,
        Period.from_key(period),
        value,
        num,
        den,
        note=form.note.data or "",
        reason=(form.reason.data or "") if cell.restates else "",
        approval=(form.approval.data or "") if form.approval else "",
    )


def unknown(typed: Mapping[Key, Draft], sheet: Sheet) -> int:
    """How many of the cells that were sent are none of this grid's."""
    known = {cell.key for cell in sheet.cells}
    return sum(1 for key, draft in typed.items() if key not in known and draft.text.strip())
