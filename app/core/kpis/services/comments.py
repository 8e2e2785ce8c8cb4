"""What people say of a figure: a thread for each partner, KPI and period."""

from app.core import audit
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis.models import Target, Value
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.value_models import ValueComment
from app.core.partners.models import Partner
from app.core.partners.queries import editable_by
from app.core.periods import Period

LONGEST_COMMENT = 2_000  # characters
INTERNAL, SHARED = "internal", "shared"


def add_comment(
    partner_id: int,
    kpi_id: int,
    period: Period,
    text: str,
    *,
    by: Viewer,
    visibility: str = INTERNAL,
) -> int:
    """Say something of a figure; returns the comment's id.

    Staff who work on the partner choose whether its contacts see it; what a contact says is
    shared. Raises KpiRefusal.
    """
    text = text.strip()
    if not text:
        raise KpiRefusal("Write something first.", field="text")
    if len(text) > LONGEST_COMMENT:
        raise KpiRefusal("At most %(most)s characters.", field="text", most=LONGEST_COMMENT)
    if visibility not in (INTERNAL, SHARED):
        raise KpiRefusal("Choose who sees it.", field="visibility")
    if not _may_comment(partner_id, kpi_id, by):
        raise KpiRefusal("This figure is not yours to comment on.")
    with atomic():
        comment = ValueComment.create(
            partner=partner_id,
            kpi=kpi_id,
            period=period.key,
            visibility=visibility if by.is_staff else SHARED,
            text=text,
            written_by=by.user_id,
        )
        audit.record("kpi_comment.added", f"comment:{comment.id}", {"partner": partner_id})
    return int(comment.id)


def _may_comment(partner_id: int, kpi_id: int, by: Viewer) -> bool:
    if by.is_staff:
        mine = Partner.select().where(Partner.id == partner_id, editable_by(by))
        return by.can("kpis.submit") and bool(mine.exists())
    return by.partner_id == partner_id and any(
        table.select().where(table.partner == partner_id, table.kpi == kpi_id).exists()
        for table in (Target, Value)
    )
