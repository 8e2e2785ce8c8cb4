"""Where cases meet the rest of the desk: links, suggestions, payouts, persons, lists."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playhouse.schema_diff import diff_models

from app.api import Subject, SuggestionDraft, objections, suggest
from app.core import clock
from app.core.accounts import services as accounts
from app.core.accounts.models import User
from app.core.chains import ChainedModel, verify
from app.core.contract import Viewer
from app.core.db import Model, database
from app.core.host import current_host
from app.core.messages.models import Mail
from app.core.partners.models import Contact, Partner
from app.core.suggestions.models import StoredSuggestion
from app.testing import PASSWORD
from plugins.conflicts import contributions, personal, queries
from plugins.conflicts.models import Case, CaseEvent, Participant, Text
from plugins.conflicts.tests.conftest import REPORT, Story
from tests.core.desk import counted_queries, staff

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_migrated_tables_equal_the_models(app: Flask) -> None:
    waiting, found = [Model, ChainedModel], set()
    while waiting:
        for model in waiting.pop().__subclasses__():
            waiting.append(model)
            if model.__module__ == "plugins.conflicts.models":
                found.add(model)
    assert len(found) == 7
    assert not str(diff_models(database.obj, list(found)))


def test_the_log_is_only_ever_added_to(story: Story) -> None:
    story.exchanged()
    with pytest.raises(Exception, match="append-only"):
        database.execute_sql("UPDATE conflicts_event SET action = 'x'")


# ---- a link for one statement


@pytest.fixture
def silent(partner: Partner) -> Contact:
    """A contact who has an address and no account."""
    return Contact.create(
        partner=partner, side="partner", name="Silent", email="silent@nordlicht.example"
    )


def link_of(contact: Contact) -> str:
    mail = Mail.select().where(Mail.to_address == contact.email).order_by(Mail.id.desc()).first()
    found = re.search(r"https?://[^\"]*?(/l/[^\"]+)", mail.content)
    assert found
    return found[1]


@on_sqlite
def test_a_contact_without_an_account_states_their_side_by_a_link(
    app: Flask, story: Story, silent: Contact
) -> None:
    story.raise_by_host(respondents=[str(silent.id)])
    path = link_of(silent)
    browser = app.test_client()
    page = browser.get(path)
    assert "Three months in a row" in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    form = {"csrf_token": token[1], "position-text": "We were never asked."}
    bad = browser.post(path, data=form | {"position-text": " "})
    assert bad.status_code == 422
    assert browser.post(path, data=form).status_code == 303
    assert Text.get_by_id(story.state.position("partner")).body == "We were never asked."
    assert browser.get(path).status_code == 410


@on_sqlite
def test_a_link_asks_for_what_was_understood_once_both_have_stated_their_sides(
    app: Flask, story: Story, silent: Contact
) -> None:
    people = [str(row.id) for row in Contact.select().where(Contact.side == "partner")]
    story.raise_by_host(respondents=people)
    story.contact_does("position", text="Your template changed twice.")
    path = link_of(silent)
    browser = app.test_client()
    page = browser.get(path).text
    assert "Say what you understood" in page
    assert 'name="position-text"' not in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    about = re.search(r'name="restate-about"[^>]* value="(\d+)"', page)
    assert token
    assert about
    form = {"csrf_token": token[1], "restate-text": "You wait.", "restate-about": about[1]}
    assert browser.post(path, data=form).status_code == 303
    restated = story.state.restatement("partner")
    assert restated is not None
    assert Text.get_by_id(restated.text).body == "You wait."
    assert browser.get(path).status_code == 410


@on_sqlite
def test_a_link_stores_no_restatement_of_a_position_that_changed_meanwhile(
    app: Flask, story: Story, silent: Contact
) -> None:
    people = [str(row.id) for row in Contact.select().where(Contact.side == "partner")]
    story.raise_by_host(respondents=people)
    story.contact_does("position", text="Your template changed twice.")
    path = link_of(silent)
    browser = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path).text)
    assert token
    about = story.state.position("host")
    story.host_does("position", text="It is four months by now.")
    form = {"csrf_token": token[1], "restate-text": "You wait.", "restate-about": str(about)}
    answer = browser.post(path, data=form)
    assert answer.status_code == 422
    assert "You wait." in answer.text
    assert story.state.restatement("partner") is None


@on_sqlite
def test_the_mail_with_a_link_tells_nothing_of_the_case(story: Story, silent: Contact) -> None:
    story.raise_by_host(respondents=[str(silent.id)])
    mail = Mail.get(Mail.to_address == silent.email)
    assert "Figures come late" not in mail.subject + mail.content


@on_sqlite
def test_a_link_is_sent_again_to_whoever_takes_part_and_nobody_else(
    story: Story, silent: Contact
) -> None:
    story.raise_by_host(respondents=[str(silent.id)])
    part = Participant.get(Participant.contact == silent.id)
    path = f"/x/conflicts/{story.id}/link"
    assert story.host.send(path, person=str(part.id)).status_code == 303
    other = Participant.get(Participant.side == "host")
    assert story.host.send(path, person=str(other.id)).status_code == 422
    assert Mail.select().where(Mail.to_address == silent.email).count() == 2


# ---- the alternate route


@on_sqlite
def test_a_case_about_the_account_manager_goes_to_somebody_else(
    story: Story, as_admin: Any
) -> None:
    story.raise_by_contact(avoid_manager="y")
    assert story.row.avoided == story.partner.owner_id
    assert story.host.get(f"/x/conflicts/{story.id}").status_code == 404
    assert f"C-{story.id}" not in story.host.get("/x/conflicts").text
    assert "Three months" in as_admin.get(f"/x/conflicts/{story.id}").text
    story.host = as_admin
    story.host_does("position", text="We did not know.").contact_does("escalate")
    assert not Participant.select().where(Participant.user == story.partner.owner_id).exists()


@on_sqlite
def test_whoever_is_avoided_cannot_be_brought_in(story: Story, as_admin: Any) -> None:
    story.raise_by_contact(avoid_manager="y")
    answer = as_admin.send(f"/x/conflicts/{story.id}/people", person=str(story.partner.owner_id))
    assert answer.status_code == 422


# ---- payouts, suggestions


@on_sqlite
def test_only_the_very_payout_in_dispute_is_objected_to(story: Story, partner: Partner) -> None:
    story.raise_by_host()
    story.raise_by_host(payout_period="2026-q3")
    with story.host.application.test_request_context():
        asked = {
            period: objections("incentives_payout_objections", partner_id=partner.id, period=period)
            for period in ("2026-Q3", "2026-Q2")
        }
    assert [one.ref for one in asked["2026-Q3"]] == [f"conflicts_case:{story.id}"]
    assert asked["2026-Q2"] == []


@on_sqlite
def test_a_payout_is_named_by_its_period(story: Story) -> None:
    form = REPORT | {"payout_period": "last summer"}
    assert story.contact.send("/portal/x/conflicts/new", **form).status_code == 422


@on_sqlite
def test_a_settled_case_objects_to_nothing(story: Story, partner: Partner) -> None:
    story.raise_by_host(payout_period="2026-Q3").host_does("withdraw")
    assert queries.disputed(partner.id, "2026-Q3") == []


def test_no_fact_tells_of_conflicts(app: Flask) -> None:
    with app.app_context():
        facts = current_host().facts
    assert "conflicts" not in {plugin for plugin, _kind in facts}


@on_sqlite
def test_a_suggestion_fills_the_form_and_opens_nothing(story: Story, partner: Partner) -> None:
    with story.host.application.app_context():
        draft = SuggestionDraft(partner.id, "Answers fell", "The last wave was low.")
        assert suggest("conflicts.case", draft)
    made = StoredSuggestion.get()
    path = f"/x/conflicts/partners/{partner.id}/new?suggestion={made.id}"
    page = story.host.get(path).text
    assert "Answers fell" in page
    assert not Case.select().exists()
    people = [str(Contact.get(Contact.partner == partner, Contact.side == "partner").id)]
    assert story.host.send(path, **REPORT, respondents=people).status_code == 303
    assert StoredSuggestion.get().state == "accepted"


# ---- persons


def test_erasing_a_person_takes_words_and_names_and_leaves_the_log(
    app: Flask, story: Story
) -> None:
    contact = Contact.get(Contact.partner == story.partner, Contact.side == "partner")
    story.raise_by_host(text=f"I told {contact.name} in May.")
    story.contact_does("position", text="That is so.")
    subject = Subject("Person 7", contact.user_id, (contact.id,), (contact.name,), (contact.email,))
    with app.app_context():
        held = personal.held(subject)
        assert "That is so." in str([part.rows for part in held])
        personal.erase(subject)
        personal.erase(subject)
    assert "I told Person 7 in May." in [text.body for text in Text.select()]
    assert not Participant.select().where(Participant.name == contact.name).exists()
    assert not [found for found in verify(CaseEvent) if found]
    assert story.host.get(f"/x/conflicts/{story.id}").status_code == 200


# ---- core's pages


@on_sqlite
def test_timeline_and_work_tell_titles_to_those_who_take_part_alone(
    app: Flask, story: Story, as_admin: Any
) -> None:
    story.exchanged()
    assert "Figures come late" in story.host.get("/work").text
    assert "Figures come late" in story.host.get(f"/partners/{story.partner.id}/timeline").text
    told = as_admin.get(f"/partners/{story.partner.id}/timeline").text
    assert f"C-{story.id}" not in told
    assert "Figures come late" not in told + as_admin.get("/work").text
    accounts.add_person(
        name="Third", email="third@example.org", role="manager", password=PASSWORD, cheap=True
    )
    third = app.test_client().sign_in("third@example.org")  # type: ignore[attr-defined]
    assert f"C-{story.id}" not in third.get(f"/partners/{story.partner.id}/timeline").text


@on_sqlite
def test_a_calendar_holds_the_number_and_the_clock(story: Story, manager_user: User) -> None:
    story.exchanged()
    who = Viewer(
        manager_user.id, "M", "manager@example.org", "manager", frozenset({"conflicts.act"})
    )
    today = clock.today("UTC")
    with story.host.application.test_request_context():
        entries = contributions.calendar(who, today, today + timedelta(days=60))
        others = contributions.calendar(staff(), today, today + timedelta(days=60))
    assert [entry.title for entry in entries] == [f"C-{story.id}: Time for “Open communication”"]
    assert others == []


@on_sqlite
def test_what_leaves_with_a_partnership_has_no_words(story: Story) -> None:
    story.exchanged()
    assert contributions.outline_of(story.partner.id, None) == {
        "cases": [
            {
                "category": "operational",
                "severity": "normal",
                "status": "open",
                "stage": 1,
                "outcome": "",
            }
        ]
    }


@on_sqlite
def test_a_list_needs_as_many_queries_for_many_cases_as_for_one(story: Story) -> None:
    story.raise_by_host()
    story.host.get("/x/conflicts")
    with counted_queries() as few:
        story.host.get("/x/conflicts")
    for _n in range(4):
        story.raise_by_host()
    with counted_queries() as many:
        story.host.get("/x/conflicts")
    assert len(many) == len(few)


@on_sqlite
def test_a_merged_partner_takes_its_cases_along(
    app: Flask, story: Story, other_partner: Partner
) -> None:
    story.exchanged()
    with app.app_context():
        from plugins.conflicts import access

        access.merged(other_partner.id, story.partner.id)
    assert story.row.partner_id == other_partner.id


@on_sqlite
def test_patterns_tell_nothing_of_few(story: Story, as_viewer: Any) -> None:
    story.raise_by_host().host_does("withdraw")
    page = as_viewer.get("/x/conflicts/patterns").text
    assert "Too few closed cases" in page
    for _n in range(5):
        story.raise_by_host().host_does("withdraw")
    assert "Withdrawn" in as_viewer.get("/x/conflicts/patterns").text
