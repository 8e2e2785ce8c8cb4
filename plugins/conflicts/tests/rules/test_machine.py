"""The course of a case: what each act asks for, and what holds whatever is tried."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.conflicts.rules.acts import RULES, missing, possible
from plugins.conflicts.rules.guards import DESK, Actor, Facts
from plugins.conflicts.rules.machine import ACTIONS, apply, replay
from plugins.conflicts.rules.state import BOTH, FOR_PARTNER, Event, State
from plugins.conflicts.rules.turns import turn

NOTHING = Facts()
HOST, PARTNER = Actor("host", signs=True, executive=True), Actor("partner", True, True)
ADMIN = replace(HOST, admin=True)
MEDIATOR = Actor("mediator")
REPORT = {"text": 1, "category": "financial", "severity": "normal", "respondents": 1}


class Course:
    """A case that is led on, act by act."""

    def __init__(self) -> None:
        self.log: list[Event] = []

    @property
    def state(self) -> State:
        return replay(self.log)

    def refused(self, actor: Actor, action: str, facts: Facts = NOTHING, **detail) -> str:
        return " ".join(str(one) for one in missing(self.state, actor, action, detail, facts))

    def act(self, actor: Actor, action: str, facts: Facts = NOTHING, **detail) -> "Course":
        assert not (why := self.refused(actor, action, facts, **detail)), (action, why)
        at = datetime(2026, 3, 2) + timedelta(hours=len(self.log))
        self.log.append(Event(len(self.log) + 1, at, actor.side, action, detail))
        return self

    def raised(self) -> "Course":
        return self.act(HOST, "submit", **REPORT)

    def understood(self) -> "Course":
        self.raised().act(PARTNER, "acknowledge").act(PARTNER, "position", text=2)
        self.act(HOST, "restate", text=3, of=2).act(PARTNER, "restate", text=4, of=1)
        self.act(HOST, "confirm_restatement", about=4)
        self.act(PARTNER, "confirm_restatement", about=3)
        self.act(HOST, "propose_statement", text=5).act(PARTNER, "accept_statement", about=5)
        self.act(PARTNER, "name_causes", causes=["money"])
        return self.act(HOST, "confirm_issue").act(PARTNER, "confirm_issue")

    def agreed(self) -> "Course":
        self.understood().act(HOST, "propose", text=6).act(PARTNER, "propose", text=7)
        self.act(HOST, "accept", about=7).act(HOST, "plan", count=1, hash="h", plan=1)
        return self.act(HOST, "sign", hash="h").act(PARTNER, "sign", hash="h")


def test_a_case_goes_from_raise_to_close():
    course = Course().agreed()
    assert course.state.status == "agreed"
    course.act(HOST, "complete", Facts(tasks_settled=True))
    course.act(PARTNER, "confirm_complete", Facts(tasks_settled=True))
    assert course.state.status == "resolved"
    course.act(HOST, "agree_close").act(PARTNER, "agree_close")
    assert (course.state.status, course.state.outcome) == ("closed", "resolved")


def test_what_is_missing_says_who_can_supply_it():
    course = Course().raised().act(PARTNER, "acknowledge")
    why = course.refused(HOST, "confirm_issue")
    assert "The partner has not stated its position: its contacts in the case can." in why
    assert "A root cause is missing" in why


def test_a_side_does_not_accept_its_own_proposal():
    course = Course().understood().act(HOST, "propose", text=6)
    assert "your own" in course.refused(HOST, "accept", about=6)


def test_an_older_proposal_is_not_accepted_any_more():
    course = Course().understood().act(HOST, "propose", text=6).act(HOST, "propose", text=7)
    assert "newer" in course.refused(PARTNER, "accept", about=6)


def test_a_contact_who_may_not_sign_is_told_whom_to_ask():
    course = Course().understood().act(HOST, "propose", text=6)
    assert "may sign" in course.refused(Actor("partner"), "accept", about=6)


def test_what_the_mediator_proposes_both_accept():
    course = Course().understood().act(HOST, "ask_escalation").act(PARTNER, "ask_escalation")
    course.act(ADMIN, "propose_mediator", mediator=1)
    course.act(HOST, "consent", about=1).act(PARTNER, "consent", about=1).act(MEDIATOR, "declare")
    course.act(DESK, "appoint").act(MEDIATOR, "propose", text=9).act(HOST, "accept", about=9)
    assert course.state.step == "explore"
    assert course.act(PARTNER, "accept", about=9).state.step == "agree"


def test_both_sign_the_same_text():
    course = Course().understood().act(HOST, "propose", text=6).act(PARTNER, "accept", about=6)
    course.act(HOST, "plan", count=1, hash="h", plan=1).act(HOST, "sign", hash="h")
    course.act(PARTNER, "plan", count=2, hash="k", plan=2)
    assert "changed meanwhile" in course.refused(PARTNER, "sign", hash="h")
    assert course.state.signed_by == frozenset()


def test_a_changed_position_is_restated_anew():
    course = Course().raised().act(PARTNER, "position", text=2).act(HOST, "restate", text=3, of=2)
    course.act(PARTNER, "confirm_restatement", about=3).act(PARTNER, "position", text=8)
    assert "how it understood the partner" in course.refused(PARTNER, "confirm_issue")


def test_one_side_escalates_after_a_full_exchange_or_the_end_of_the_time():
    course = Course().raised()
    assert "both have stated" in course.refused(PARTNER, "escalate")
    assert not course.refused(PARTNER, "escalate", Facts(stage_expired=True))
    assert course.act(PARTNER, "position", text=2).act(HOST, "escalate").state.stage == 2


def test_twice_the_time_to_acknowledge_escalates_by_itself():
    course = Course().raised()
    assert course.refused(DESK, "escalate")
    assert course.act(DESK, "escalate", Facts(ack_doubled=True)).state.stage == 2


def test_a_mediator_needs_both_consents_and_the_declaration():
    course = Course().raised().act(HOST, "escalate", Facts(stage_expired=True))
    course.act(ADMIN, "propose_mediator", mediator=1)
    why = course.refused(DESK, "appoint")
    for words in ("Our side has not consented", "The partner has not", "declaration"):
        assert words in why


def test_two_vetoes_bring_somebody_from_outside():
    course = Course().raised().act(HOST, "escalate", Facts(stage_expired=True))
    for number in (1, 2):
        course.act(ADMIN, "propose_mediator", mediator=number, internal=True)
        course.act(PARTNER, "veto", about=number)
    assert "from outside" in course.refused(ADMIN, "propose_mediator", mediator=3, internal=True)
    assert not course.refused(ADMIN, "propose_mediator", mediator=3)


def test_a_third_stage_opens_on_impasse_and_ends_by_referral_with_a_document():
    course = Course().raised().act(HOST, "escalate", Facts(stage_expired=True))
    assert "impasse" in course.refused(HOST, "escalate")
    course.act(HOST, "decline_mediation").act(PARTNER, "escalate")
    assert "Attach the document" in course.refused(ADMIN, "refer", outcome="referred")
    course.act(ADMIN, "refer", outcome="terminated", file=1)
    assert course.state.outcome == "terminated"


def test_executives_of_both_sides_choose_the_route():
    course = Course().raised().act(HOST, "escalate", Facts(stage_expired=True))
    course.act(HOST, "decline_mediation").act(HOST, "escalate")
    assert "executive" in course.refused(Actor("host", True), "propose_route", route="coach")
    course.act(HOST, "propose_route", route="coach")
    assert course.refused(HOST, "agree_route", about="coach")
    assert course.act(PARTNER, "agree_route", about="coach").state.step == "explore"


def test_a_broken_plan_opens_the_case_again():
    course = Course().agreed()
    assert course.refused(DESK, "broken")
    state = course.act(DESK, "broken", Facts(tasks_broken=True)).state
    assert (state.status, state.step, state.signed_by) == ("open", "explore", frozenset())


def test_withdrawing_is_at_once_before_anybody_has_seen_it_and_later_open_to_objection():
    reporter = replace(HOST, reporter=True)
    assert Course().raised().act(reporter, "withdraw").state.outcome == "withdrawn"
    seen = Course().raised().act(PARTNER, "acknowledge").act(reporter, "withdraw")
    assert seen.state.status == "open"
    assert seen.refused(DESK, "withdrawn")
    assert seen.act(PARTNER, "keep").state.withdrawn_at is None


def test_a_pause_needs_both_and_ends_by_itself():
    course = Course().raised().act(HOST, "ask_pause", until="2026-03-20T12:00:00")
    assert course.refused(HOST, "agree_pause")
    assert course.act(PARTNER, "agree_pause").state.status == "paused"
    assert course.refused(DESK, "resume")
    assert course.act(DESK, "resume", Facts(pause_over=True)).state.status == "open"


def test_an_old_case_is_not_reopened():
    course = Course().raised().act(replace(HOST, reporter=True), "withdraw")
    assert "within 90 days" in course.refused(HOST, "reopen", Facts(reopenable=False), text=9)


def test_every_rule_is_an_event_that_moves_the_state():
    assert set(RULES) == set(ACTIONS)


ACTORS = [HOST, PARTNER, ADMIN, MEDIATOR, DESK, Actor("partner"), replace(HOST, reporter=True)]
DETAILS = st.fixed_dictionaries(
    {
        "text": st.integers(0, 3),
        "of": st.integers(0, 3),
        "about": st.integers(0, 3),
        "hash": st.sampled_from(("", "h", "k")),
        "plan": st.just(1),
        "count": st.integers(0, 2),
        "causes": st.lists(st.sampled_from(("money", "resource", "bogus")), max_size=2),
        "severity": st.sampled_from(("low", "normal", "x")),
        "category": st.sampled_from(("brand", "x")),
        "respondents": st.integers(0, 1),
        "mediator": st.integers(1, 3),
        "internal": st.booleans(),
        "route": st.sampled_from(("coach", "x")),
        "file": st.integers(0, 1),
        "outcome": st.sampled_from(("referred", "terminated", "resolved")),
        "until": st.just("2026-03-20T12:00:00"),
    }
)
FACTS = st.builds(Facts, *[st.booleans()] * 10)


@given(
    st.sampled_from(("raised", "understood", "agreed")),
    st.lists(
        st.tuples(st.sampled_from(ACTORS), st.sampled_from(ACTIONS), DETAILS, FACTS), max_size=40
    ),
)
@settings(max_examples=300, deadline=None)
def test_no_course_reaches_a_state_without_its_guards(begun, tries):
    log: list[Event] = list(getattr(Course(), begun)().log)
    state = replay(log)
    for actor, action, detail, facts in tries:
        assert turn(state) <= BOTH | {"admin", "mediator"}
        possible(state, actor, facts)
        if missing(state, actor, action, detail, facts):
            continue
        before, at = state, datetime(2026, 3, 2) + timedelta(hours=len(log))
        log.append(Event(len(log) + 1, at, actor.side, action, detail))
        state = apply(state, log[-1])
        _holds(before, state, actor, action, facts)
    assert replay(log) == state


def _holds(before: State, now: State, actor: Actor, action: str, facts: Facts) -> None:
    """What the state table asks for, said without the guards."""
    if now.step == "explore" and before.step == "identify":
        assert now.exchanged
        assert now.heard
        assert now.statement_by == BOTH
        assert now.causes
        assert now.issue_by == BOTH
    if now.step == "agree" and before.step == "explore":
        assert actor.signs
        assert now.proposal_side not in now.accepted_by
    if now.status == "agreed" and before.status != "agreed":
        assert now.signed_by == BOTH
        assert now.plan
        assert before.step == "agree"
    if now.stage > before.stage:
        assert now.stage == before.stage + 1
        assert now.mediator is None or now.stage == 3
        assert actor.side != "system" or facts.ack_doubled
    if now.mediator and not before.mediator:
        assert now.candidate.consents == BOTH
        assert now.candidate.declared
    if now.status == "resolved" and before.status != "resolved":
        assert before.status == "agreed"
        assert facts.tasks_settled
        assert before.done_by != actor.side or facts.silence_over
    if now.outcome in ("unresolved", "referred", "terminated") and not before.outcome:
        assert before.stage == 3
    if now.outcome == "withdrawn" and before.acknowledged and not before.outcome:
        assert facts.silence_over
        assert before.withdrawn_at
    if action == "sign":
        assert before.plan == now.plan
    if len(now.recorded) > len(before.recorded):
        assert actor.side == "host"
        assert actor.signs
        assert now.recorded[-1].text
    if action == "undo":
        assert actor.side == "partner"
        assert not facts.undo_over
        assert now.recorded == before.recorded[:-1]
    assert all(one.action in FOR_PARTNER for one in now.recorded)


def test_a_case_that_nobody_acknowledged_waits_for_a_mediator_once_it_has_climbed():
    course = Course().raised()
    assert turn(course.state) == {"partner"}
    course.act(DESK, "escalate", Facts(ack_doubled=True))
    assert turn(course.state) == {"admin"}
