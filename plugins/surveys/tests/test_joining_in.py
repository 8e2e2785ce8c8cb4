"""Where surveys meet the rest of the desk: merged partners, persons, files, lines and days."""

import json
from datetime import datetime, timedelta

import pytest

from app.api import Subject
from app.core import clock
from app.core.contract import PartnerRef
from app.core.partners.models import Contact, Partner
from plugins.surveys import joining, publishing
from plugins.surveys.models import (
    Ballot,
    FollowUp,
    Invitation,
    Note,
    PublishedFigure,
    Response,
    Wave,
)
from plugins.surveys.rules.audience import Audience, loads, loads_groups
from plugins.surveys.tests.conftest import answer, close, start

TODAY = clock.today("Europe/Berlin")
LATER = datetime(2100, 1, 1)


@pytest.fixture
def wave(ground, client):
    """A closed wave by name that three of four people answered, the first of them low."""
    ground.contacts(4)
    opened = ground.opened()
    for way, score in zip(ground.ways()[:3], (2, 9, 10), strict=True):
        words = {"q-recommend": str(score), "q-why": f"Because of {score}", "send": "1"}
        client.send("/" + way, **words)
    return close(ground, opened)


@pytest.fixture
def published(ground, wave):
    with ground.app.app_context():
        publishing.publish(wave, by=ground.admin)
    return Wave.get_by_id(wave.id)


def first_person():
    """Who answered low."""
    contact = Contact.get_by_id(Invitation.select().order_by(Invitation.id).first().contact)
    return Subject("Person 1", None, (contact.id,), (contact.name,), (contact.email,))


def in_app(ground, function, *arguments):
    with ground.app.app_context(), ground.app.test_request_context():
        return function(*arguments)


def test_a_merged_partner_brings_along_what_was_said_of_it(ground, published, other_partner):
    Note.create(
        kind="observation",
        partner=ground.partner,
        day=TODAY,
        text="They call back.",
        created_at=clock.now(),
    )
    joining.merge(other_partner.id, ground.partner.id)
    for model in (Invitation, FollowUp, Note):
        assert {row.partner_id for row in model.select()} == {other_partner.id}
    figures = PublishedFigure.select().where(PublishedFigure.partner.is_null(False))
    assert {row.partner_id for row in figures} == {other_partner.id}


def test_what_repeats_asks_the_partner_that_has_everything_now(ground, other_partner):
    ground.contacts(2)
    planned = ground.wave(audience=Audience(f"partner:{ground.partner.id}"))
    joining.merge(other_partner.id, ground.partner.id)
    assert loads(Wave.get_by_id(planned.id).audience).partners == f"partner:{other_partner.id}"


def test_a_group_goes_with_its_partner_and_two_groups_stay_two(ground, other_partner):
    ground.contacts(6)
    alone = ground.opened("confidential", breakdown="partner")
    ground.contacts(6, other_partner)
    both = ground.opened("confidential", breakdown="partner", audience=Audience("all"))
    joining.merge(other_partner.id, ground.partner.id)
    keys = [{one.key for one in loads_groups(Wave.get_by_id(w.id).cells)} for w in (alone, both)]
    assert f"partner:{other_partner.id}" in keys[0]
    assert f"partner:{ground.partner.id}" in keys[1]


def test_nothing_is_published_of_a_partner_that_ended(ground, client, other_partner):
    ground.contacts(6)
    ground.contacts(6, other_partner)
    wave = ground.opened("confidential", breakdown="partner", audience=Audience("all"))
    for way in ground.ways():
        client.send("/" + way, **{"q-recommend": "9", "send": "1"})
    joining.merge(other_partner.id, ground.partner.id)
    Partner.update(merged_into=other_partner).where(Partner.id == ground.partner.id).execute()
    found = in_app(ground, publishing.figures, close(ground, wave))
    assert set(found) == {None, other_partner.id}


def test_a_person_reads_what_they_answered_by_name(ground, wave):
    [rows, *_notes] = in_app(ground, joining.held, first_person())
    assert rows.rows == [
        {
            "survey": "Pulse",
            "mode": "identified",
            "answers": {"recommend": 2, "why": "Because of 2"},
            "complete": True,
        }
    ]


def test_of_an_anonymous_wave_a_person_reads_that_they_were_asked_and_no_more(ground, client):
    ground.contacts(6)
    wave = ground.opened("anonymous")
    codes = [way.partition("#")[2] for way in ground.ways()]
    before = in_app(ground, joining.held, first_person())
    for code in codes:
        answer(client, wave, start(client, wave, code))
    assert in_app(ground, joining.held, first_person()) == before
    assert before[0].rows[0]["answers"] == {}


def test_erasing_a_person_takes_words_and_name_and_leaves_the_figure(ground, wave):
    person = first_person()
    in_app(ground, joining.erase, person)
    in_app(ground, joining.erase, person)  # it may run again
    row = Response.select().join(Invitation).where(Invitation.contact.is_null()).get()
    assert json.loads(row.answers) == {"recommend": 2}
    assert in_app(ground, joining.held, person)[0].rows == []


def test_erasing_a_person_leaves_every_anonymous_answer_as_it_is(ground, client):
    ground.contacts(6)
    wave = ground.opened("anonymous")
    for way in ground.ways():
        answer(client, wave, start(client, wave, way.partition("#")[2]))
    before = list(Ballot.select().dicts())
    in_app(ground, joining.erase, first_person())
    assert list(Ballot.select().dicts()) == before


def test_the_file_of_a_partnership_holds_its_published_figures(ground, published):
    [figure] = joining.exported(ground.partner.id)["figures"]
    assert (figure["wave"], figure["kind"], figure["num"], figure["den"]) == (
        "Pulse",
        "nps",
        100,
        3,
    )


def test_what_was_not_published_is_in_no_file(ground, wave):
    assert joining.exported(ground.partner.id) == {"figures": []}


def test_the_timeline_tells_of_published_waves(ground, published, other_partner):
    def lines(partner):
        ref = PartnerRef(partner.id, partner.code, partner.name, "active")
        return [entry.title for entry in in_app(ground, joining.timeline, ref, LATER, 5)]

    assert lines(ground.partner) == ["Survey published: Pulse"]
    assert lines(other_partner) == []


def test_the_calendar_holds_the_day_on_which_a_wave_closes(ground, as_contact):
    ground.contacts(2)
    opened = ground.opened()
    within = (TODAY, TODAY + timedelta(30))
    viewer = ground.staff("manager@example.org")
    [entry] = in_app(ground, joining.calendar, viewer, *within)
    assert (entry.day, entry.title) == (opened.closes_on, "Survey closes: Pulse")
    assert in_app(ground, joining.calendar, viewer, TODAY, TODAY) == []
    close(ground, opened)
    assert in_app(ground, joining.calendar, viewer, *within) == []
