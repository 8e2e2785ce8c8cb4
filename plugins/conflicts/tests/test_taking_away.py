"""The case as each side takes it away: as a document to read, and with its log to verify."""

from io import BytesIO
from typing import Any

import pypdfium2
import pytest

from app.core.tasks.models import Task
from plugins.conflicts.tests.conftest import Story
from plugins.conflicts.tests.test_access import SECRET, note

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(BytesIO(answer.data))
    pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(pages).split())


def places(story: Story) -> tuple[tuple[Any, str], tuple[Any, str]]:
    return (
        (story.host, f"/x/conflicts/{story.id}"),
        (story.contact, f"/portal/x/conflicts/{story.id}"),
    )


def test_the_case_to_read_tells_what_was_said_tried_and_agreed(story: Story) -> None:
    story.signed()
    Task.update(state="done").where(Task.side == "partner").execute()
    for browser, here in places(story):
        told = text_of(browser.get(f"{here}/record.pdf"))
        for words in (
            f"Case C-{story.id}",
            "Three months in a row the figures came a week late.",
            "Your template changed twice.",
            "Nobody owns the template.",
            "No calendar",
            "You own the template.",
            "We own the template, you own the calendar.",
            "Freeze the template",
            "Done",
            "signed the plan",
            story.state.plan[:20],
        ):
            assert words in told, words


def test_each_side_takes_the_notes_that_it_may_read(story: Story) -> None:
    story.exchanged()
    note(story, story.contact, "/portal/x/conflicts", "own_side")
    (host, desk), (contact, phone) = places(story)
    assert SECRET in text_of(contact.get(f"{phone}/record.pdf"))
    assert SECRET not in text_of(host.get(f"{desk}/record.pdf"))


def test_a_case_that_has_just_begun_can_be_taken_away_too(story: Story) -> None:
    story.raise_by_contact()
    told = text_of(story.contact.get(f"/portal/x/conflicts/{story.id}/record.pdf"))
    assert "Has not stated a position yet." in told


def test_who_sees_the_outline_alone_takes_nothing_away(story: Story, as_admin: Any) -> None:
    story.signed()
    assert as_admin.get(f"/x/conflicts/{story.id}/record.pdf").status_code == 404


def test_the_file_tells_how_far_each_step_has_come(story: Story) -> None:
    story.signed()
    Task.update(state="waived", missed_times=1).where(Task.side == "host").execute()
    for browser, here in places(story):
        steps = browser.get(f"{here}/export.json").json["steps"]
        assert [step["task"]["state"] for step in steps] == ["todo", "waived"]
        assert [step["task"]["missed_times"] for step in steps] == [0, 1]


def test_before_both_have_signed_no_step_is_a_task(story: Story) -> None:
    story.planned()
    steps = story.host.get(f"/x/conflicts/{story.id}/export.json").json["steps"]
    assert [step["task"] for step in steps] == [None, None]
