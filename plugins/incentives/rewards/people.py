"""What recognitions and benefits hold on a person, and what stays once that person is erased."""

import re
from collections.abc import Sequence
from typing import Any

from app.api import PersonalRows, Subject, translations
from plugins.incentives.rewards.models import Grant, Recognition

_ = translations("incentives").gettext

_TEXTS = {Recognition: ("title", "text", "signatory", "reason"), Grant: ("note", "reason")}
_LONGEST = {"title": 120, "text": 2000, "signatory": 120, "reason": 500, "note": 1000}


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
    words = sorted({*subject.names, *subject.emails}, key=len, reverse=True)
    if not words:
        return
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE
    )
    for model, names in _TEXTS.items():
        _erase_texts(model, names, pattern, subject.alias)


def _erase_texts(model: Any, names: Sequence[str], pattern: re.Pattern[str], alias: str) -> None:
    for row in model.select(model.id, *(getattr(model, name) for name in names)):
        changed = {
            name: text[: _LONGEST[name]]
            for name in names
            if (text := pattern.sub(alias, getattr(row, name))) != getattr(row, name)
        }
        if changed:
            model.update(changed).where(model.id == row.id).execute()
