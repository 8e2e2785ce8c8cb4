"""How a tier changes: the table of states as one pure function.

What figures and time bring is in `reviewing`, what people decide in `acts`. A refused event says
what is missing. Unknown grants nothing and takes nothing away.
Source: domain specification §3, the table of states.
"""

from collections.abc import Mapping
from datetime import date

from msgspec.structs import replace

from app.api import Calendar
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.standing import acts, reviewing
from plugins.incentives.standing.cases import Case, Refused, Rule, calm, settled
from plugins.incentives.standing.state import Effect, Event, Outcome, Phase, State, base
from plugins.incentives.standing.windows import first_after

CLOSED_STATUSES = frozenset({"suspended", "ended", "declined"})


def enrol(
    definition: Definition, *, partner_type: str, status: str, today: date, calendar: Calendar
) -> Outcome:
    """A partner's first state: the lowest tier; the figures speak at the evaluation that follows.

    Raises: `Refused` where the type is not eligible, or the partnership does not run.
    """
    if definition.eligible and partner_type not in definition.eligible:
        raise Refused("Partners of this type do not take part in the programme.")
    if status in CLOSED_STATUSES:
        raise Refused("The partnership does not run: nobody is enrolled who earns nothing.")
    review = first_after(calendar, definition.review, today)
    return Outcome(State(Phase.ACTIVE, base(definition), today, review), (Effect.ENROLLED,))


def step(state: State, event: Event, case: Case) -> Outcome:
    """The state after an event, and what came of it; nothing is changed in place.

    Raises: `Refused` where the table has no such row, or its guard is not met.
    """
    rule = TRANSITIONS.get((state.phase, event))
    if rule is None:
        raise Refused("This is not possible now.")
    if not case.rank(state.tier) and event not in (Event.LEAVE, Event.FREEZE):
        # A later version has no such tier: the partner stands where the figures say.
        lower = replace(
            state, tier=case.eligibility.tier or base(case.definition), since=case.today
        )
        moved = replace(lower, phase=calm(lower), proposed="", falls_on=None, grace_until=None)
        after = rule(moved, case) if (moved.phase, event) in TRANSITIONS else Outcome(moved)
        return Outcome(after.state, (Effect.TIER_GONE, *after.effects))
    return rule(state, case)


# ---- What becomes of the partnership


def _freeze(state: State, _case: Case) -> Outcome:
    """Nothing is earned and nothing lost while the partnership rests."""
    return Outcome(replace(settled(state), phase=Phase.FROZEN), (Effect.FROZEN,))


def _thaw(state: State, case: Case) -> Outcome:
    """At the tier that was held, with an override that has not expired, until the next review."""
    override = state.override
    if override and (override.expires < case.today or not override.in_force):
        override = None
    phase = Phase.OVERRIDDEN if override else Phase.ACTIVE
    woken = replace(state, phase=phase, override=override, next_review=case.review())
    return Outcome(woken, (Effect.THAWED,))


def _leave(state: State, case: Case) -> Outcome:
    left = replace(settled(state), phase=Phase.LEFT, override=None, since=case.today)
    return Outcome(left, (Effect.LEFT,))


_OPEN = (Phase.ACTIVE, Phase.GRACE, Phase.PROMOTION_PROPOSED, Phase.DEMOTION_PROPOSED)

TRANSITIONS: Mapping[tuple[Phase, Event], Rule] = {
    (Phase.ACTIVE, Event.EVALUATE): reviewing.evaluate,
    (Phase.ACTIVE, Event.REVIEW): reviewing.review,
    (Phase.ACTIVE, Event.FALL): reviewing.fall,
    (Phase.ACTIVE, Event.DECLARE): acts.declare,
    (Phase.GRACE, Event.EVALUATE): reviewing.evaluate,
    (Phase.GRACE, Event.REVIEW): reviewing.review,
    (Phase.GRACE, Event.DECLARE): acts.declare,
    (Phase.PROMOTION_PROPOSED, Event.EVALUATE): reviewing.evaluate_promotion,
    (Phase.PROMOTION_PROPOSED, Event.REVIEW): reviewing.then_later(reviewing.evaluate_promotion),
    (Phase.PROMOTION_PROPOSED, Event.APPROVE): acts.approve_promotion,
    (Phase.PROMOTION_PROPOSED, Event.REJECT): acts.reject_promotion,
    (Phase.DEMOTION_PROPOSED, Event.EVALUATE): reviewing.evaluate_demotion,
    (Phase.DEMOTION_PROPOSED, Event.REVIEW): reviewing.then_later(reviewing.evaluate_demotion),
    (Phase.DEMOTION_PROPOSED, Event.APPROVE): acts.approve_demotion,
    (Phase.DEMOTION_PROPOSED, Event.REJECT): acts.reject_demotion,
    (Phase.OVERRIDDEN, Event.EVALUATE): reviewing.nothing,
    (Phase.OVERRIDDEN, Event.REVIEW): reviewing.later,
    (Phase.OVERRIDDEN, Event.REVOKE): acts.revoke,
    (Phase.OVERRIDDEN, Event.EXPIRE): acts.expire,
    (Phase.FROZEN, Event.EVALUATE): reviewing.nothing,
    (Phase.FROZEN, Event.REVIEW): reviewing.later,
    (Phase.FROZEN, Event.THAW): _thaw,
    **{(phase, Event.ASK_OVERRIDE): acts.ask_override for phase in _OPEN},
    **{(phase, Event.CONFIRM_OVERRIDE): acts.confirm_override for phase in _OPEN},
    **{(phase, Event.DECLINE_OVERRIDE): acts.decline_override for phase in _OPEN},
    **{(phase, Event.FREEZE): _freeze for phase in (*_OPEN, Phase.OVERRIDDEN)},
    **{(phase, Event.LEAVE): _leave for phase in (*_OPEN, Phase.OVERRIDDEN, Phase.FROZEN)},
}
