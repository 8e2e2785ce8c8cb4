"""What tasks and documents add to a partner's timeline: what was done, waived or brought in."""

from datetime import datetime

from flask_babel import gettext as _
from peewee import JOIN

from app.core.accounts.models import User
from app.core.contract import TimelineEntry
from app.core.documents.models import Document, DocumentVersion
from app.core.tasks import labels
from app.core.tasks.models import Task, TaskStep

TOLD = ("finish", "record", "waive", "settled")


def tasks(partner_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    """Tasks that were done or waived."""
    rows = (
        TaskStep.select(TaskStep.at, TaskStep.action, Task.id, Task.title, User.name)
        .join(Task)
        .join(User, JOIN.LEFT_OUTER, on=(TaskStep.by == User.id), src=TaskStep)
        .where(Task.partner == partner_id, TaskStep.action.in_(TOLD), TaskStep.at < before)
        .order_by(TaskStep.at.desc(), TaskStep.id.desc())
        .limit(limit)
        .tuples()
    )
    return [
        TimelineEntry(
            at,
            _("Task: %(step)s", step=labels.STEPS[action]),
            title,
            labels.STEP_ICONS[action],
            "tasks.show",
            {"task_id": id_},
            author or "",
        )
        for at, action, id_, title, author in rows
    ]


def documents(partner_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    """Versions of documents that were brought in."""
    rows = (
        DocumentVersion.select(
            *(DocumentVersion.added_at, DocumentVersion.n, Document.id, Document.title, User.name)
        )
        .join(Document)
        .join(User, JOIN.LEFT_OUTER, on=(DocumentVersion.added_by == User.id), src=DocumentVersion)
        .where(Document.partner == partner_id, DocumentVersion.added_at < before)
        .order_by(DocumentVersion.added_at.desc(), DocumentVersion.id.desc())
        .limit(limit)
        .tuples()
    )
    return [
        TimelineEntry(
            at,
            _("Document added") if n == 1 else _("Document, version %(n)s", n=n),
            title,
            "file-text",
            "documents.show",
            {"document_id": id_},
            author or "",
        )
        for at, n, id_, title, author in rows
    ]
