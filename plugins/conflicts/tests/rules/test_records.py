"""What is recorded on the partner's behalf: with how it said so, until the partner undoes it."""

from dataclasses import replace

import pytest

from plugins.conflicts.rules.acts import possible
from plugins.conflicts.rules.guards import Facts
from plugins.conflicts.rules.state import BOTH
from plugins.conflicts.tests.rules.test_machine import HOST, PARTNER, Course


def accepted() -> Course:
    """Our proposal, and how they accepted it."""
    return (
        Course().understood().act(HOST, "propose", text=6).act(HOST, "accept_for", about=6, text=7)
    )


def signed() -> Course:
    """The same with a plan that we signed for both."""
    course = accepted().act(HOST, "plan", count=1, hash="h", plan=8)
    return course.act(HOST, "sign", hash="h").act(HOST, "sign_for", hash="h", text=9)


def test_it_counts_at_once_and_says_how_the_partner_said_so():
    course = Course().understood().act(HOST, "propose", text=6)
    assert "how the partner said so" in course.refused(HOST, "accept_for", about=6)
    assert course.act(HOST, "accept_for", about=6, text=7).state.step == "agree"
    assert signed().state.status == "agreed"


def test_nobody_but_whoever_may_bind_our_side_records_it():
    course = Course().understood().act(HOST, "propose", text=6)
    assert "Only our side" in course.refused(PARTNER, "accept_for", about=6, text=7)
    assert course.refused(replace(HOST, signs=False), "accept_for", about=6, text=7)


def test_what_the_partner_proposed_itself_is_not_accepted_for_it():
    course = Course().understood().act(PARTNER, "propose", text=6)
    assert course.refused(HOST, "accept_for", about=6, text=7)


def test_undoing_puts_the_case_where_it_was():
    before = Course().understood().act(HOST, "propose", text=6).state
    undone = accepted().act(PARTNER, "undo", about=7).state
    assert replace(undone, undone=before.undone) == before
    state = signed().act(PARTNER, "undo", about=9).state
    assert (state.status, state.step, state.signed_by) == ("open", "agree", frozenset({"host"}))
    raised = Course().raised()
    seen = Course().raised().act(HOST, "acknowledge_for", text=2)
    assert seen.state.acknowledged
    state = seen.act(PARTNER, "undo", about=2).state
    assert replace(state, undone=frozenset()) == raised.state


def test_what_the_partner_undid_is_not_recorded_again_but_something_newer_is():
    course = accepted().act(PARTNER, "undo", about=7)
    assert "undid this once" in course.refused(HOST, "accept_for", about=6, text=8)
    assert "accept_for" not in possible(course.state, HOST, Facts())
    course.act(HOST, "propose", text=9)
    assert not course.refused(HOST, "accept_for", about=9, text=10)
    assert not course.refused(PARTNER, "accept", about=9)


def test_the_latest_is_undone_first():
    course = signed()
    assert "meanwhile" in course.refused(PARTNER, "undo", about=7)
    state = course.act(PARTNER, "undo", about=9).act(PARTNER, "undo", about=7).state
    assert (state.step, state.accepted, state.plan) == ("explore", 0, "")


def test_it_is_undone_within_ten_business_days_by_the_partner_alone():
    assert "ten business days" in accepted().refused(
        PARTNER, "undo", Facts(undo_over=True), about=7
    )
    assert "Only the partner" in accepted().refused(HOST, "undo", about=7)


@pytest.mark.parametrize("goes_on", ["plan", "sign"])
def test_what_the_partner_goes_on_from_is_its_own(goes_on):
    course = accepted()
    if goes_on == "plan":
        course.act(PARTNER, "plan", count=1, hash="h", plan=8)
    else:
        course.act(HOST, "plan", count=1, hash="h", plan=8).act(PARTNER, "sign", hash="h")
    assert course.state.recorded == ()
    assert course.refused(PARTNER, "undo", about=7)


def test_carrying_a_plan_out_makes_its_signature_the_partners_own():
    course = signed().act(PARTNER, "complete", Facts(tasks_settled=True))
    assert course.state.recorded == ()
    assert course.state.signed_by == BOTH


def test_a_record_ends_with_what_it_said():
    course = signed().act(HOST, "broken", Facts(tasks_broken=True))
    assert course.state.recorded == ()
