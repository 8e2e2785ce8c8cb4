"""What figures and time bring to a tier: evaluations, reviews, grace and demotions.

Unknown grants nothing and takes nothing away. Source: domain specification §3, the table of states.
"""

from datetime import timedelta

from msgspec.structs import replace

from app.api import Answer
from plugins.incentives.programmes.definition import Promotion
from plugins.incentives.standing.cases import Case, Rule, back, moved, settled
from plugins.incentives.standing.state import Effect, Outcome, Phase, State


def evaluate(state: State, case: Case) -> Outcome:
    """Higher tiers are granted or proposed, a grace period ends where the tier is met again."""
    promoted = _climb(state, case)
    if promoted:
        return promoted
    here = case.eligibility.of(state.tier)
    if here == Answer.YES and state.phase is Phase.GRACE:
        return Outcome(settled(state), (Effect.RECOVERED,))
    if here == Answer.YES and state.falls_on is not None:
        return Outcome(settled(state), (Effect.DEMOTION_WITHDRAWN,))
    if here != Answer.UNKNOWN and state.unknown_since is not None:
        return Outcome(replace(state, unknown_since=None))  # the figures came: nothing is awaited
    return Outcome(state)


def _climb(state: State, case: Case) -> Outcome | None:
    """The promotion that the figures carry, None where there is none."""
    higher = case.eligibility.tier
    if case.rank(higher) <= case.rank(state.tier):
        return None
    if case.definition.promotion is Promotion.AUTO:
        return Outcome(moved(state, higher, case.today), (Effect.PROMOTED,))
    if state.refused and case.rank(higher) <= case.rank(state.refused):
        return None
    proposed = replace(state, phase=Phase.PROMOTION_PROPOSED, proposed=higher, falls_on=None)
    return Outcome(proposed, (Effect.PROMOTION_PROPOSED,))


def review(state: State, case: Case) -> Outcome:
    """The scheduled review: as an evaluation, and then the tier that is held has to be met."""
    asked = replace(state, next_review=case.review(), refused="")
    found = evaluate(asked, case)
    if found.effects or found.state.falls_on is not None:
        return found
    return judge(asked, case)


def judge(state: State, case: Case) -> Outcome:
    """Confirmed, a grace period or a proposed demotion; what is missing is asked for."""
    here = case.eligibility.of(state.tier)
    if here == Answer.YES:
        return Outcome(settled(state), (Effect.CONFIRMED,))
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


def evaluate_promotion(state: State, case: Case) -> Outcome:
    """A promotion that waits follows the figures; it is withdrawn where they no longer carry it."""
    higher = case.eligibility.tier
    if case.rank(higher) > case.rank(state.tier):
        if higher == state.proposed:
            return Outcome(state)
        return Outcome(replace(state, proposed=higher), (Effect.PROMOTION_PROPOSED,))
    return Outcome(back(state), (Effect.PROMOTION_WITHDRAWN,))


def evaluate_demotion(state: State, case: Case) -> Outcome:
    """A demotion that waits is withdrawn once the tier, or a higher one, is met."""
    above = case.rank(case.eligibility.tier) > case.rank(state.tier)
    if not above and case.eligibility.of(state.tier) != Answer.YES:
        return Outcome(state)
    after = evaluate(settled(state), case)
    return Outcome(after.state, (Effect.DEMOTION_WITHDRAWN, *after.effects))


def fall(state: State, case: Case) -> Outcome:
    """The day of an approved demotion."""
    day = state.falls_on or case.today
    lower = state.proposed if case.rank(state.proposed) else below(state.tier, case)
    return Outcome(moved(state, lower, day), (Effect.DEMOTED,))


def later(state: State, case: Case) -> Outcome:
    """A review passes by: something else waits, or nothing counts at present."""
    return Outcome(replace(state, next_review=case.review()))


def then_later(rule: Rule) -> Rule:
    def both(state: State, case: Case) -> Outcome:
        return rule(replace(state, next_review=case.review()), case)

    return both


def nothing(state: State, _case: Case) -> Outcome:
    """Evaluated in the shadow: what it says is kept, nothing moves."""
    return Outcome(state)
