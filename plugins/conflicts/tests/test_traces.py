"""What is said for some leaves no trace for others: in numbers, histories, personal data."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from app.core.accounts.models import User
from app.core.messages.models import Notification
from app.core.partners.models import Contact
from app.core.personal.services import DOCUMENT
from plugins.conflicts import telling
from plugins.conflicts.models import Text
from plugins.conflicts.tests.conftest import Story
from plugins.conflicts.tests.test_access import SECRET, note

FILE = "half-of-it.txt"


def written(story: Story, browser: Any, place: str, level: str) -> None:
    upload = (BytesIO(b"They would settle for half"), FILE)
    assert note(story, browser, place, level, file=upload).status_code == 303


def data_of(browser: Any, path: str) -> tuple[dict[str, Any], list[str]]:
    with browser.send(path) as answer, ZipFile(BytesIO(answer.data)) as archive:
        return json.loads(archive.read(DOCUMENT)), archive.namelist()


def test_no_gap_in_the_numbers_tells_of_a_note_for_some(story: Story) -> None:
    story.exchanged()
    here = f"/x/conflicts/{story.id}/export.json"
    for _n in range(3):
        note(story, story.contact, "/portal/x/conflicts", "own_side")
    note(story, story.contact, "/portal/x/conflicts", "parties")
    found = story.host.get(here).json
    numbers = [text["number"] for text in found["texts"]]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert all("id" not in line for line in found["log"])
    assert Text.select().count() == 6


def test_a_note_for_everybody_is_told_and_one_for_some_is_told_to_nobody(story: Story) -> None:
    story.exchanged()

    def told() -> list[str]:
        rows = Notification.select().where(Notification.event == telling.MOVED)
        return [User.get_by_id(row.user_id).email for row in rows.order_by(Notification.id)]

    before = told()
    note(story, story.contact, "/portal/x/conflicts", "own_side")
    assert told() == before
    note(story, story.contact, "/portal/x/conflicts", "parties")
    assert told()[len(before) :] == ["manager@example.org"]


def test_an_administrator_fetches_nobodys_notes_as_personal_data(
    story: Story, as_admin: Any
) -> None:
    story.exchanged()
    written(story, story.contact, "/portal/x/conflicts", "own_side")
    written(story, story.host, "/x/conflicts", "own_side")
    contact = Contact.get(Contact.email == "contact@nordlicht.example")
    manager = User.get(User.email == "manager@example.org")
    for path in (f"/people/contacts/{contact.id}/data", f"/people/{manager.id}/data"):
        told, files = data_of(as_admin, path)
        words = json.dumps(told)
        assert "Download my data" in words
        for secret in (SECRET, "Three months", "template", FILE):
            assert secret not in words, (path, secret)
        assert files == [DOCUMENT]


def test_everybody_takes_away_what_they_wrote_themselves(story: Story) -> None:
    story.exchanged()
    written(story, story.contact, "/portal/x/conflicts", "own_side")
    told, files = data_of(story.contact, "/account/data")
    assert SECRET in json.dumps(told)
    assert f"files/{FILE}" in files


def test_a_partners_timeline_tells_an_administrator_of_no_case_of_others(
    story: Story, as_admin: Any
) -> None:
    story.exchanged()
    path = f"/partners/{story.partner.id}/timeline"
    assert f"C-{story.id}" in story.host.get(path).text
    assert f"C-{story.id}" not in as_admin.get(path).text
