"""What people decide about a tier: proposals, what is declared missed, overrides.

Source: domain specification §3, the table of states.
"""

from datetime import timedelta

from msgspec.structs import replace

from app.api import Answer
from plugins.incentives.standing.cases import Case, Refused, back, moved, need_reason, settled
from plugins.incentives.standing.reviewing import below, judge
from plugins.incentives.standing.state import Effect, Outcome, Override, Phase, State, base
from plugins.incentives.standing.windows import first_of_next_month

LEAST_REASON = 20  # characters of an override's reason
LEAST_WORD = 10  # characters of any other
LONGEST_OVERRIDE = 366  # days: twelve months


def approve_promotion(state: State, case: Case) -> Outcome:
    """The proposed tier from today on, where the figures still carry it."""
    higher = state.proposed
    if case.eligibility.of(higher) != Answer.YES:
        raise Refused("The figures no longer carry this tier: evaluate again.")
    return Outcome(moved(state, higher, case.today), (Effect.PROMOTED,))


def reject_promotion(state: State, case: Case) -> Outcome:
    """With a reason; the same tier is proposed again after the next review."""
    need_reason(case.act, LEAST_WORD)
    kept = replace(back(state), refused=state.proposed)
    return Outcome(kept, (Effect.PROMOTION_REJECTED,))


def approve_demotion(state: State, case: Case) -> Outcome:
    """Evaluated again; one step lower from the first day of the next calendar month."""
    here = case.eligibility.of(state.tier)
    if here == Answer.YES:
        return Outcome(settled(state), (Effect.DEMOTION_WITHDRAWN,))
    if here == Answer.UNKNOWN:
        raise Refused(
            "Nobody falls while figures are missing: resolve them, or declare them missed."
        )
    falls = first_of_next_month(case.calendar, case.today)
    lower = below(state.tier, case)
    after = replace(settled(state), proposed=lower, falls_on=falls)
    return Outcome(after, (Effect.DEMOTION_APPROVED,))


def reject_demotion(state: State, case: Case) -> Outcome:
    """With a reason; the tier stays."""
    need_reason(case.act, LEAST_WORD)
    return Outcome(settled(state), (Effect.DEMOTION_REJECTED,))


def declare(state: State, case: Case) -> Outcome:
    """What is unreported counts as missed, after the review has waited so long.

    The case's eligibility is the one with what is missing taken as missed.
    """
    need_reason(case.act, LEAST_WORD)
    if state.unknown_since is None:
        raise Refused("No review waits for figures: nothing is to be declared missed.")
    day = state.unknown_since + timedelta(days=case.definition.grace_days)
    if case.today < day:
        raise Refused("Figures may be declared missed from %(day)s on.", day=day.isoformat())
    after = judge(replace(state, declared=case.today), case)
    if Effect.DATA_MISSING in after.effects:
        raise Refused("What is missing is not a figure that somebody reports.")
    return Outcome(after.state, (Effect.MISSED_DECLARED, *after.effects))


def ask_override(state: State, case: Case) -> Outcome:
    """Another tier until a day, at most a year ahead; it waits for its second approver."""
    act = case.act
    need_reason(act, LEAST_REASON)
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


def confirm_override(state: State, case: Case) -> Outcome:
    """The second approval: from today on the figures only speak in the shadow."""
    waiting = _waiting(state)
    if waiting.expires < case.today:
        raise Refused("The day until which it was to hold is over.")
    if not case.rank(waiting.tier):
        raise Refused("Choose one of the programme’s tiers.")
    stands = replace(waiting, in_force=True)
    after = replace(settled(state), phase=Phase.OVERRIDDEN, override=stands)
    return Outcome(after, (Effect.OVERRIDDEN,))


def decline_override(state: State, case: Case) -> Outcome:
    """With a reason; what was asked for is gone."""
    need_reason(case.act, LEAST_WORD)
    _waiting(state)
    return Outcome(replace(state, override=None), (Effect.OVERRIDE_DECLINED,))


def revoke(state: State, case: Case) -> Outcome:
    """With a reason, before the override's last day."""
    need_reason(case.act, LEAST_WORD)
    return _after_override(state, case, Effect.OVERRIDE_REVOKED)


def expire(state: State, case: Case) -> Outcome:
    """The override's last day is over."""
    return _after_override(state, case, Effect.OVERRIDE_EXPIRED)


def _after_override(state: State, case: Case, effect: Effect) -> Outcome:
    """Active at the eligible tier; a tier whose figures are not known is not lost by that."""
    eligible = case.eligibility.tier or base(case.definition)
    unknown = case.eligibility.of(state.tier) == Answer.UNKNOWN
    kept = unknown and case.rank(state.tier) > case.rank(eligible)
    tier = state.tier if kept else eligible
    return Outcome(replace(moved(state, tier, case.today), override=None), (effect,))


def _waiting(state: State) -> Override:
    if state.override is None or state.override.in_force:
        raise Refused("No override waits to be approved.")
    return state.override
