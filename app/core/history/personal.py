"""What the audit trail holds on a person: what they did, and texts of before and after."""

from collections.abc import Iterator

from flask_babel import gettext as _
from peewee import Expression

from app.core.contract import PersonalRows, Subject
from app.core.history import words
from app.core.models import AuditChange, AuditEntry
from app.core.personal.texts import masking, words_of

AT_ONCE = 500


def export(subject: Subject) -> list[PersonalRows]:
    """What this person did, and what was recorded about them."""
    done = AuditEntry.select().where(AuditEntry.actor == f"user:{subject.user_id}")
    about = AuditEntry.select().where(AuditEntry.ref.in_(_refs(subject)))
    return [
        PersonalRows(title, [_told(row) for row in rows.order_by(AuditEntry.id)])
        for title, rows in ((_("What they did"), done), (_("What was done about them"), about))
    ]


def _told(row: AuditEntry) -> dict[str, str]:
    return {"at": row.at.isoformat(), "what": words.action(row.action), "object": row.ref}


def erase(subject: Subject) -> None:
    """Erase the texts about the person, their addresses, and every text that names them."""
    about = AuditEntry.select(AuditEntry.id).where(AuditEntry.ref.in_(_refs(subject)))
    _erase(AuditChange.entry.in_(about))
    if subject.user_id:
        own = AuditEntry.select(AuditEntry.id).where(AuditEntry.actor == f"user:{subject.user_id}")
        _erase((AuditChange.field == "@from") & AuditChange.entry.in_(own))
    for entry, field in list(_naming(subject)):
        _erase((AuditChange.entry == entry) & (AuditChange.field == field))


def _refs(subject: Subject) -> list[str]:
    own = [f"user:{subject.user_id}"] if subject.user_id else []
    return [*own, *(f"contact:{id_}" for id_ in subject.contact_ids)]


def _naming(subject: Subject) -> Iterator[tuple[int, str]]:
    """The texts, by entry and field, in which the name or an address stands."""
    mask = masking(subject)
    for word in words_of(subject):
        inner = word.replace('"', '\\"')
        likely = AuditChange.select(
            AuditChange.entry, AuditChange.field, AuditChange.before, AuditChange.after
        ).where(AuditChange.before.contains(inner) | AuditChange.after.contains(inner))
        for entry, field, before, after in likely.tuples():
            if mask(before) != before or mask(after) != after:
                yield entry, field


def _erase(condition: Expression) -> None:
    AuditChange.update(before=None, after=None, salt=None).where(
        condition, AuditChange.salt.is_null(False)
    ).execute()
