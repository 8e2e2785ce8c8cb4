"""What grants hold on a person: what was opened to them as a guest."""

from flask_babel import gettext as _
from peewee import Expression

from app.core.contract import PersonalRows, Subject
from app.core.grants.models import Grant


def export(subject: Subject) -> list[PersonalRows]:
    """Each object that was opened to them, until when and why."""
    rows = Grant.select().where(_theirs(subject)).order_by(Grant.id)
    return [
        PersonalRows(
            _("Opened to them as a guest"),
            [
                {"what": row.ref, "until": row.until.isoformat(), "reason": row.reason}
                for row in rows
            ],
            confidential=("reason",),
        )
    ]


def erase(subject: Subject) -> None:
    """Grants end and lose the name; that there was one stays."""
    Grant.update(name=subject.alias, email="", reason="", until=Grant.granted_at).where(
        _theirs(subject)
    ).execute()


def _theirs(subject: Subject) -> Expression:
    found: Expression = (Grant.user == subject.user_id) | Grant.email.in_(list(subject.emails))
    return found
