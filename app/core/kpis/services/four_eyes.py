"""Whether somebody may approve an own figure.

Source: domain specification §0, Four eyes. Where the organisation requires four eyes, nobody does,
unless fewer than two people could approve the partner's figures at all; elsewhere, with a reason,
and the approval is marked and listed for administrators.
"""

from app.core.accounts.models import Organisation, User
from app.core.kpis.refusals import KpiRefusal
from app.core.partners.models import Partner, PartnerTeam


def is_required() -> bool:
    """Whether the organisation asks that somebody else approves."""
    row = Organisation.select(Organisation.four_eyes_required).where(Organisation.id == 1)
    return bool(row.scalar())


def may_approve_own(partner_id: int) -> bool:
    """Whether an own figure of this partner may be approved, with a reason."""
    return not is_required() or _could_approve(partner_id) < 2


def check_own(partner_id: int, reason: str) -> None:
    """Refuse the approval of an own figure where it is not allowed, or without a reason."""
    if not may_approve_own(partner_id):
        raise KpiRefusal("You submitted this yourself: somebody else has to approve it.")
    if not reason.strip():
        raise KpiRefusal("You submitted this yourself: say why you approve it.", field="reason")


def _could_approve(partner_id: int) -> int:
    """How many people may decide on a partner's figures: administrators, its owner and team."""
    team = PartnerTeam.select(PartnerTeam.user).where(PartnerTeam.partner == partner_id)
    owner = Partner.select(Partner.owner).where(
        Partner.id == partner_id, Partner.owner.is_null(False)
    )
    own = User.id.in_(team) | User.id.in_(owner)
    return int(
        User.select()
        .where(User.active, (User.role == "admin") | ((User.role == "manager") & own))
        .count()
    )
