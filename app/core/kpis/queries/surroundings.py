"""What surrounds figures: evidence, comments, declared misses, unlockings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from peewee import JOIN, fn

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.files.models import StoredFile
from app.core.kpis import sql
from app.core.kpis.value_models import DeclaredMiss, Evidence, Unlocking, ValueComment
from app.core.partners.models import Partner
from app.core.partners.queries import readable


class EvidenceRow(NamedTuple):
    """A file beside a figure."""

    id: int
    name: str
    content_type: str
    size: int
    has_preview: bool


class CommentRow(NamedTuple):
    """What somebody said of a figure."""

    period: int
    visibility: str
    text: str
    name: str
    role: str
    written_at: datetime


class MissRow(NamedTuple):
    """A miss that somebody declared, and perhaps took back."""

    period: int
    reason: str
    name: str
    declared_at: datetime
    withdrawn_name: str | None
    withdrawn_at: datetime | None


class UnlockRow(NamedTuple):
    """Why a locked figure was opened."""

    period: int
    reason: str
    name: str
    unlocked_at: datetime


_FILE = (
    StoredFile.id,
    StoredFile.name,
    StoredFile.content_type,
    StoredFile.size,
    StoredFile.has_preview,
)


def evidence(revision_ids: Sequence[int]) -> dict[int, list[EvidenceRow]]:
    """The files of revisions that the viewer sees already, by revision id; one query."""
    found: dict[int, list[EvidenceRow]] = {}
    rows = (
        Evidence.select(Evidence.revision, *_FILE)
        .join(StoredFile)
        .where(Evidence.revision.in_(list(revision_ids)))
        .order_by(Evidence.id)
        .tuples()
    )
    for revision_id, *row in rows:
        found.setdefault(revision_id, []).append(EvidenceRow(*row))
    return found


def files_of_other_periods(partner_id: int, kpi_id: int, period: int) -> set[int]:
    """Files that support figures of the same partner and KPI in other periods alone."""
    rows = sql.rows(
        "SELECT e.file_id, r.period FROM evidence e JOIN revision r ON r.id = e.revision_id"
        " WHERE r.partner_id = ? AND r.kpi_id = ?",
        partner_id,
        kpi_id,
    )
    return {id_ for id_, _key in rows} - {id_ for id_, key in rows if key == period}


def waiting_files(file_ids: Sequence[int], viewer: Viewer, owner: str) -> list[EvidenceRow]:
    """Files that somebody uploaded for a submission which has not been made yet."""
    rows = StoredFile.select(*_FILE).where(
        StoredFile.id.in_(list(file_ids)),
        StoredFile.owner == owner,
        StoredFile.uploaded_by == viewer.user_id,
    )
    return [EvidenceRow(*row) for row in rows.order_by(StoredFile.id).tuples()]


def comments(viewer: Viewer, partner_id: int, kpi_id: int, limit: int = 200) -> list[CommentRow]:
    """What was said of a partner's KPI that this person may read, the latest first."""
    rows = (
        ValueComment.select(
            ValueComment.period,
            ValueComment.visibility,
            ValueComment.text,
            User.name,
            User.role,
            ValueComment.written_at,
        )
        .join(Partner)
        .switch(ValueComment)
        .join(User, on=(ValueComment.written_by == User.id))
        .where(
            ValueComment.partner == partner_id,
            ValueComment.kpi == kpi_id,
            readable(viewer),
            _visible(viewer),
        )
        .order_by(ValueComment.id.desc())
        .limit(limit)
        .tuples()
    )
    return [CommentRow(*row) for row in rows]


def comment_counts(
    viewer: Viewer, keys: Sequence[tuple[int, int, int]]
) -> dict[tuple[int, int, int], int]:
    """How many comments stand beside each of these figures of readable partners; one query."""
    rows = (
        ValueComment.select(
            ValueComment.partner, ValueComment.kpi, ValueComment.period, fn.COUNT(ValueComment.id)
        )
        .where(
            ValueComment.partner.in_({key[0] for key in keys}),
            ValueComment.kpi.in_({key[1] for key in keys}),
            ValueComment.period.in_({key[2] for key in keys}),
            _visible(viewer),
        )
        .group_by(ValueComment.partner, ValueComment.kpi, ValueComment.period)
        .tuples()
    )
    return {tuple(row[:3]): row[3] for row in rows}


def declared_misses(partner_id: int, kpi_id: int) -> list[MissRow]:
    """Misses of a partner's KPI that were ever declared, the latest period first."""
    withdrawer: Any = User.alias()
    rows = (
        DeclaredMiss.select(
            DeclaredMiss.period,
            DeclaredMiss.reason,
            User.name,
            DeclaredMiss.declared_at,
            withdrawer.name,
            DeclaredMiss.withdrawn_at,
        )
        .join(User, on=(DeclaredMiss.declared_by == User.id))
        .switch(DeclaredMiss)
        .join(withdrawer, JOIN.LEFT_OUTER, on=(DeclaredMiss.withdrawn_by == withdrawer.id))
        .where(DeclaredMiss.partner == partner_id, DeclaredMiss.kpi == kpi_id)
        .order_by(DeclaredMiss.period.desc(), DeclaredMiss.id.desc())
        .limit(100)
        .tuples()
    )
    return [MissRow(*row) for row in rows]


def unlockings(partner_id: int, kpi_id: int) -> list[UnlockRow]:
    """Why figures of a partner's KPI were opened, the latest first."""
    rows = (
        Unlocking.select(Unlocking.period, Unlocking.reason, User.name, Unlocking.unlocked_at)
        .join(User, on=(Unlocking.unlocked_by == User.id))
        .where(Unlocking.partner == partner_id, Unlocking.kpi == kpi_id)
        .order_by(Unlocking.id.desc())
        .limit(100)
        .tuples()
    )
    return [UnlockRow(*row) for row in rows]


def _visible(viewer: Viewer) -> Any:
    if viewer.is_staff:
        return ValueComment.id.is_null(False)
    return ValueComment.visibility == "shared"
