"""What recognitions and benefits hold on a person, and what stays once that person is erased."""

from collections.abc import Sequence

from app.api import PersonalRows, Subject, erase_names, translations
from plugins.incentives.rewards.models import Grant, Recognition

_ = translations("incentives").gettext

_TEXTS = (
    *(Recognition.title, Recognition.text, Recognition.signatory, Recognition.reason),
    *(Grant.note, Grant.reason),
)


def held(subject: Subject) -> Sequence[PersonalRows]:
    """What the person drafted, published or gave, and where a certificate bears the name."""
    if subject.user_id is None:
        return []
    mine = (Recognition.created_by == subject.user_id) | (
        Recognition.published_by == subject.user_id
    )
    if subject.names:
        mine |= Recognition.signatory.in_(list(subject.names))
    recognitions = [
        {"day": row.day.isoformat(), "title": row.title, "signed": row.signatory}
        for row in Recognition.select().where(mine).order_by(Recognition.id)
    ]
    given = [
        {"at": row.fulfilled_at.isoformat(), "note": row.note}
        for row in Grant.select().where(Grant.fulfilled_by == subject.user_id).order_by(Grant.id)
    ]
    return [
        PersonalRows(_("Recognitions written or signed"), recognitions),
        PersonalRows(_("Benefits given"), given),
    ]


def erase(subject: Subject) -> None:
    """The rows stay without the person; where they name it, the alias takes that place."""
    if subject.user_id is not None:
        for column in (Recognition.created_by, Recognition.published_by, Grant.fulfilled_by):
            column.model.update({column: None}).where(column == subject.user_id).execute()
    erase_names(subject, _TEXTS)
