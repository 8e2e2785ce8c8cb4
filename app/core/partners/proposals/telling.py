"""Who hears of proposals: owner and team of what waits, its author of what became of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core import clock
from app.core.accounts.queries import people
from app.core.contract import Viewer
from app.core.messages.languages import site_path
from app.core.messages.services import notify, register_event
from app.core.partners.models import Partner
from app.core.partners.proposals.labels import KINDS
from app.core.partners.proposals.models import Proposal

if TYPE_CHECKING:
    from app.core.partners.proposals.services import Decision

MADE, DECIDED = "proposals.made", "proposals.decided"


def made(proposal: Proposal, partner: Partner, by: Viewer) -> None:
    """Tell owner and team that something waits for them; in the caller's transaction."""
    name, kind = partner.name, proposal.kind
    notify(
        MADE,
        people(f"team:{partner.id}"),
        title=lambda: _("%(partner)s proposes: %(what)s", partner=name, what=KINDS[kind]),
        text=proposal.note,
        ref=f"proposal:{proposal.id}",
        url=site_path("partners.proposal", partner_id=partner.id, proposal_id=proposal.id),
        key=f"proposal:{proposal.id}",
        by=by.user_id,
    )


def decided(proposal: Proposal, decisions: "Iterable[Decision]", by: Viewer) -> None:
    """Tell the author what became of it, with the reasons; in the caller's transaction."""
    if proposal.made_by_id is None:
        return
    answers = list(decisions)
    accepted = sum(one.accept for one in answers)
    kind = proposal.kind
    reasons = list(dict.fromkeys(one.reason.strip() for one in answers if one.reason.strip()))

    def title() -> str:
        what = KINDS[kind]
        if accepted == len(answers):
            return _("Your proposal was accepted: %(what)s", what=what)
        if accepted:
            return _("Your proposal was accepted in part: %(what)s", what=what)
        return _("Your proposal was declined: %(what)s", what=what)

    notify(
        DECIDED,
        {proposal.made_by_id},
        title=title,
        text="\n\n".join(reasons),
        ref=f"proposal:{proposal.id}",
        url=site_path("portal.proposal", proposal_id=proposal.id),
        key=f"proposal:{proposal.id}:{clock.now().isoformat()}",
        by=by.user_id,
    )


_GROUP = lazy_gettext("Proposals")
register_event(
    MADE,
    lazy_gettext("A partner proposes a change"),
    roles=("admin", "manager", "viewer"),
    group=_GROUP,
)
register_event(
    DECIDED,
    lazy_gettext("A proposal of yours was accepted or declined"),
    roles=("contact",),
    group=_GROUP,
)
