"""Notes beside a partner's tier: written by staff, internal, and personal to who wrote them."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.api import (
    AuditRef,
    Change,
    PersonalRows,
    Subject,
    Viewer,
    atomic,
    audit,
    erase_names,
    name_history,
    now,
    translations,
)
from plugins.incentives.standing.models import Note

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

SHOWN = 20

name_history({"incentives.note_added": lazy_gettext("Note on the tier added")})


class NoteForm(FlaskForm):
    """A note."""

    text = TextAreaField(
        lazy_gettext("Note"),
        validators=[DataRequired(), Length(max=1000)],
        description=lazy_gettext("What was agreed or is under way. Contacts never see it."),
    )


def notes(partner_id: int) -> list[Note]:
    """The latest notes on a partner."""
    rows = Note.select().where(Note.partner == partner_id).order_by(Note.at.desc(), Note.id.desc())
    return list(rows.limit(SHOWN))


def add(partner_id: int, text: str, by: Viewer) -> None:
    """Write a note down; its text lies in the note and in an erasable row of the history."""
    with atomic():
        Note.create(partner=partner_id, text=text.strip(), by=by.user_id, at=now())
        changes = [
            Change("note", None, text.strip()),
            Change("user", None, AuditRef(f"user:{by.user_id}")),
        ]
        audit("incentives.note_added", f"partner:{partner_id}", changes=changes)


def held(subject: Subject) -> Sequence[PersonalRows]:
    """The notes that a person wrote."""
    rows = Note.select().where(Note.by == subject.user_id).order_by(Note.id)
    told = [{"at": row.at.isoformat(), "text": row.text} for row in rows]
    return [PersonalRows(_("Notes on tiers"), told)]


def erase(subject: Subject) -> None:
    """Notes stay without their author; where they name the person, the alias takes that place."""
    Note.update(by=None).where(Note.by == subject.user_id).execute()
    erase_names(subject, [Note.text])
