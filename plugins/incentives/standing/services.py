"""What people decide about tiers: enrolling, proposals, overrides, what is declared missed.

Each act is a step of the machine, stored with its inputs as any other decision is. The caller has
checked the right to the partner.
"""

from datetime import date

from app.api import Partner, Viewer, atomic, lock, now, organisation, people
from plugins.incentives.programmes.queries import Running, running
from plugins.incentives.standing.cases import Act, Refused
from plugins.incentives.standing.evaluate import eligible
from plugins.incentives.standing.evaluating import (
    Deed,
    Sitting,
    advance,
    evidence_of,
    record,
    sitting_of,
    take,
)
from plugins.incentives.standing.evidence import Reading
from plugins.incentives.standing.machine import CLOSED_STATUSES, enrol
from plugins.incentives.standing.models import Enrolment, columns
from plugins.incentives.standing.state import Event, Phase

# What an act of people is called in an address.
DECISIONS = {"approve": Event.APPROVE, "reject": Event.REJECT}
OVERRIDES = {
    "confirm": Event.CONFIRM_OVERRIDE,
    "decline": Event.DECLINE_OVERRIDE,
    "revoke": Event.REVOKE,
}


def programme_of(programme_id: int) -> Running:
    """The programme with the version in force; refused where it does not run."""
    found = next((one for one in running() if one.programme.id == programme_id), None)
    if found is None:
        raise Refused("The programme has no version in force: publish one first.")
    return found


def enrol_partner(programme_id: int, partner_id: int, by: int | None) -> int:
    """Enrol a partner at the lowest tier and evaluate it at once; returns the enrolment's id.

    Raises: `Refused` where no version is in force, the type does not take part, the partnership
    does not run, or the partner takes part already.
    """
    programme = programme_of(programme_id)
    with atomic():
        lock("incentives.standing")
        row = begin(Partner.get_by_id(partner_id), sitting_of(programme), by)
        advance([row], programme)
        return int(row.id)


def begin(partner: Partner, sitting: Sitting, by: int | None = None) -> Enrolment:
    """A partner's place from a day on, at the lowest tier; inside `atomic` and lock.

    Raises: `Refused`.
    """
    programme = sitting.programme
    row: Enrolment | None = Enrolment.get_or_none(
        Enrolment.programme == programme.programme, Enrolment.partner == partner
    )
    if row is not None and row.state != Phase.LEFT.value:
        raise Refused("The partner takes part already.")
    outcome = enrol(
        programme.definition,
        partner_type=partner.type,
        status=partner.status,
        today=sitting.today,
        calendar=sitting.calendar,
    )
    if row is None:
        row = Enrolment.create(
            programme=programme.programme,
            partner=partner,
            enrolled_at=now(),
            **columns(outcome.state),
        )
    known = _evidence(row, sitting)
    basis = (known, eligible(programme.definition, known))
    record(row, sitting, Event.ENROL, (None, outcome), basis, Deed(by=by))
    return row


def leave(row: Enrolment, reason: str, by: Viewer) -> None:
    """Take a partner out of a programme; what it earned stays."""
    with atomic():
        _decide(row, Event.LEAVE, Deed(Act(reason=reason), by.user_id))


def decide(row: Enrolment, decision: str, reason: str, version: int, by: Viewer) -> None:
    """Approve or reject a promotion or demotion that was proposed; evaluated again first.

    Raises: `Refused` with what is missing, also where somebody decided meanwhile.
    """
    with atomic():
        _decide(row, DECISIONS[decision], Deed(Act(reason=reason), by.user_id), version)


def ask_override(row: Enrolment, tier: str, expires: date | None, reason: str, by: Viewer) -> None:
    """Ask that a tier is set by hand; it is in force once an administrator approved it."""
    with atomic():
        act = Act(reason, tier, expires)
        _decide(row, Event.ASK_OVERRIDE, Deed(act, by.user_id))
        Enrolment.update(override_by=by.user_id).where(Enrolment.id == row.id).execute()


def decide_override(
    row: Enrolment, decision: str, reason: str, by: Viewer, version: int | None = None
) -> None:
    """Approve, decline or revoke an override.

    Whoever asked for it approves it only where the organisation allows that, or nobody else
    could; then with a reason, and it is marked. Source: domain specification §0, Four eyes.
    """
    event = OVERRIDES[decision]
    with atomic():
        lock("incentives.standing")
        # As it stands now: somebody may have asked for another one since the page was shown.
        own = event is Event.CONFIRM_OVERRIDE and fresh(row.id).override_by == by.user_id
        if own:
            if organisation().four_eyes_required and len(people("role:admin")) > 1:
                raise Refused("You asked for this yourself: somebody else has to approve it.")
            if not reason.strip():
                raise Refused("You asked for this yourself: say why you approve it.")
        _decide(row, event, Deed(Act(reason=reason), by.user_id, four_eyes=not own), version)


def declare_missed(row: Enrolment, reason: str, by: Viewer) -> None:
    """Let what is unreported count as missed, after a review has waited for it long enough."""
    with atomic():
        _decide(row, Event.DECLARE, Deed(Act(reason=reason), by.user_id))


def evaluate_again(row: Enrolment) -> None:
    """Look at an enrolment anew, as each night does; of a programme that ended nothing moves."""
    with atomic():
        lock("incentives.standing")
        for programme in running():
            if programme.programme.id == row.programme_id:
                advance([fresh(row.id)], programme)


def fresh(enrolment_id: int) -> Enrolment:
    """An enrolment with its partner as they stand now."""
    row: Enrolment = (
        Enrolment.select(Enrolment, Partner).join(Partner).where(Enrolment.id == enrolment_id).get()
    )
    return row


def _decide(row: Enrolment, event: Event, deed: Deed, version: int | None = None) -> None:
    lock("incentives.standing")
    current = fresh(row.id)
    if version is not None and current.version != version:
        raise Refused("Somebody decided meanwhile, or the figures changed: look again.")
    programme = programme_of(current.programme_id)
    sitting = sitting_of(programme)
    take(current, sitting, event, _evidence(current, sitting), deed)
    if event is not Event.LEAVE and current.partner.status not in CLOSED_STATUSES:
        advance([current], programme)


def _evidence(row: Enrolment, sitting: Sitting) -> dict[str, Reading]:
    found = evidence_of([row], sitting.programme.definition, sitting.today)
    return found[row.partner_id]
