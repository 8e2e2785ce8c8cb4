"""Interviews and observations: kept beside the numbers, with what people consented to."""

import re
from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from peewee import JOIN

from app.api import (
    Partner,
    PersonalRows,
    Subject,
    Viewer,
    atomic,
    audit,
    name_history,
    now,
    options,
    organisation,
    readable,
    render,
    requires,
    saved,
    translations,
    viewer,
)
from plugins.surveys import access
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import NoteForm
from plugins.surveys.models import Note

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

SHOWN = 100
_FIELDS = ("kind", "day", "participants", "guide", "text", "quotes", "themes", "consent")

name_history(
    {
        "surveys.note_written": lazy_gettext("Interview or observation written down"),
        "surveys.note_removed": lazy_gettext("Interview or observation removed"),
    }
)


def listed(who: Viewer, partner_id: int | None = None, theme: str = "") -> list[Note]:
    """The notes that somebody may read, the latest first."""
    rows = Note.select(Note, Partner).join(Partner, JOIN.LEFT_OUTER)
    if not who.can("partners.admin"):
        rows = rows.where(~Note.confidential | (Note.created_by == who.user_id))
    if partner_id is not None:
        rows = rows.where(Note.partner == partner_id)
    found = list(rows.order_by(Note.day.desc(), Note.id.desc()).limit(SHOWN))
    return [note for note in found if not theme or theme in themes_of(note)]


def themes_of(note: Note) -> list[str]:
    """The words that a note is filed under."""
    return [word.strip() for word in note.themes.split(",") if word.strip()]


@staff.get("/notes")
@requires("surveys.manage")
def notes() -> Any:
    """Interviews and observations."""
    partner = request.args.get("partner", "")
    theme = request.args.get("theme", "")[:60]
    plain = partner.isascii() and partner.isdecimal() and len(partner) < 19
    about = int(partner) if plain else None
    found = listed(viewer(), about, theme)
    return render(
        "surveys/notes.html",
        "surveys/_notes.html",
        notes=found,
        themes_of=themes_of,
        theme=theme,
        partner=Partner.get_or_none(Partner.id == about) if about else None,
    )


@staff.route("/notes/new", methods=["GET", "POST"])
@requires("surveys.manage")
def add_note() -> Any:
    """Write down an interview or an observation."""
    return _edit(None)


@staff.route("/notes/<int:note_id>", methods=["GET", "POST"])
@requires("surveys.manage")
def note(note_id: int) -> Any:
    """One interview or observation."""
    return _edit(access.note_or_404(note_id))


def _edit(row: Note | None) -> Any:
    form = NoteForm(obj=row)
    named = Partner.select(Partner.id, Partner.name).where(readable(viewer()))
    form.partner.choices = options(
        [
            ("", _("None")),
            *((str(id_), name) for id_, name in named.order_by(Partner.name).tuples()),
        ]
    )
    if request.method == "GET":
        asked = request.args.get("partner", "")
        form.partner.data = str(row.partner_id or "") if row else asked
        form.day.data = row.day if row else organisation().today()
    if request.method == "POST" and form.validate():
        if form.quotes.data and form.consent.data != "quotes":
            form.quotes.errors = [_("Quotes need the consent to quote.")]
        elif _kept(row, form):
            return saved(_("Written down."), url_for("surveys.notes"))
        else:
            form.form_errors.append(_("Somebody else has written here in the meantime."))
    status = 422 if request.method == "POST" else 200
    return render("surveys/note.html", status=status, form=form, note=row)


def _kept(row: Note | None, form: NoteForm) -> bool:
    values: dict[str, Any] = {name: form[name].data or "" for name in _FIELDS}
    values |= {
        "partner": int(form.partner.data) if form.partner.data else None,
        "confidential": bool(form.confidential.data),
    }
    with atomic():
        if row is None:
            made = Note.create(created_at=now(), created_by=viewer().user_id, **values)
            audit("surveys.note_written", f"surveys_note:{made.id}", {"fields": sorted(values)})
            return True
        done = (
            Note.update(version=Note.version + 1, **values)
            .where(Note.id == row.id, Note.version == form.version.data)
            .execute()
        )
        if done:
            audit("surveys.note_written", f"surveys_note:{row.id}", {"fields": sorted(values)})
        return bool(done)


@staff.post("/notes/<int:note_id>/remove")
@requires("surveys.manage")
def remove_note(note_id: int) -> Any:
    """Remove a note, as when somebody takes their consent back."""
    row = access.note_or_404(note_id)
    with atomic():
        Note.delete().where(Note.id == row.id).execute()
        audit("surveys.note_removed", f"surveys_note:{row.id}")
    return saved(_("Removed."), url_for("surveys.notes"))


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
    pattern = _pattern(subject)
    if pattern is None:
        return
    for row in Note.select():
        changed = {
            name: pattern.sub(subject.alias, getattr(row, name))
            for name in ("participants", "guide", "text", "quotes", "themes")
        }
        if any(getattr(row, name) != text for name, text in changed.items()):
            changed["participants"] = changed["participants"][:500]
            changed["themes"] = changed["themes"][:300]
            Note.update(**changed).where(Note.id == row.id).execute()


def _concerns(row: Note, subject: Subject) -> bool:
    pattern = _pattern(subject)
    mine = subject.user_id is not None and row.created_by == subject.user_id
    said = " ".join((row.participants, row.text, row.quotes))
    return mine or bool(pattern and pattern.search(said))


def _pattern(subject: Subject) -> re.Pattern[str] | None:
    found = sorted({*subject.names, *subject.emails}, key=len, reverse=True)
    if not found:
        return None
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, found)) + r")(?!\w)", re.IGNORECASE)
