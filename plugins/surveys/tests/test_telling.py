"""Those who were asked hear of it when results can be read, and what was done about them."""

import pytest

from app.core.messages.models import Mail, Notification
from plugins.surveys import publishing, telling, waves
from plugins.surveys.models import Wave
from plugins.surveys.tests.conftest import close

DONE = "We call you weekly."


@pytest.fixture
def wave(ground, as_contact):
    """A closed wave of three people without an account and of a contact who has one."""
    ground.contacts(3)
    found = close(ground, ground.opened())
    Mail.delete().execute()
    return found


def publish(ground, wave):
    with ground.app.app_context():
        publishing.publish(Wave.get_by_id(wave.id), by=ground.admin)


def tell_back(ground, wave, text=DONE):
    with ground.app.app_context():
        waves.tell_back(Wave.get_by_id(wave.id), text, by=ground.admin)


def notified():
    return [row.event for row in Notification.select().order_by(Notification.id)]


def written_to(event=telling.TOLD_BACK):
    rows = Mail.select().where(Mail.kind == event, Mail.user.is_null())
    return sorted(row.to_address for row in rows)


def test_nobody_is_told_before_the_results_are_published(ground, wave):
    tell_back(ground, wave)
    assert (notified(), written_to()) == ([], [])


def test_whoever_has_an_account_hears_that_results_can_be_read(ground, wave):
    publish(ground, wave)
    assert notified() == [telling.PUBLISHED]
    assert Notification.get().url.endswith(f"/portal/x/surveys/results/{wave.id}")


def test_what_was_done_reaches_people_without_an_account_by_mail(ground, wave):
    publish(ground, wave)
    tell_back(ground, wave)
    assert written_to() == [f"p{n}@{ground.partner.code}.example" for n in range(3)]
    assert notified() == [telling.PUBLISHED, telling.TOLD_BACK]


def test_what_was_done_before_the_publishing_is_told_with_it(ground, wave):
    tell_back(ground, wave)
    publish(ground, wave)
    assert len(written_to(telling.PUBLISHED)) == 3
    assert all(DONE in mail.content for mail in Mail.select())
    assert written_to() == []


def test_results_reach_people_without_an_account_in_words(ground, client):
    ground.contacts(6)
    wave = ground.opened()
    for way in ground.ways():
        client.send("/" + way, **{"q-recommend": "9", "q-why": "Our secret.", "send": "1"})
    close(ground, wave)
    Mail.delete().execute()
    publish(ground, wave)
    said = Mail.get().content
    assert ("6 of 6 people answered" in said, "NPS 100" in said) == (True, True)
    assert "Our secret" not in said


def test_too_few_answers_are_told_as_that_and_nothing_else(ground, wave):
    publish(ground, wave)
    rows = Mail.select().where(Mail.kind == telling.PUBLISHED, Mail.user.is_null())
    assert all("Too few people answered" in row.content for row in rows)
    assert len(rows) == 3


def test_better_words_are_not_told_again(ground, wave):
    publish(ground, wave)
    tell_back(ground, wave)
    tell_back(ground, wave, "We call you weekly, on Mondays.")
    assert len(written_to()) == 3
