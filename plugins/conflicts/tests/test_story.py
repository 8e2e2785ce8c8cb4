"""A case from raise to close, by both sides' browsers."""

import re
from typing import Any

import pytest

from app.core.chains import verify
from app.core.tasks.models import Task
from plugins.conflicts.models import CaseEvent
from plugins.conflicts.tests.conftest import Story

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_a_case_goes_from_raise_to_close(story: Story) -> None:
    story.signed()
    assert story.row.status == "agreed"
    for task in Task.select().where(Task.ref == f"conflicts_case:{story.id}"):
        Task.update(state="done").where(Task.id == task.id).execute()
    story.contact_does("complete").host_does("confirm_complete")
    assert story.row.status == "resolved"
    story.host_does("agree_close").contact_does("agree_close")
    assert (story.row.status, story.row.outcome) == ("closed", "resolved")
    assert not [found for found in verify(CaseEvent) if found]
    assert way(story)[-2:] == [("past", "Resolved"), ("now", "Concluded")]
    assert '<li class="stage-ended">' in story.host.get(f"/x/conflicts/{story.id}").text


def way(story: Story) -> list[tuple[str, str]]:
    """The steps that the page shows, and whether each lies behind, here or ahead."""
    page = story.host.get(f"/x/conflicts/{story.id}").text
    track = re.search(r'(?s)<ol class="step-track".*?</ol>', page)
    assert track
    found = re.findall(r'(?s)<li class="(\w+)"[^>]*>(.*?)</li>', track[0])
    return [(there, re.sub(r"(?s)<.*?>", "", label).strip()) for there, label in found]


@on_sqlite
def test_the_way_of_a_case_that_was_withdrawn_claims_no_step_that_it_never_took(
    story: Story,
) -> None:
    story.raise_by_host().host_does("withdraw")
    assert way(story) == [("now", "Withdrawn")]


@on_sqlite
def test_both_pages_show_both_sides_words(story: Story) -> None:
    story.planned()
    for browser, path in (
        (story.host, f"/x/conflicts/{story.id}"),
        (story.contact, f"/portal/x/conflicts/{story.id}"),
    ):
        page = browser.get(path)
        assert page.status_code == 200
        for words in (
            "Three months in a row",
            "Your template changed twice.",
            "Nobody owns the template.",
            "No calendar",
            "We own the template, you own the calendar.",
            "Freeze the template",
        ):
            assert words in page.text, words


@on_sqlite
def test_the_tasks_of_a_plan_tell_others_nothing_of_the_case(story: Story, as_viewer: Any) -> None:
    story.signed()
    tasks = list(Task.select().where(Task.ref == f"conflicts_case:{story.id}").order_by(Task.id))
    assert [task.side for task in tasks] == ["partner", "host"]
    assert {(task.title, task.description) for task in tasks} == {
        ("Agreed step", "What was agreed stands where it was agreed.")
    }
    for path in (f"/partners/{story.partner.id}/tasks", f"/tasks/{tasks[0].id}"):
        page = as_viewer.get(path)
        assert page.status_code == 200
        assert f"C-{story.id}" not in page.text
        assert "/x/conflicts/" not in page.text


@on_sqlite
def test_whoever_takes_part_is_led_from_a_task_to_the_case(story: Story) -> None:
    story.signed()
    task = Task.get(Task.ref == f"conflicts_case:{story.id}")
    assert f"/x/conflicts/{story.id}" in story.host.get(f"/tasks/{task.id}").text


@on_sqlite
def test_a_step_that_is_missing_something_says_what(story: Story) -> None:
    story.exchanged()
    answer = story.try_host("confirm_issue")
    assert answer.status_code == 422
    assert "A root cause is missing: either side can name one." in answer.text


@on_sqlite
def test_a_position_without_words_comes_back(story: Story) -> None:
    story.raise_by_host()
    answer = story.try_contact("position", text=" ", aim="Keep this")
    assert answer.status_code == 422
    assert "Keep this" in answer.text


@on_sqlite
def test_the_settlement_is_a_pdf_for_both(story: Story) -> None:
    story.signed()
    for browser, path in (
        (story.host, f"/x/conflicts/{story.id}"),
        (story.contact, f"/portal/x/conflicts/{story.id}"),
    ):
        answer = browser.get(f"{path}/settlement.pdf")
        assert answer.status_code == 200
        assert answer.data.startswith(b"%PDF-")


@on_sqlite
def test_a_case_without_a_plan_has_no_settlement(story: Story) -> None:
    story.exchanged()
    assert story.host.get(f"/x/conflicts/{story.id}/settlement.pdf").status_code == 404


@on_sqlite
def test_a_plan_row_that_was_begun_is_whole(story: Story) -> None:
    story.accepted()
    form = story.plan_form() | {"plan-1-due": ""}
    answer = story.host.send(f"/x/conflicts/{story.id}/plan", **form)
    assert answer.status_code == 422
    assert "Keep the calendar" in answer.text
    empty = story.host.send(f"/x/conflicts/{story.id}/plan")
    assert "A plan has at least one step" in empty.text


@on_sqlite
@pytest.mark.parametrize("action", ["nonsense", "appoint", "join", "close"])
def test_what_is_nobodys_act_is_not_there(story: Story, action: str) -> None:
    story.raise_by_host()
    assert story.try_host(action).status_code == 404


@on_sqlite
def test_steps_answer_to_nothing_but_a_post(story: Story) -> None:
    story.raise_by_host()
    assert story.host.get(f"/x/conflicts/{story.id}/acts/withdraw").status_code == 405


@on_sqlite
def test_hostile_numbers_are_answered_calmly(story: Story) -> None:
    story.exchanged()
    for about in ("9" * 30, "-1", "x", "²", ""):
        answer = story.try_host("restate", text="We understood.", about=about)
        assert answer.status_code == 422, about
    for person in ("9" * 40, "0", "x"):
        answer = story.host.send(f"/x/conflicts/{story.id}/people", person=person)
        assert answer.status_code == 422, person
    assert story.host.get("/x/conflicts/9223372036854775807").status_code == 404


@on_sqlite
def test_a_colleague_is_brought_in_by_the_own_side(story: Story, as_admin: Any) -> None:
    from app.core.accounts.models import User

    admin = User.get(User.email == "admin@example.org")
    story.raise_by_host()
    assert "Three months" not in as_admin.get(f"/x/conflicts/{story.id}").text
    story.host.send(f"/x/conflicts/{story.id}/people", person=str(admin.id))
    assert "Three months" in as_admin.get(f"/x/conflicts/{story.id}").text


def test_reopening_calls_off_what_is_open_of_the_old_plan_and_nothing_of_the_new(
    story: Story,
) -> None:
    def states() -> list[str]:
        rows = Task.select(Task.state).where(Task.ref == f"conflicts_case:{story.id}")
        return [state for (state,) in rows.order_by(Task.id).tuples()]

    story.signed()
    Task.update(state="done").where(Task.ref == f"conflicts_case:{story.id}").execute()
    story.contact_does("complete").host_does("confirm_complete")
    first = Task.select().where(Task.ref == f"conflicts_case:{story.id}").order_by(Task.id).get()
    Task.update(state="todo").where(Task.id == first.id).execute()  # it was not done after all
    story.host_does("reopen", text="The template changed again.")
    assert (story.row.status, story.row.step, story.state.plan) == ("open", "explore", "")
    assert states() == ["cancelled", "done"]
    story.host_does("propose", text="We own the template.")
    story.contact_does("accept", about=story.state.proposal)
    assert story.host.send(f"/x/conflicts/{story.id}/plan", **story.plan_form()).status_code == 303
    story.host_does("sign", about=story.state.plan).contact_does("sign", about=story.state.plan)
    assert states() == ["cancelled", "done", "todo", "todo"]
