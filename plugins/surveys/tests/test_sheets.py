"""Sheets lead back to where somebody came from, and speak the reader's language."""

import json

import pytest

from app.core.partners.models import Contact
from plugins.surveys.models import Invitation, Response, Wave
from plugins.surveys.rules.audience import Audience
from plugins.surveys.rules.definition import Definition, Option, Question, Type
from plugins.surveys.tests.conftest import ballot_in, close, path

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


ROWS = tuple(Option(key, {"en": key}) for key in ("first", "second"))
MIXED = Definition(
    locale="en",
    title={"en": "Mixed"},
    questions=(
        Question("score", Type.NPS, {"en": "Score"}, required=True),
        Question("days", Type.NUMBER, {"en": "Days"}),
        Question("rank", Type.RANKING, {"en": "Rank"}, options=ROWS),
        Question("grid", Type.MATRIX, {"en": "Grid"}, required=True, rows=ROWS),
        Question("word", Type.SHORT_TEXT, {"en": "Word"}),
    ),
)
TYPED = {"q-days": "about 12", "q-rank-first": "2", "q-grid-second": "4", "q-word": "x" * 201}
FAULTS = (
    "Score</a>: Please answer this.",
    "Days</a>: Enter a number, such as 12.5.",
    "Rank</a>: Give each a place of its own, or leave all of them empty.",
    "Grid</a>: Please answer this.",
    "Word</a>: This is too long.",
)
STAYS = (
    'value="about 12"',
    '<option value="2" selected>',
    'name="q-grid-second" value="4" checked',
    f'value="{"x" * 201}"',
)


@pytest.fixture
def mixed(ground):
    """Where a sheet of many kinds is answered by name."""
    ground.contacts(1)
    ground.opened(survey=ground.survey("nps", MIXED))
    return "/" + ground.ways()[-1]


def test_every_fault_is_named_and_nothing_typed_is_lost(client, mixed):
    page = client.send(mixed, send="1", **TYPED)
    assert page.status_code == 422
    assert [part for part in (*FAULTS, *STAYS) if part not in page.text] == []


def test_an_anonymous_sheet_loses_nothing_either(ground, client):
    ground.contacts(6)
    wave = ground.opened("anonymous", survey=ground.survey("nps", MIXED))
    code = ground.ways()[0].partition("#")[2]
    ballot = ballot_in(client.post(path(wave), data={"code": code}).text)
    page = client.post(path(wave), data={"ballot": ballot, "send": "1"} | TYPED)
    assert (page.status_code, ballot_in(page.text)) == (422, ballot)
    assert [part for part in (*FAULTS, *STAYS) if part not in page.text] == []


def test_what_cannot_be_kept_for_later_is_named_and_the_rest_is_kept(client, mixed):
    page = client.send(mixed, save="1", **TYPED)
    assert page.status_code == 422
    assert [fault in page.text for fault in FAULTS] == [False, True, True, False, True]
    assert [part for part in STAYS if part not in page.text] == []
    assert json.loads(Response.get().answers) == {"grid": {"second": 4}}


def test_an_empty_sheet_names_what_must_be_answered(client, mixed):
    page = client.send(mixed, send="1")
    assert page.status_code == 422
    assert [fault in page.text for fault in FAULTS] == [True, False, False, True, False]
