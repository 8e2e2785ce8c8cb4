"""Figures that somebody submitted and approved alone: listed for administrators."""

from datetime import datetime
from typing import NamedTuple

from app.core.accounts.models import User
from app.core.kpis.models import Revision
from app.core.partners.models import Partner


class OwnApproval(NamedTuple):
    """One approval that was not by four eyes."""

    id: int
    partner_id: int
    partner_name: str
    currency: str
    kpi_id: int
    period: int
    value: int | None
    num: int | None
    den: int | None
    name: str
    decided_at: datetime
    decision: str


def own_approvals(page: int, size: int) -> tuple[list[OwnApproval], int]:
    """One page of them, the latest first, and how many there are; for administrators alone."""
    query = (
        Revision.select(
            Revision.id,
            Revision.partner,
            Partner.name,
            Partner.currency,
            Revision.kpi,
            Revision.period,
            Revision.value,
            Revision.num,
            Revision.den,
            User.name,
            Revision.decided_at,
            Revision.decision,
        )
        .join(Partner, on=(Revision.partner == Partner.id))
        .switch(Revision)
        .join(User, on=(Revision.decided_by == User.id))
        .where(
            Revision.source == "form",
            ~Revision.four_eyes,
            Revision.state.in_(("approved", "superseded")),
        )
    )
    rows = query.order_by(Revision.decided_at.desc(), Revision.id.desc()).paginate(page, size)
    return [OwnApproval(*row) for row in rows.tuples()], query.count()
