"""Whether somebody may approve an own figure.

Source: domain specification §0, Four eyes. Where the organisation requires four eyes, nobody does,
unless fewer than two people could approve the partner's figures at all; elsewhere, with a reason,
and the approval is marked and listed for administrators.
"""

from typing import Any

from peewee import fn

from app.core.accounts.models import User
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.kpis.models import Revision
from app.core.kpis.refusals import KpiRefusal
from app.core.partners.models import Partner, PartnerTeam
from app.core.partners.queries import editable_by


def is_required() -> bool:
    """Whether the organisation asks that somebody else approves."""
    return current_settings().four_eyes_required


def may_approve_own(partner_id: int) -> bool:
    """Whether an own figure of this partner may be approved, with a reason."""
    return not is_required() or _could_approve(partner_id) < 2


def left_to_others(viewer: Viewer) -> int:
    """How many of this person's own figures wait that somebody else has to approve."""
    if not current_settings().four_eyes_required:
        return 0
    rows = (
        Revision.select(Revision.partner, fn.COUNT(Revision.id))
        .join(Partner, on=(Revision.partner == Partner.id))
        .where(
            Revision.state == "submitted",
            Revision.submitted_by == viewer.user_id,
            editable_by(viewer),
            _approvers() >= 2,
        )
        .group_by(Revision.partner)
        .tuples()
    )
    return sum(count for _partner_id, count in rows)


def check_own(partner_id: int, reason: str) -> None:
    """Refuse the approval of an own figure where it is not allowed, or without a reason."""
    if not may_approve_own(partner_id):
        raise KpiRefusal("You submitted this yourself: somebody else has to approve it.")
    if not reason.strip():
        raise KpiRefusal("You submitted this yourself: say why you approve it.", field="reason")


def _could_approve(partner_id: int) -> int:
    """How many people may decide on a partner's figures."""
    return int(Partner.select(_approvers()).where(Partner.id == partner_id).scalar() or 0)


def _approvers() -> Any:
    """How many people may decide on a row's partner: administrators, its owner and team."""
    team = PartnerTeam.select(PartnerTeam.user).where(PartnerTeam.partner == Partner.id)
    own = User.id.in_(team) | (User.id == Partner.owner)
    return User.select(fn.COUNT(User.id)).where(
        User.active, (User.role == "admin") | ((User.role == "manager") & own)
    )
