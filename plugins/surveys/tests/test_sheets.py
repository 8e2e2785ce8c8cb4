"""Sheets lead back to where somebody came from, and speak the reader's language."""

import pytest

from app.core.partners.models import Contact
from plugins.surveys.models import Invitation, Wave
from plugins.surveys.rules.audience import Audience
from plugins.surveys.tests.conftest import close, path

SCORE = {"q-recommend": "8", "send": "1"}


@pytest.fixture
def in_portal(ground, as_contact):
    """Where a contact who has an account answers."""
    ground.opened()
    return f"/portal/x/surveys/answer/{Invitation.get().id}"


@pytest.fixture
def on_desk(ground, as_manager):
    """Where one of staff answers."""
    ground.opened(audience=Audience("none", staff=("role:manager",)))
    return f"/x/surveys/answer/{Invitation.get().id}"


@pytest.fixture
def by_link(ground):
    """Where somebody without an account answers."""
    ground.contacts(1)
    ground.opened()
    return "/" + ground.ways()[-1]


def back(page):
    """Where the way back leads to."""
    return page.text.partition('class="crumb" href="')[2].partition('"')[0]


def test_a_contact_finds_back_to_the_surveys_of_the_portal(as_contact, in_portal):
    before, after = as_contact.get(in_portal), as_contact.send(in_portal, **SCORE)
    assert "Thank you" in after.text
    assert (back(before), back(after)) == ("/portal/x/surveys", "/portal/x/surveys")


def test_staff_find_back_to_their_home(as_manager, on_desk):
    before, after = as_manager.get(on_desk), as_manager.send(on_desk, **SCORE)
    assert "Thank you" in after.text
    assert (back(before), back(after)) == ("/home", "/home")


def test_a_link_leads_nowhere_else(client, by_link):
    page = client.get(by_link)
    assert back(page) == ""
    assert "This page opens with your link alone." in page.text


def test_who_is_signed_in_reads_nothing_about_links(as_contact, in_portal):
    as_contact.send(in_portal, **{"q-why": "Half", "save": "1"})
    page = as_contact.get(in_portal).text
    assert "Saved. You can go on here until" in page
    assert "your link" not in page


def test_a_closed_wave_leads_back_too(ground, as_contact, in_portal):
    close(ground, Wave.get())
    page = as_contact.get(in_portal)
    assert (page.status_code, back(page)) == (410, "/portal/x/surveys")


def test_a_link_speaks_the_language_of_whom_it_was_sent_to(client, by_link):
    Contact.update(locale="de").execute()
    page = client.get(by_link).text
    assert ('lang="de' in page, "Speichern und später weiter" in page) == (True, True)


def test_an_anonymous_sheet_speaks_the_language_of_the_browser(client, wave):
    Contact.update(locale="de").execute()
    english = client.get(path(wave))
    german = client.get(path(wave), headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert ("Your code" in english.text, "Ihr Code" in german.text) == (True, True)


def test_a_chosen_language_stays_with_the_sheet(client, wave, codes):
    chosen = f"{path(wave)}?lang=de"
    page = client.post(chosen, data={"code": codes[0]})
    assert "Senden" in page.text
    assert 'href="?lang=de"' in client.get(path(wave)).text
