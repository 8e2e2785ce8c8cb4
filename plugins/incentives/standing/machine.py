"""How a tier changes: the table of states as one pure function.

The day and the calendar are arguments. A refused event says what is missing. Unknown grants
nothing and takes nothing away. Source: domain specification §3, the table of states.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from msgspec.structs import replace

from app.api import Answer, Calendar, Refusal
from plugins.incentives.programmes.definition import Definition, Promotion
from plugins.incentives.standing.evaluate import Eligibility
from plugins.incentives.standing.state import Effect, Event, Outcome, Override, Phase, State, base
from plugins.incentives.standing.windows import first_after, first_of_next_month

LEAST_REASON = 20  # characters of an override's reason
LEAST_WORD = 10  # characters of any other
LONGEST_OVERRIDE = 366  # days: twelve months

CLOSED_STATUSES = frozenset({"suspended", "ended", "declined"})


class Refused(Refusal):
    """An event that is not possible now, with what is missing for it."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody gives along with an event: a reason; the tier and last day of an override."""

    reason: str = ""
    tier: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """All that a step looks at beside the state."""

    eligibility: Eligibility
    definition: Definition
    today: date
    calendar: Calendar
    act: Act = field(default_factory=Act)

    def rank(self, tier: str) -> int:
        """A tier's place, 0 for none."""
        return self.definition.rank(tier)

    def review(self) -> date:
        """The day of the next review."""
        return first_after(self.calendar, self.definition.review, self.today)


Rule: TypeAlias = Callable[[State, Case], Outcome]


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
        moved = replace(lower, phase=_calm(lower), proposed="", falls_on=None, grace_until=None)
        after = rule(moved, case) if (moved.phase, event) in TRANSITIONS else Outcome(moved)
        return Outcome(after.state, (Effect.TIER_GONE, *after.effects))
    return rule(state, case)


# ---- What figures and time bring


def _evaluate(state: State, case: Case) -> Outcome:
    """Higher tiers are granted or proposed, a grace period ends where the tier is met again."""
    promoted = _climb(state, case)
    if promoted:
        return promoted
    here = case.eligibility.of(state.tier)
    if here == Answer.YES and state.phase is Phase.GRACE:
        return Outcome(_settled(state), (Effect.RECOVERED,))
    if here == Answer.YES and state.falls_on is not None:
        return Outcome(_settled(state), (Effect.DEMOTION_WITHDRAWN,))
    if here != Answer.UNKNOWN and state.unknown_since is not None:
        return Outcome(replace(state, unknown_since=None))  # the figures came: nothing is awaited
    return Outcome(state)


def _climb(state: State, case: Case) -> Outcome | None:
    """The promotion that the figures carry, None where there is none."""
    higher = case.eligibility.tier
    if case.rank(higher) <= case.rank(state.tier):
        return None
    if case.definition.promotion is Promotion.AUTO:
        return Outcome(_moved(state, higher, case.today), (Effect.PROMOTED,))
    if state.refused and case.rank(higher) <= case.rank(state.refused):
        return None
    proposed = replace(state, phase=Phase.PROMOTION_PROPOSED, proposed=higher, falls_on=None)
    return Outcome(proposed, (Effect.PROMOTION_PROPOSED,))


def _review(state: State, case: Case) -> Outcome:
    """The scheduled review: as an evaluation, and then the tier that is held has to be met."""
    asked = replace(state, next_review=case.review(), refused="")
    found = _evaluate(asked, case)
    if found.effects or found.state.falls_on is not None:
        return found
    return _judge(asked, case)


def _judge(state: State, case: Case) -> Outcome:
    here = case.eligibility.of(state.tier)
    if here == Answer.YES:
        return Outcome(_settled(state), (Effect.CONFIRMED,))
    if here == Answer.UNKNOWN:
        since = state.unknown_since or case.today
        return Outcome(replace(state, unknown_since=since), (Effect.DATA_MISSING,))
    known = replace(state, unknown_since=None)
    if state.phase is Phase.ACTIVE:
        until = case.today + timedelta(days=case.definition.grace_days)
        return Outcome(
            replace(known, phase=Phase.GRACE, grace_until=until), (Effect.GRACE_STARTED,)
        )
    if state.grace_until is not None and case.today < state.grace_until:
        return Outcome(known)
    lower = below(state.tier, case)
    proposed = replace(known, phase=Phase.DEMOTION_PROPOSED, proposed=lower)
    return Outcome(proposed, (Effect.DEMOTION_PROPOSED,))


def below(tier: str, case: Case) -> str:
    """Where a demotion leads: one step down, or, where versions say so, to what is not missed.

    Without the one step it is the highest lower tier whose requirements are not "no": unknown
    takes nothing away.
    """
    lower = case.definition.tiers[: max(case.rank(tier) - 1, 0)]
    if not lower:
        return tier
    if case.definition.one_step:
        return lower[-1].key
    kept = [one.key for one in lower if case.eligibility.of(one.key) != Answer.NO]
    return kept[-1] if kept else lower[0].key


def _evaluate_promotion(state: State, case: Case) -> Outcome:
    """A promotion that waits follows the figures; it is withdrawn where they no longer carry it."""
    higher = case.eligibility.tier
    if case.rank(higher) > case.rank(state.tier):
        if higher == state.proposed:
            return Outcome(state)
        return Outcome(replace(state, proposed=higher), (Effect.PROMOTION_PROPOSED,))
    return Outcome(_back(state), (Effect.PROMOTION_WITHDRAWN,))


def _evaluate_demotion(state: State, case: Case) -> Outcome:
    """A demotion that waits is withdrawn once the tier, or a higher one, is met."""
    above = case.rank(case.eligibility.tier) > case.rank(state.tier)
    if not above and case.eligibility.of(state.tier) != Answer.YES:
        return Outcome(state)
    after = _evaluate(_settled(state), case)
    return Outcome(after.state, (Effect.DEMOTION_WITHDRAWN, *after.effects))


def _fall(state: State, case: Case) -> Outcome:
    """The day of an approved demotion."""
    day = state.falls_on or case.today
    lower = state.proposed if case.rank(state.proposed) else below(state.tier, case)
    return Outcome(_moved(state, lower, day), (Effect.DEMOTED,))


def _later(state: State, case: Case) -> Outcome:
    """A review passes by: something else waits, or nothing counts at present."""
    return Outcome(replace(state, next_review=case.review()))


def _then_later(rule: Rule) -> Rule:
    def both(state: State, case: Case) -> Outcome:
        return rule(replace(state, next_review=case.review()), case)

    return both


def _nothing(state: State, _case: Case) -> Outcome:
    """Evaluated in the shadow: what it says is kept, nothing moves."""
    return Outcome(state)


# ---- What people decide


def _approve_promotion(state: State, case: Case) -> Outcome:
    higher = state.proposed
    if case.eligibility.of(higher) != Answer.YES:
        raise Refused("The figures no longer carry this tier: evaluate again.")
    return Outcome(_moved(state, higher, case.today), (Effect.PROMOTED,))


def _reject_promotion(state: State, case: Case) -> Outcome:
    _reason(case.act, LEAST_WORD)
    back = replace(_back(state), refused=state.proposed)
    return Outcome(back, (Effect.PROMOTION_REJECTED,))


def _approve_demotion(state: State, case: Case) -> Outcome:
    """Evaluated again; one step lower from the first day of the next calendar month."""
    here = case.eligibility.of(state.tier)
    if here == Answer.YES:
        return Outcome(_settled(state), (Effect.DEMOTION_WITHDRAWN,))
    if here == Answer.UNKNOWN:
        raise Refused(
            "Nobody falls while figures are missing: resolve them, or declare them missed."
        )
    falls = first_of_next_month(case.calendar, case.today)
    lower = below(state.tier, case)
    after = replace(_settled(state), proposed=lower, falls_on=falls)
    return Outcome(after, (Effect.DEMOTION_APPROVED,))


def _reject_demotion(state: State, case: Case) -> Outcome:
    _reason(case.act, LEAST_WORD)
    return Outcome(_settled(state), (Effect.DEMOTION_REJECTED,))


def _declare(state: State, case: Case) -> Outcome:
    """What is unreported counts as missed, after the review has waited so long.

    The case's eligibility is the one with what is missing taken as missed.
    """
    _reason(case.act, LEAST_WORD)
    if state.unknown_since is None:
        raise Refused("No review waits for figures: nothing is to be declared missed.")
    day = state.unknown_since + timedelta(days=case.definition.grace_days)
    if case.today < day:
        raise Refused("Figures may be declared missed from %(day)s on.", day=day.isoformat())
    after = _judge(replace(state, declared=case.today), case)
    if Effect.DATA_MISSING in after.effects:
        raise Refused("What is missing is not a figure that somebody reports.")
    return Outcome(after.state, (Effect.MISSED_DECLARED, *after.effects))


def _ask_override(state: State, case: Case) -> Outcome:
    act = case.act
    _reason(act, LEAST_REASON)
    if state.override is not None:
        raise Refused("An override stands or waits already: decide that one first.")
    if not case.rank(act.tier):
        raise Refused("Choose one of the programme’s tiers.")
    if act.tier == state.tier:
        raise Refused("The partner holds this tier already.")
    if act.expires is None or act.expires < case.today:
        raise Refused("Say until when it holds: a day that is not over.")
    if (act.expires - case.today).days > LONGEST_OVERRIDE:
        raise Refused("An override holds for twelve months at most.")
    return Outcome(
        replace(state, override=Override(act.tier, act.expires)), (Effect.OVERRIDE_ASKED,)
    )


def _confirm_override(state: State, case: Case) -> Outcome:
    waiting = _waiting(state)
    if waiting.expires < case.today:
        raise Refused("The day until which it was to hold is over.")
    if not case.rank(waiting.tier):
        raise Refused("Choose one of the programme’s tiers.")
    calm = replace(_settled(state), phase=Phase.OVERRIDDEN)
    return Outcome(replace(calm, override=replace(waiting, in_force=True)), (Effect.OVERRIDDEN,))


def _decline_override(state: State, case: Case) -> Outcome:
    _reason(case.act, LEAST_WORD)
    _waiting(state)
    return Outcome(replace(state, override=None), (Effect.OVERRIDE_DECLINED,))


def _revoke(state: State, case: Case) -> Outcome:
    _reason(case.act, LEAST_WORD)
    return _after_override(state, case, Effect.OVERRIDE_REVOKED)


def _expire(state: State, case: Case) -> Outcome:
    return _after_override(state, case, Effect.OVERRIDE_EXPIRED)


def _after_override(state: State, case: Case, effect: Effect) -> Outcome:
    """Active at the eligible tier; a tier whose figures are not known is not lost by that."""
    eligible = case.eligibility.tier or base(case.definition)
    unknown = case.eligibility.of(state.tier) == Answer.UNKNOWN
    kept = unknown and case.rank(state.tier) > case.rank(eligible)
    tier = state.tier if kept else eligible
    return Outcome(replace(_moved(state, tier, case.today), override=None), (effect,))


# ---- What becomes of the partnership


def _freeze(state: State, _case: Case) -> Outcome:
    """Nothing is earned and nothing lost while the partnership rests."""
    rests = replace(_settled(state), phase=Phase.FROZEN, unknown_since=None)
    return Outcome(rests, (Effect.FROZEN,))


def _thaw(state: State, case: Case) -> Outcome:
    """At the tier that was held, with an override that has not expired, until the next review."""
    override = state.override
    if override and (override.expires < case.today or not override.in_force):
        override = None
    phase = Phase.OVERRIDDEN if override else Phase.ACTIVE
    woken = replace(state, phase=phase, override=override, next_review=case.review())
    return Outcome(woken, (Effect.THAWED,))


def _leave(state: State, case: Case) -> Outcome:
    left = replace(_settled(state), phase=Phase.LEFT, override=None, unknown_since=None)
    return Outcome(replace(left, since=case.today), (Effect.LEFT,))


# ---- Small steps


def _calm(state: State) -> Phase:
    quiet = (Phase.OVERRIDDEN, Phase.FROZEN, Phase.LEFT)
    return state.phase if state.phase in quiet else Phase.ACTIVE


def _settled(state: State) -> State:
    """Active at the same tier, with nothing under way."""
    return replace(
        state,
        phase=Phase.ACTIVE,
        grace_until=None,
        proposed="",
        falls_on=None,
        unknown_since=None,
        declared=None,
    )


def _moved(state: State, tier: str, day: date) -> State:
    """Active at another tier from a day on."""
    changed = tier != state.tier or state.phase is Phase.OVERRIDDEN
    return replace(_settled(state), tier=tier, since=day if changed else state.since, refused="")


def _back(state: State) -> State:
    """As before a promotion was proposed."""
    phase = Phase.GRACE if state.grace_until else Phase.ACTIVE
    return replace(state, phase=phase, proposed="")


def _reason(act: Act, least: int) -> None:
    if len(act.reason.strip()) < least:
        raise Refused("Give a reason of at least %(least)s characters.", least=least)


def _waiting(state: State) -> Override:
    if state.override is None or state.override.in_force:
        raise Refused("No override waits to be approved.")
    return state.override


_OPEN = (Phase.ACTIVE, Phase.GRACE, Phase.PROMOTION_PROPOSED, Phase.DEMOTION_PROPOSED)

TRANSITIONS: Mapping[tuple[Phase, Event], Rule] = {
    (Phase.ACTIVE, Event.EVALUATE): _evaluate,
    (Phase.ACTIVE, Event.REVIEW): _review,
    (Phase.ACTIVE, Event.FALL): _fall,
    (Phase.ACTIVE, Event.DECLARE): _declare,
    (Phase.GRACE, Event.EVALUATE): _evaluate,
    (Phase.GRACE, Event.REVIEW): _review,
    (Phase.GRACE, Event.DECLARE): _declare,
    (Phase.PROMOTION_PROPOSED, Event.EVALUATE): _evaluate_promotion,
    (Phase.PROMOTION_PROPOSED, Event.REVIEW): _then_later(_evaluate_promotion),
    (Phase.PROMOTION_PROPOSED, Event.APPROVE): _approve_promotion,
    (Phase.PROMOTION_PROPOSED, Event.REJECT): _reject_promotion,
    (Phase.DEMOTION_PROPOSED, Event.EVALUATE): _evaluate_demotion,
    (Phase.DEMOTION_PROPOSED, Event.REVIEW): _then_later(_evaluate_demotion),
    (Phase.DEMOTION_PROPOSED, Event.APPROVE): _approve_demotion,
    (Phase.DEMOTION_PROPOSED, Event.REJECT): _reject_demotion,
    (Phase.OVERRIDDEN, Event.EVALUATE): _nothing,
    (Phase.OVERRIDDEN, Event.REVIEW): _later,
    (Phase.OVERRIDDEN, Event.REVOKE): _revoke,
    (Phase.OVERRIDDEN, Event.EXPIRE): _expire,
    (Phase.FROZEN, Event.EVALUATE): _nothing,
    (Phase.FROZEN, Event.REVIEW): _later,
    (Phase.FROZEN, Event.THAW): _thaw,
    **{(phase, Event.ASK_OVERRIDE): _ask_override for phase in _OPEN},
    **{(phase, Event.CONFIRM_OVERRIDE): _confirm_override for phase in _OPEN},
    **{(phase, Event.DECLINE_OVERRIDE): _decline_override for phase in _OPEN},
    **{(phase, Event.FREEZE): _freeze for phase in (*_OPEN, Phase.OVERRIDDEN)},
    **{(phase, Event.LEAVE): _leave for phase in (*_OPEN, Phase.OVERRIDDEN, Phase.FROZEN)},
}
