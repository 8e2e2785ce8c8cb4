"""Interviews and observations: kept beside the numbers, with what people consented to."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from peewee import JOIN

from app.api import (
    Partner,
    PersonalRows,
    Refusal,
    Subject,
    Viewer,
    audit,
    own_partners,
    translations,
)
from plugins.surveys.models import Invitation, Note, Wave
from plugins.surveys.rules import themes as rules
from plugins.surveys.rules.definition import DIMENSIONS

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

SHOWN = 100
SEARCHED = 1000  # notes, the latest
AROUND = timedelta(183)  # before and after a wave, within which a note stands beside it
BESIDE = 12
THEMES_LONGEST = 300  # of a note, as it keeps them


class NoteError(Refusal):
    """What a note cannot take."""


def listed(
    who: Viewer,
    partner_id: int | None = None,
    *,
    theme: str = "",
    dimension: str = "",
    wanted: Sequence[str] = (),
) -> list[Note]:
    """The notes that somebody may read, the latest first: about a partner, a theme or a dimension,
    or with all of some words."""
    rows = _readable(who)
    if partner_id is not None:
        rows = rows.where(Note.partner == partner_id)
    if dimension:
        rows = rows.where(Note.dimension == dimension)
    searched = SEARCHED if theme or wanted else SHOWN
    found = [
        note
        for note in rows.limit(searched)
        if (not theme or theme.casefold() in map(str.casefold, themes_of(note)))
        and all(word in _said(note) for word in wanted)
    ]
    return found[:SHOWN]


def beside(wave: Wave, who: Viewer) -> dict[str, list[Note]]:
    """What was written down about the partners of a wave in the months around it, by dimension."""
    closed = wave.closed_at.date() if wave.closed_at else wave.closes_on
    about = Invitation.select(Invitation.partner).where(
        Invitation.wave == wave.id, Invitation.partner.is_null(False)
    )
    rows = _readable(who).where(
        Note.partner.in_(about), Note.day > closed - AROUND, Note.day <= closed + AROUND
    )
    found: dict[str, list[Note]] = {name: [] for name in (*DIMENSIONS, "")}
    for note in rows.limit(BESIDE):
        found[note.dimension].append(note)
    return {name: some for name, some in found.items() if some}


def _readable(who: Viewer) -> Any:
    rows = Note.select(Note, Partner).join(Partner, JOIN.LEFT_OUTER)
    if not who.can("partners.admin"):
        rows = rows.where(~Note.confidential | (Note.created_by == who.user_id))
    return rows.order_by(Note.day.desc(), Note.id.desc())


def changeable(found: Sequence[Note], who: Viewer) -> set[int]:
    """Which of these notes somebody may change: the own ones and those about own partners;
    administrators all."""
    if who.can("partners.admin"):
        return {note.id for note in found}
    about = {note.partner_id for note in found if note.partner_id}
    mine = Partner.select(Partner.id).where(Partner.id.in_(about), own_partners(who)).tuples()
    own = {id_ for (id_,) in mine}
    return {note.id for note in found if note.created_by == who.user_id or note.partner_id in own}


def _said(note: Note) -> str:
    about = note.partner.name if note.partner_id else ""
    said = (about, note.participants, note.text, note.quotes, note.themes)
    return "\n".join(said).casefold()


def themes_of(note: Note) -> list[str]:
    """The words that a note is filed under."""
    return [word.strip() for word in note.themes.split(",") if word.strip()]


def rename_theme(old: str, new: str) -> None:
    """File notes under another name of a theme. In the caller's `atomic`."""
    for row in Note.select(Note.id, Note.themes).where(Note.themes != ""):
        before = themes_of(row)
        if old.casefold() not in map(str.casefold, before):
            continue
        line = ", ".join(rules.renamed(before, old, new))
        if line == row.themes:
            continue
        if len(line) > THEMES_LONGEST:
            raise NoteError("A note has no room for a name that long.", field="name")
        Note.update(themes=line, version=Note.version + 1).where(Note.id == row.id).execute()
        audit("surveys.note_written", f"surveys_note:{row.id}", {"fields": ["themes"]})


def held(subject: Subject) -> Sequence[PersonalRows]:
    """The notes that a person wrote, and those that name them."""
    rows = [
        {"day": row.day.isoformat(), "kind": row.kind, "text": row.text, "quotes": row.quotes}
        for row in Note.select().order_by(Note.id)
        if _concerns(row, subject)
    ]
    return [PersonalRows(_("Interviews and observations"), rows, confidential=("text", "quotes"))]


def erase(subject: Subject) -> None:
    """Notes stay without their author; where they name the person, the alias takes that place."""
    if subject.user_id is not None:
        Note.update(created_by=None).where(Note.created_by == subject.user_id).execute()
    pattern = naming(subject)
    if pattern is None:
        return
    for row in Note.select():
        changed = {
            name: pattern.sub(subject.alias, getattr(row, name))
            for name in ("participants", "guide", "text", "quotes", "themes")
        }
        if any(getattr(row, name) != text for name, text in changed.items()):
            changed["participants"] = changed["participants"][:500]
            changed["themes"] = changed["themes"][:THEMES_LONGEST]
            Note.update(**changed).where(Note.id == row.id).execute()


def _concerns(row: Note, subject: Subject) -> bool:
    pattern = naming(subject)
    mine = subject.user_id is not None and row.created_by == subject.user_id
    said = " ".join((row.participants, row.text, row.quotes))
    return mine or bool(pattern and pattern.search(said))


def naming(subject: Subject) -> re.Pattern[str] | None:
    """What finds a person's names and addresses in a text; None where none is known."""
    found = sorted({*subject.names, *subject.emails}, key=len, reverse=True)
    if not found:
        return None
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, found)) + r")(?!\w)", re.IGNORECASE)
