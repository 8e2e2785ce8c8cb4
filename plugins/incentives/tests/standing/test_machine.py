"""How a tier changes: each row of the table of states, with its guards."""

from contextlib import suppress
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.api import Answer, Calendar, Refusal
from plugins.incentives.programmes.definition import Definition, Promotion, Tier
from plugins.incentives.standing.cases import Act, Case
from plugins.incentives.standing.evaluate import Eligibility
from plugins.incentives.standing.machine import TRANSITIONS, enrol, step
from plugins.incentives.standing.state import Effect, Event, Override, Phase, State, due

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
LADDER = Definition(tiers=(Tier("bronze", "B"), Tier("silver", "S"), Tier("gold", "G")))
BY_REVIEW = replace(LADDER, promotion=Promotion.REVIEW)
CALENDAR = Calendar()
START, REVIEW = date(2026, 1, 15), date(2026, 4, 1)
WHY = "They told us why, and it is on record."


def says(silver: Answer = NO, gold: Answer = NO) -> Eligibility:
    """What the figures carry; the lowest tier asks for nothing."""
    answers = {"bronze": YES, "silver": silver, "gold": gold}
    reached = [key for key, answer in answers.items() if answer == YES]
    return Eligibility(reached[-1], answers, {})


def case(
    eligibility: Eligibility, today: date = REVIEW, definition: Definition = LADDER, **act: object
) -> Case:
    """What a step looks at."""
    return Case(eligibility, definition, today, CALENDAR, Act(**act))


def at(phase: Phase = Phase.ACTIVE, tier: str = "gold", **more: object) -> State:
    """A partner at a tier, reviewed in April."""
    return State(**({"phase": phase, "tier": tier, "since": START, "next_review": REVIEW} | more))


GRACE = at(Phase.GRACE, grace_until=date(2026, 6, 30), next_review=date(2026, 7, 1))
PROMOTION = at(Phase.PROMOTION_PROPOSED, "bronze", proposed="silver")
DEMOTION = at(Phase.DEMOTION_PROPOSED, proposed="silver", grace_until=date(2026, 6, 30))
OVERRIDDEN = at(Phase.OVERRIDDEN, "bronze", override=Override("gold", date(2026, 5, 31), True))
ASKED = at(Phase.ACTIVE, "bronze", override=Override("gold", date(2026, 5, 31)))
WAITING = at(unknown_since=REVIEW, next_review=date(2026, 7, 1))


def test_the_whole_way_down_takes_a_grace_period_a_proposal_and_an_approval():
    # [I3] Gold, review 2026-04-01 = no, eligible Bronze
    reviewed = step(at(), Event.REVIEW, case(says(), date(2026, 4, 1)))
    assert reviewed.effects == (Effect.GRACE_STARTED,)
    assert (reviewed.state.phase, reviewed.state.grace_until) == (Phase.GRACE, date(2026, 6, 30))
    assert (reviewed.state.held, reviewed.state.next_review) == ("gold", date(2026, 7, 1))
    again = step(reviewed.state, Event.REVIEW, case(says(), date(2026, 7, 1)))
    assert again.effects == (Effect.DEMOTION_PROPOSED,)
    assert (again.state.proposed, again.state.held) == ("silver", "gold")
    approved = step(again.state, Event.APPROVE, case(says(), date(2026, 7, 3)))
    assert (approved.state.phase, approved.state.held) == (Phase.ACTIVE, "gold")
    assert approved.state.falls_on == date(2026, 8, 1)
    assert due(approved.state, date(2026, 7, 31)) == [Event.EVALUATE]
    assert due(approved.state, date(2026, 8, 1)) == [Event.FALL, Event.EVALUATE]
    fallen = step(approved.state, Event.FALL, case(says(), date(2026, 8, 1)))
    assert fallen.effects == (Effect.DEMOTED,)
    assert (fallen.state.held, fallen.state.since) == ("silver", date(2026, 8, 1))
    assert fallen.state.falls_on is None


@pytest.mark.parametrize(
    ("state", "event", "found", "phase", "held", "effects"),
    [
        (at(tier="bronze"), Event.EVALUATE, says(gold=YES), Phase.ACTIVE, "gold", "promoted"),
        (at(tier="bronze"), Event.EVALUATE, says(UNKNOWN), Phase.ACTIVE, "bronze", ""),
        (at(), Event.EVALUATE, says(), Phase.ACTIVE, "gold", ""),
        (at(), Event.REVIEW, says(gold=YES), Phase.ACTIVE, "gold", "confirmed"),
        (at(), Event.REVIEW, says(gold=UNKNOWN), Phase.ACTIVE, "gold", "data_missing"),
        (at(tier="bronze"), Event.REVIEW, says(), Phase.ACTIVE, "bronze", "confirmed"),
        (at(tier="silver"), Event.REVIEW, says(gold=YES), Phase.ACTIVE, "gold", "promoted"),
        (GRACE, Event.EVALUATE, says(gold=YES), Phase.ACTIVE, "gold", "recovered"),
        (GRACE, Event.EVALUATE, says(gold=UNKNOWN), Phase.GRACE, "gold", ""),
        (GRACE, Event.REVIEW, says(), Phase.GRACE, "gold", ""),  # the grace period runs
        (DEMOTION, Event.EVALUATE, says(gold=YES), Phase.ACTIVE, "gold", "demotion_withdrawn"),
        (DEMOTION, Event.EVALUATE, says(gold=UNKNOWN), Phase.DEMOTION_PROPOSED, "gold", ""),
        (DEMOTION, Event.APPROVE, says(gold=YES), Phase.ACTIVE, "gold", "demotion_withdrawn"),
        (DEMOTION, Event.REJECT, says(), Phase.ACTIVE, "gold", "demotion_rejected"),
        (PROMOTION, Event.EVALUATE, says(YES), Phase.PROMOTION_PROPOSED, "bronze", ""),
        (PROMOTION, Event.EVALUATE, says(NO), Phase.ACTIVE, "bronze", "promotion_withdrawn"),
        (PROMOTION, Event.APPROVE, says(YES), Phase.ACTIVE, "silver", "promoted"),
        (PROMOTION, Event.REJECT, says(YES), Phase.ACTIVE, "bronze", "promotion_rejected"),
        (OVERRIDDEN, Event.EVALUATE, says(), Phase.OVERRIDDEN, "gold", ""),
        (OVERRIDDEN, Event.REVIEW, says(), Phase.OVERRIDDEN, "gold", ""),
        (OVERRIDDEN, Event.REVOKE, says(YES), Phase.ACTIVE, "silver", "override_revoked"),
        (OVERRIDDEN, Event.EXPIRE, says(YES), Phase.ACTIVE, "silver", "override_expired"),
        (ASKED, Event.CONFIRM_OVERRIDE, says(), Phase.OVERRIDDEN, "gold", "overridden"),
        (ASKED, Event.DECLINE_OVERRIDE, says(), Phase.ACTIVE, "bronze", "override_declined"),
        (GRACE, Event.FREEZE, says(), Phase.FROZEN, "", "frozen"),
        (at(Phase.FROZEN), Event.THAW, says(), Phase.ACTIVE, "gold", "thawed"),
        (at(Phase.FROZEN), Event.REVIEW, says(), Phase.FROZEN, "", ""),
        (OVERRIDDEN, Event.LEAVE, says(), Phase.LEFT, "", "left"),
    ],
)
def test_each_row_of_the_table_leads_where_it_says(state, event, found, phase, held, effects):
    after = step(state, event, case(found, reason=WHY))
    assert (after.state.phase, after.state.held) == (phase, held)
    assert " ".join(after.effects) == effects


def test_a_higher_tier_is_proposed_where_the_programme_wants_it_reviewed():
    after = step(at(tier="bronze"), Event.EVALUATE, case(says(YES), definition=BY_REVIEW))
    assert (after.state.phase, after.state.proposed) == (Phase.PROMOTION_PROPOSED, "silver")
    assert after.state.held == "bronze"


def test_a_promotion_that_was_rejected_is_proposed_again_after_the_next_review():
    rejected = step(PROMOTION, Event.REJECT, case(says(YES), definition=BY_REVIEW, reason=WHY))
    nightly = step(rejected.state, Event.EVALUATE, case(says(YES), definition=BY_REVIEW))
    assert nightly.effects == ()
    reviewed = step(rejected.state, Event.REVIEW, case(says(YES), definition=BY_REVIEW))
    assert reviewed.effects == (Effect.PROMOTION_PROPOSED,)


def test_a_promotion_that_is_rejected_in_a_grace_period_leaves_it_running():
    proposed = replace(PROMOTION, grace_until=date(2026, 6, 30))
    after = step(proposed, Event.REJECT, case(says(YES), reason=WHY))
    assert after.state.phase == Phase.GRACE


def test_unknown_at_the_review_that_ends_the_grace_period_keeps_it_open():
    after = step(GRACE, Event.REVIEW, case(says(gold=UNKNOWN), date(2026, 7, 1)))
    assert (after.state.phase, after.effects) == (Phase.GRACE, (Effect.DATA_MISSING,))


def test_figures_may_be_declared_missed_once_the_review_has_waited_long_enough():
    with pytest.raises(Refusal, match="from 2026-06-30 on"):
        step(WAITING, Event.DECLARE, case(says(), date(2026, 6, 29), reason=WHY))
    after = step(WAITING, Event.DECLARE, case(says(), date(2026, 6, 30), reason=WHY))
    assert after.effects == (Effect.MISSED_DECLARED, Effect.GRACE_STARTED)
    assert after.state.declared == date(2026, 6, 30)


def test_without_the_one_step_a_demotion_leads_to_what_is_not_missed():
    steep = replace(LADDER, one_step=False)
    for silver, lower in ((NO, "bronze"), (UNKNOWN, "silver"), (YES, "silver")):
        after = step(DEMOTION, Event.APPROVE, case(says(silver), definition=steep))
        assert after.state.proposed == lower


def test_an_approved_demotion_is_taken_back_where_the_figures_are_restated_in_time():
    falling = at(proposed="silver", falls_on=date(2026, 8, 1))
    after = step(falling, Event.EVALUATE, case(says(gold=YES)))
    assert (after.state.falls_on, after.effects) == (None, (Effect.DEMOTION_WITHDRAWN,))


def test_a_review_between_approval_and_fall_starts_no_second_grace_period():
    falling = at(proposed="silver", falls_on=date(2026, 8, 1))
    after = step(falling, Event.REVIEW, case(says()))
    assert (after.state.falls_on, after.effects) == (date(2026, 8, 1), ())


def test_a_tier_whose_figures_are_unknown_is_not_lost_with_an_override():
    held = replace(OVERRIDDEN, tier="silver")
    after = step(held, Event.EXPIRE, case(says(UNKNOWN)))
    assert after.state.held == "silver"


def test_an_override_holds_to_the_end_of_its_last_day():
    assert due(OVERRIDDEN, date(2026, 5, 31))[0] != Event.EXPIRE
    assert due(OVERRIDDEN, date(2026, 6, 1))[0] == Event.EXPIRE


def test_an_override_is_in_force_again_once_the_partnership_resumes():
    frozen = step(OVERRIDDEN, Event.FREEZE, case(says())).state
    assert step(frozen, Event.THAW, case(says(), date(2026, 5, 31))).state.held == "gold"
    assert step(frozen, Event.THAW, case(says(), date(2026, 6, 1))).state.held == "bronze"


@pytest.mark.parametrize(
    ("state", "event", "found", "act", "missing"),
    [
        (at(), Event.APPROVE, says(), {}, "not possible now"),
        (PROMOTION, Event.APPROVE, says(UNKNOWN), {}, "no longer carry"),
        (PROMOTION, Event.REJECT, says(YES), {"reason": "no"}, "at least 10"),
        (DEMOTION, Event.APPROVE, says(gold=UNKNOWN), {}, "figures are missing"),
        (DEMOTION, Event.REJECT, says(), {}, "at least 10"),
        (at(), Event.DECLARE, says(), {"reason": WHY}, "No review waits"),
        (
            replace(WAITING, unknown_since=date(2025, 1, 1)),
            *(Event.DECLARE, says(gold=UNKNOWN), {"reason": WHY}, "not a figure"),
        ),
        (at(), Event.ASK_OVERRIDE, says(), {"reason": "x" * 19}, "at least 20"),
        (at(), Event.ASK_OVERRIDE, says(), {"reason": WHY, "tier": "tin"}, "Choose one"),
        (at(), Event.ASK_OVERRIDE, says(), {"reason": WHY, "tier": "gold"}, "already"),
        (at(), Event.ASK_OVERRIDE, says(), {"reason": WHY, "tier": "silver"}, "until when"),
        (
            *(at(), Event.ASK_OVERRIDE, says()),
            {"reason": WHY, "tier": "silver", "expires": date(2027, 4, 3)},
            "twelve months",
        ),
        (ASKED, Event.ASK_OVERRIDE, says(), {"reason": WHY, "tier": "silver"}, "stands or waits"),
        (at(), Event.CONFIRM_OVERRIDE, says(), {}, "No override waits"),
        (OVERRIDDEN, Event.REVOKE, says(), {}, "at least 10"),
        (at(Phase.LEFT), Event.EVALUATE, says(), {}, "not possible now"),
    ],
)
def test_a_refused_event_says_what_is_missing(state, event, found, act, missing):
    with pytest.raises(Refusal) as refused:
        step(state, event, case(found, **act))
    assert missing in refused.value.message % refused.value.params


def test_an_override_may_hold_for_a_whole_year():
    wanted = {"reason": WHY, "tier": "silver", "expires": date(2027, 4, 1)}
    after = step(at(), Event.ASK_OVERRIDE, case(says(), **wanted))
    assert after.state.held == "gold"
    assert after.state.override == Override("silver", date(2027, 4, 1))


@pytest.mark.parametrize(
    ("eligible", "status", "missing"),
    [(("reseller",), "active", "this type"), ((), "suspended", "does not run")],
)
def test_whoever_cannot_take_part_is_not_enrolled(eligible, status, missing):
    programme = replace(LADDER, eligible=eligible)
    with pytest.raises(Refusal, match=missing):
        enrol(programme, partner_type="supplier", status=status, today=START, calendar=CALENDAR)


def test_whoever_is_enrolled_begins_at_the_lowest_tier():
    after = enrol(LADDER, partner_type="reseller", status="active", today=START, calendar=CALENDAR)
    assert after.state == State(Phase.ACTIVE, "bronze", START, REVIEW)


def test_a_tier_that_a_later_version_no_longer_has_is_left_for_what_the_figures_say():
    after = step(at(tier="platinum"), Event.EVALUATE, case(says(YES)))
    assert (after.state.held, after.effects[0]) == ("silver", Effect.TIER_GONE)


# ---- Properties

some_answers = st.sampled_from([YES, NO, UNKNOWN])
days = st.dates(date(2026, 4, 1), date(2027, 12, 31))
by_itself = st.sampled_from([Event.EVALUATE, Event.REVIEW])


@given(st.lists(st.tuples(by_itself, days, some_answers), max_size=12), st.sampled_from([0, 90]))
def test_unknown_never_takes_a_tier_away_and_never_grants_one(events, grace):
    ladder = replace(LADDER, grace_days=grace)
    state = at()
    for event, day, _ in sorted(events, key=lambda one: one[1]):
        state = step(state, event, case(says(UNKNOWN, UNKNOWN), day, ladder)).state
        assert (state.held, state.phase) == ("gold", Phase.ACTIVE)
    climbing = at(tier="bronze")
    for event, day, _ in events:
        climbing = step(climbing, event, case(says(UNKNOWN, UNKNOWN), day, ladder)).state
        assert climbing.held == "bronze"


@given(st.lists(st.tuples(by_itself, days, some_answers, some_answers), max_size=16))
def test_no_tier_is_lost_without_somebodys_approval(events):
    state = at()
    for event, day, silver, gold in sorted(events, key=lambda one: one[1]):
        if (state.phase, event) in TRANSITIONS:
            state = step(state, event, case(says(silver, gold), day)).state
        assert state.held == "gold"


def test_every_row_of_the_table_is_answered_or_refused_whatever_the_figures_say():
    states = [at(), GRACE, PROMOTION, DEMOTION, OVERRIDDEN, ASKED, at(Phase.FROZEN)]
    wanted = {"reason": WHY, "tier": "silver", "expires": date(2026, 9, 1)}
    for state, event, silver, gold in product(states, Event, Answer, Answer):
        with suppress(Refusal):
            after = step(state, event, case(says(silver, gold), **wanted))
            assert after.state.held in ("", "bronze", "silver", "gold")
