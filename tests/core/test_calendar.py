"""Calendars: what is due for a person, read back as calendar software reads it."""

import logging
import re
from datetime import date, timedelta

import icalendar
import pytest
import recurring_ical_events

from app.core import clock
from app.core.accounts.models import User
from app.core.calendar import ics
from app.core.calendar.models import CalendarFeed
from app.core.calendar.services import PER_FEED
from app.core.contract import CalendarEntry
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner, PartnerProfile
from app.core.personal import queries as persons
from app.core.personal import services as personal
from app.core.tasks.services import create_task
from tests.core.desk import Desk, last_month, staff

ON_ONE = pytest.mark.parametrize("database_kind", ["sqlite"])
MONTH = last_month(0)  # runs now, so its figures are due next month


@pytest.fixture
def desk(app):
    return Desk(app)


@pytest.fixture
def set_task(app):
    """A function that sets one side a task, due in three days."""

    def create(partner, title="Send the price list", side="partner", due=None, **values):
        due = due or clock.today("UTC") + timedelta(days=3)
        given = {"title": title, "side": side, "due": due, "visibility": "shared"} | values
        with app.app_context():
            return create_task(partner_id=partner.id, by=staff(), **given)

    return create


def address(browser):
    """Make a calendar's address as its reader would; its path."""
    page = browser.send("/account/calendar")
    assert page.status_code == 200
    return re.search(r"http://127\.0\.0\.1:8000(/calendar/[\w-]{43}\.ics)", page.text)[1]


def read(app, path):
    """What a stranger with this address gets, parsed by the icalendar library."""
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    return icalendar.Calendar.from_ical(answer.data)


def titles(app, path):
    return [str(event["summary"]) for event in read(app, path).walk("VEVENT")]


def own(partner, email="manager@example.org"):
    Partner.update(owner=User.get(User.email == email)).where(Partner.id == partner.id).execute()


def test_a_contact_sees_what_their_own_partner_owes(
    app, desk, as_contact, partner, other_partner, set_task
):
    mine = desk.kpi("REV", "Revenue", submitter="partner")
    ours = desk.kpi("COST", "Costs", submitter="host")
    for one in (partner, other_partner):
        for kpi_id in (mine, ours):
            desk.target(one, kpi_id, MONTH)
    set_task(other_partner, "Of another")
    set_task(partner)
    path = address(as_contact)
    found = titles(app, path)
    assert len(found) == 2
    assert "Send the price list" in found
    assert any(title.startswith("Report one figure for ") for title in found)
    assert other_partner.name not in str(read(app, path).to_ical())


def test_staff_see_what_is_due_of_the_partners_that_are_theirs(
    app, desk, as_manager, partner, other_partner, set_task
):
    own(partner)
    own(other_partner, "admin@example.org")
    kpi_id = desk.kpi("REV", "Revenue", submitter="partner")
    for one in (partner, other_partner):
        desk.target(one, kpi_id, MONTH)
    review = clock.today("UTC") + timedelta(days=30)
    PartnerProfile.create(partner=partner, n=1, next_review=review)
    set_task(partner, "Draft the contract", side="host")
    found = [title for title in titles(app, address(as_manager)) if "Tiers of" not in title]
    assert sorted(found) == sorted(
        [
            next(title for title in found if title.startswith(f"{partner.name}: one figure for ")),
            f"{partner.name}: Draft the contract",
            f"Look at the profile of {partner.name} again",
        ]
    )


@ON_ONE
def test_what_was_reported_is_not_due_any_more(app, desk, as_contact, partner):
    kpi_id = desk.kpi("REV", "Revenue", submitter="partner")
    desk.target(partner, kpi_id, last_month())
    path = address(as_contact)
    assert len(titles(app, path)) == 1
    desk.submit(partner, kpi_id, last_month(), 90)
    assert titles(app, path) == []


@ON_ONE
def test_entries_are_whole_days_with_names_that_last(app, as_contact, partner, set_task):
    due = clock.today("UTC") + timedelta(days=3)
    task_id = set_task(partner, "Send it; with\nline, and “quotes”", due=due)
    path = address(as_contact)
    [event] = recurring_ical_events.of(read(app, path)).at(due)
    assert event["uid"] == f"task-{task_id}@127.0.0.1"
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event.decoded("dtstart") == due
    assert str(event["url"]) == f"http://127.0.0.1:8000/portal/tasks/{task_id}"
    assert event.categories == ["Tasks"]
    assert recurring_ical_events.of(read(app, path)).at(due + timedelta(days=1)) == []


def test_texts_are_escaped_and_come_back_as_they_were(app):
    nasty = "a;b,c\\d\nBEGIN:VALARM\r\nx" + "ü" * 80
    with app.test_request_context():
        entry = CalendarEntry("k-1", date(2026, 3, 1), nasty, text=nasty + "\0\x07")
        [event] = icalendar.Calendar.from_ical(ics.text([entry], "N")).walk("VEVENT")
    assert str(event["summary"]) == nasty.replace("\r\n", "\n")
    assert str(event["description"]) == nasty.replace("\r\n", "\n")
    assert event.subcomponents == []


@ON_ONE
def test_a_new_address_ends_the_former(app, as_manager, partner):
    former = address(as_manager)
    latter = address(as_manager)
    assert app.test_client().get(former).status_code == 404
    assert app.test_client().get(latter).status_code == 200
    as_manager.send("/account/calendar/end")
    assert app.test_client().get(latter).status_code == 404
    actions = {row.action for row in AuditEntry.select()}
    assert {"calendar.made", "calendar.ended"} <= actions


@ON_ONE
def test_only_a_hash_of_the_address_is_kept_and_logged(app, as_manager, caplog):
    token = address(as_manager).removeprefix("/calendar/").removesuffix(".ics")
    assert CalendarFeed.get().token_hash != token
    assert token not in as_manager.get("/account/calendar").text
    as_manager.send("/account/calendar/end")
    with caplog.at_level(logging.INFO):
        app.test_client().get(f"/calendar/{token}.ics")
    assert "/calendar/#" in caplog.text
    assert token not in caplog.text


@ON_ONE
def test_the_feed_of_a_disabled_person_is_dead(app, as_manager):
    path = address(as_manager)
    User.update(active=False).where(User.email == "manager@example.org").execute()
    assert app.test_client().get(path).status_code == 404


@ON_ONE
def test_the_feed_of_a_former_contact_is_dead(app, as_contact):
    path = address(as_contact)
    Contact.update(active=False).execute()
    assert app.test_client().get(path).status_code == 404


@ON_ONE
def test_an_erased_person_has_no_feed(app, as_manager):
    path = address(as_manager)
    user = User.get(User.email == "manager@example.org")
    with app.test_request_context():
        personal.erase(persons.by_user(user.id))
    assert CalendarFeed.select().count() == 0
    assert app.test_client().get(path).status_code == 404


@ON_ONE
def test_guessing_is_slowed(app):
    client = app.test_client()
    answers = {client.get(f"/calendar/guess-{n}.ics").status_code for n in range(61)}
    assert answers == {404, 429}


@ON_ONE
def test_a_program_that_asks_far_too_often_is_slowed(app, as_manager):
    path = address(as_manager)
    client = app.test_client()
    for _n in range(PER_FEED):
        client.get(path)
    assert client.get(path).status_code == 429


@ON_ONE
def test_the_feed_speaks_its_readers_language(app, as_manager, partner, set_task):
    own(partner)
    User.update(locale="de").where(User.email == "manager@example.org").execute()
    set_task(partner, side="host")
    every = read(app, address(as_manager)).walk("VEVENT")
    [event] = [one for one in every if one["uid"].startswith("task-")]
    assert event.categories == ["Aufgaben"]


@ON_ONE
def test_a_task_is_a_file_for_a_calendar(
    as_manager, as_contact, as_other_contact, partner, set_task
):
    task_id = set_task(partner)
    answer = as_manager.get(f"/calendar/tasks/{task_id}.ics")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=task-{task_id}.ics"
    [event] = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    assert event["uid"] == f"task-{task_id}@127.0.0.1"
    assert as_contact.get(f"/portal/calendar/tasks/{task_id}.ics").status_code == 200
    assert as_other_contact.get(f"/portal/calendar/tasks/{task_id}.ics").status_code == 404


@ON_ONE
def test_a_contact_gets_no_file_of_an_internal_task(as_contact, partner, set_task):
    task_id = set_task(partner, side="host", visibility="internal")
    assert as_contact.get(f"/portal/calendar/tasks/{task_id}.ics").status_code == 404
