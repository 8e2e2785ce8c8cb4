"""The oracles of the domain specification, and properties that hold for every course of a case."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.business_time import (
    BusinessCalendar,
    add_business_time,
    business_time_between,
)
from plugins.conflicts.rules import clocks, confidentiality, metrics, neutrality
from plugins.conflicts.rules.acts import RULES, missing, possible
from plugins.conflicts.rules.confidentiality import Paper, Reader, may_read
from plugins.conflicts.rules.guards import DESK, Actor, Facts
from plugins.conflicts.rules.machine import ACTIONS, BOTH, Event, State, apply, replay
from plugins.conflicts.rules.metrics import Ended
from plugins.conflicts.rules.turns import turn

BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAY = date(2026, 3, 9)


def moment(text: str) -> datetime:
    """A local time in Berlin as naive UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)


def hours_of(*days_off: date) -> clocks.Hours:
    calendar = BusinessCalendar("Europe/Berlin", days_off=frozenset(days_off))
    return clocks.Hours(
        lambda start, end: business_time_between(start, end, calendar) / timedelta(hours=1),
        lambda start, hours: add_business_time(start, timedelta(hours=hours), calendar),
    )


def event(action: str, at: str, side: str = "host", **detail) -> Event:
    return Event(0, moment(at), side, action, detail)


# ---- [C1], [C2]: clocks


@pytest.mark.parametrize(
    ("start", "hours", "due", "off"),
    [
        ("2026-03-06T16:00", 16, "2026-03-10T16:00", ()),
        ("2026-03-06T16:00", 16, "2026-03-11T16:00", (HOLIDAY,)),
        ("2026-03-07T11:00", 16, "2026-03-10T17:00", ()),
        ("2026-03-27T15:00", 8, "2026-03-30T15:00", ()),
    ],
)
def test_c1_a_clock_is_due_after_its_business_hours(start, hours, due, off):
    raised = event("submit", start, severity="normal", text=1)
    days = {"ack": hours // 8}
    clock = clocks.clocks([raised], moment(start), hours_of(*off), days)["ack"]
    assert clock.due == moment(due)


def test_c2_a_pause_is_left_out():
    log = [
        event("submit", "2026-03-06T16:00", severity="normal", text=1),
        event("ask_pause", "2026-03-09T12:00", until="2026-03-30T10:00:00"),
        event("agree_pause", "2026-03-09T13:00", "partner"),
        event("resume", "2026-03-11T10:00"),
    ]
    now = moment("2026-03-12T12:00")
    assert hours_of().between(log[0].at, now) == 28
    assert hours_of().between(log[2].at, log[3].at) == 13
    assert clocks.clocks(log, now, hours_of(), {})["stage1"].elapsed == 15


def test_severity_shortens_and_lengthens_a_clock():
    assert [clocks.budget("stage1", s, {}) for s in ("critical", "high", "normal", "low")] == [
        *(40, 60, 80, 120)
    ]


def test_a_clock_warns_at_three_quarters():
    clock = clocks.Clock("ack", moment("2026-03-06T16:00"), 12, 16, None, True)
    assert clock.warned
    assert not clock.breached


def test_the_mediators_clock_runs_from_the_escalation_to_the_appointment():
    log = [
        event("submit", "2026-03-02T09:00", severity="normal", text=1),
        event("acknowledge", "2026-03-02T10:00", "partner"),
        event("escalate", "2026-03-03T09:00"),
        event("propose_mediator", "2026-03-04T09:00", mediator=1),
    ]
    found = clocks.clocks(log, moment("2026-03-04T17:00"), hours_of(), {})
    assert set(found) == {"mediator", "stage2"}
    assert found["mediator"].elapsed == 16
    log.append(event("appoint", "2026-03-05T09:00"))
    assert set(clocks.clocks(log, moment("2026-03-05T10:00"), hours_of(), {})) == {"stage2"}


def test_a_reopened_case_gets_its_time_anew():
    log = [
        event("submit", "2026-03-02T09:00", severity="normal", text=1),
        event("withdraw", "2026-03-03T09:00"),
        event("reopen", "2026-03-05T09:00"),
    ]
    assert clocks.clocks(log, moment("2026-03-05T12:00"), hours_of(), {})["stage1"].elapsed == 3


@st.composite
def courses(draw):
    """A log of pauses and resumptions, in minutes after a start that spans a change of clocks."""
    minutes = draw(st.lists(st.integers(1, 4000), min_size=2, max_size=7))
    at, log = moment("2026-03-26T08:13"), []
    log.append(Event(1, at, "host", "submit", {"severity": draw(st.sampled_from(("low", "high")))}))
    for number, gap in enumerate(minutes[:-1]):
        at += timedelta(minutes=gap)
        if number % 2 == 0:
            until = at + timedelta(minutes=draw(st.integers(1, 6000)))
            log.append(Event(0, at, "host", "ask_pause", {"until": until.isoformat()}))
            log.append(Event(0, at, "partner", "agree_pause", {}))
        else:
            log.append(Event(0, at, "host", "resume", {}))
    return log, at + timedelta(minutes=minutes[-1])


def minutes_counted(log, now) -> int:
    """Open business minutes, one by one."""
    found, at = 0, log[0].at
    while at < now:
        state = replay([one for one in log if one.at <= at])
        held = state.status == "paused" and at < state.pause_until
        local = at.replace(tzinfo=UTC).astimezone(BERLIN)
        works = local.isoweekday() < 6 and local.date() != date(2026, 4, 3)
        found += not held and works and time(9) <= local.time() < time(17)
        at += timedelta(minutes=1)
    return found


@given(courses())
@settings(max_examples=12, deadline=None)
def test_a_clock_equals_a_count_minute_by_minute(course):
    log, now = course
    clock = clocks.clocks(log, now, hours_of(date(2026, 4, 3)), {})["stage1"]
    assert round(clock.elapsed * 60) == minutes_counted(log, now)


# ---- [C3]: metrics


def ended(outcome: str, stage: int = 1, *, reopened: bool = False, n: int = 0) -> metrics.Ended:
    at = datetime(2026, 1, 1)
    return metrics.Ended(n, outcome, stage, "financial", ("money",), at, at, reopened)


def test_c3_resolution_escalation_and_recurrence():
    cases = [ended("resolved", 2 if n < 5 else 1, reopened=n < 3, n=n) for n in range(18)]
    cases += [ended("unresolved", 2 if n < 2 else 1, n=100 + n) for n in range(4)]
    cases += [ended("withdrawn", n=200 + n) for n in range(3)]
    assert metrics.resolution(cases).value == Fraction(18, 22)
    assert metrics.escalation(cases).value == Fraction(7, 25)
    assert metrics.recurrence(cases).value == Fraction(3, 18)


def test_the_same_cause_with_the_same_partner_within_180_days_recurs():
    first, later = ended("resolved"), ended("unresolved")
    later = replace(later, raised_at=first.closed_at + timedelta(days=180))
    assert metrics.recurrence([first, later], fewest=1).value == 1
    later = replace(later, raised_at=first.closed_at + timedelta(days=181))
    assert metrics.recurrence([first, later], fewest=1).value == 0


def test_a_share_of_few_is_not_told():
    assert metrics.resolution([ended("resolved")] * 4).value is None


def test_one_small_count_hides_another_so_that_it_cannot_be_worked_out():
    assert metrics.told({"a": 3, "b": 9, "c": 7}) == {"a": None, "b": 9, "c": None}
    assert metrics.told({"a": 3, "b": 4, "c": 7}) == {"a": None, "b": None, "c": 7}
    assert metrics.told({"a": 0, "b": 9}) == {"a": 0, "b": 9}


# ---- Neutrality

STAKES = neutrality.Stakes(
    reporters=frozenset({1}),
    respondents=frozenset({2}),
    managers=frozenset({3}),
    owner=frozenset({4}),
    team=frozenset({4, 5}),
    staff_emails=frozenset({"ada@host.example"}),
    contact_emails=frozenset({"ines@partner.example", "x@gmail.com"}),
)


@pytest.mark.parametrize(
    ("person", "words"),
    [(1, "raised"), (2, "takes part"), (3, "line manager"), (4, "owns"), (5, "team")],
)
def test_whoever_has_a_stake_is_refused_with_the_reason(person, words):
    (reason,) = neutrality.against_staff(person, STAKES)
    assert words in str(reason)


def test_somebody_of_ours_without_a_stake_may_facilitate():
    assert neutrality.against_staff(6, STAKES) == ()


@pytest.mark.parametrize(
    ("email", "words"),
    [("Other@partner.example", "partner’s"), ("new@host.example", "our organisation")],
)
def test_an_outsider_works_for_neither_side(email, words):
    (reason,) = neutrality.against_address(email, STAKES)
    assert words in str(reason)


def test_a_public_mail_service_says_nothing_about_an_employer():
    assert neutrality.against_address("neutral@gmail.com", STAKES) == ()


def test_line_managers_are_followed_to_the_top():
    assert neutrality.chain_of({1}, {1: 2, 2: 3, 3: 1}) == {1, 2, 3}


# ---- Confidentiality

PAPERS = st.builds(
    Paper,
    st.sampled_from(confidentiality.LEVELS),
    st.sampled_from(("host", "partner", "mediator")),
    st.integers(1, 4),
    st.frozensets(st.integers(1, 4)),
)
READERS = st.builds(
    Reader,
    st.sampled_from(("full", "glass", "outline", "")),
    st.sampled_from(("host", "partner", "mediator", "")),
    st.integers(1, 4),
)


@given(READERS, PAPERS)
def test_nobody_reads_above_their_level(reader, paper):
    if not may_read(reader, paper):
        return
    assert reader.right in ("full", "glass")
    if reader.right == "glass":
        assert paper.level == "parties"
    elif paper.author != reader.participant:
        across = {"host": "partner", "partner": "host"}.get(reader.side)
        assert paper.level != "mediator_only"
        assert not (paper.level in ("own_side", "caucus") and paper.side == across)
        assert not (paper.level == "own_side" and reader.side == "mediator")
        assert paper.level != "named" or reader.participant in paper.named


# ---- The state machine

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
FACTS = st.builds(Facts, *[st.booleans()] * 9)


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


def test_time_is_told_by_category_and_stage_and_small_cells_are_hidden() -> None:
    def cases(category: str, stage: int, *hours: float) -> list[Ended]:
        day = datetime(2026, 1, 5)
        return [
            Ended(1, "resolved", stage, category, (), day, day, hours=((stage, spent),))
            for spent in hours
        ]

    found = metrics.by_category_and_stage(
        [
            *cases("operational", 1, 1, 2, 3, 4, 90),
            *cases("financial", 1, 5, 5, 5, 5, 5, 5),
            *cases("brand", 1, 8),
            *cases("operational", 2, 10, 20, 30, 40, 50),
        ],
        ("operational", "financial", "brand", "people"),
    )
    assert found == {
        "operational": {1: (None, None), 2: (5, 30), 3: (0, None)},
        "financial": {1: (6, 5), 2: (0, None), 3: (0, None)},
        "brand": {1: (None, None), 2: (0, None), 3: (0, None)},
    }
