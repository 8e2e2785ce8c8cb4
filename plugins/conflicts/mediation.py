"""Proposing a mediator, by an administrator: neutrality is checked before anybody is asked."""

from dataclasses import dataclass, replace
from datetime import date

from app.api import Viewer, atomic, audit, invite_guest, staff_accounts
from plugins.conflicts import facts, log, people, services
from plugins.conflicts.models import Participant
from plugins.conflicts.rules.acts import missing
from plugins.conflicts.rules.guards import Missing
from plugins.conflicts.rules.neutrality import against_address, against_staff
from plugins.conflicts.rules.state import MEDIATOR, State
from plugins.conflicts.services import Refused

REASON = "Mediation"  # of the guest's grant: the invitation says no more


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom an administrator proposes: one of ours, or somebody from outside until a day."""

    user_id: int | None = None
    name: str = ""
    email: str = ""
    organisation: str = ""
    until: date | None = None


def propose(case_id: int, who: Viewer, proposal: Proposal) -> State:
    """Propose a mediator; somebody from outside is asked in as a guest of this case alone, and
    sees the number and the declaration until both sides have consented. Raises Refused."""
    internal = proposal.user_id is not None
    with atomic():
        seat = services.held_seat(case_id, who)
        case = seat.case
        found = facts.standing(case, log.read(case_id))
        account = {row.id: row for row in staff_accounts()}.get(proposal.user_id or 0)
        if internal and account is None:
            raise Refused([Missing("Choose one of staff.")])
        if account and account.role not in people.ACTING:
            raise Refused(
                [Missing("This person may only read: an administrator can change the role first.")]
            )
        stakes = people.stakes(case)
        against = (
            against_staff(account.id, stakes)
            if account
            else against_address(proposal.email, stakes)
        )
        known = replace(found.facts, against=against)
        actor = seat.actor()
        reasons = missing(found.state, actor, "propose_mediator", {"internal": internal}, known)
        if reasons:
            # On record, without the name: whom somebody had in mind is not the parties' business.
            raise Refused(reasons)
        if found.state.candidate:
            services.dismiss(case, found.state.candidate.id)
        grant = None
        if not account and proposal.until:
            grant = invite_guest(
                proposal.name,
                proposal.email,
                log.ref_of(case_id),
                facts.end_of(proposal.until),
                by=who,
                reason=REASON,
            )
        made = Participant.create(
            case=case,
            side=MEDIATOR,
            role="candidate",
            user=account.id if account else None,
            name=account.name if account else proposal.name.strip(),
            email=(account.email if account else proposal.email).strip().lower(),
            organisation=proposal.organisation.strip(),
            internal=internal,
            grant=grant,
        )
        detail = {"mediator": made.id, "internal": internal}
        state = services.record(
            found, actor.side, f"user:{who.user_id}", "propose_mediator", detail, who
        )
        audit("conflicts.case_changed", log.ref_of(case_id), {"field": "mediator"})
    return state
