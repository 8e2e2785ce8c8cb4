"""Interviews and observations are found by whoever may read them, and stand beside the numbers."""

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.partners.models import Partner
from plugins.surveys import finding, notes
from plugins.surveys.models import Note
from plugins.surveys.tests.conftest import close


@pytest.fixture
def note(ground):
    """A function that writes an interview down."""

    def write(text="They want one person to ask.", **more):
        values = {"kind": "interview", "partner": ground.partner, "day": now().date()}
        return Note.create(**values | {"text": text, "created_at": now()} | more)

    return write


def hits(ground, query, email="manager@example.org"):
    with ground.app.test_request_context():
        return [hit.values for hit in finding.found(query, ground.staff(email), 20)]


def test_a_note_is_found_by_its_words(ground, note):
    written = note(themes="Answers")
    assert hits(ground, "PERSON answers") == [{"note_id": written.id}]


def test_a_note_in_confidence_is_found_by_administrators_and_its_author(ground, note):
    manager = ground.staff("manager@example.org")
    note(confidential=True)
    assert hits(ground, "person") == []
    assert len(hits(ground, "person", "admin@example.org")) == 1
    Note.update(created_by=manager.user_id).execute()
    assert len(hits(ground, "person")) == 1


@pytest.mark.parametrize("email", ["viewer@example.org"])
def test_who_only_reads_finds_no_notes(ground, note, email):
    note()
    assert hits(ground, "person", email) == []


def test_notes_about_the_partners_of_a_wave_stand_beside_its_numbers(ground, note, other_partner):
    ground.contacts(2)
    wave = close(ground, ground.opened())
    trust = note("About trust.", dimension="trust")
    note("Of another partner.", partner=other_partner)
    note("Long ago.", day=now().date() - timedelta(300))
    open_ = note("About all.")
    found = notes.beside(wave, ground.admin)
    assert {name: [one.id for one in some] for name, some in found.items()} == {
        "trust": [trust.id],
        "": [open_.id],
    }


def test_results_show_what_was_said_beside_the_numbers(ground, note, as_admin):
    ground.contacts(2)
    wave = close(ground, ground.opened())
    note(dimension="communication")
    shown = as_admin.get(f"/x/surveys/waves/{wave.id}/results").text
    assert "They want one person to ask." in shown


def test_notes_are_listed_by_dimension(note, as_admin):
    note("About trust.", dimension="trust")
    note("About speed.", dimension="communication")
    shown = as_admin.get("/x/surveys/notes?dimension=trust").text
    assert ("About trust." in shown, "About speed." in shown) == (True, False)


def test_a_note_is_changed_by_its_author_the_partners_own_people_and_administrators(ground, note):
    manager = ground.staff("manager@example.org")
    Partner.update(owner=None).execute()
    written = [note(), own := note(created_by=manager.user_id)]
    assert notes.changeable(written, manager) == {own.id}
    assert notes.changeable(written, ground.admin) == {one.id for one in written}
    Partner.update(owner=manager.user_id).execute()
    assert notes.changeable(written, manager) == {one.id for one in written}


def test_others_read_a_note_and_do_not_change_it(note, as_manager):
    Partner.update(owner=None).execute()
    written = note(themes="Answers", quotes="Whom do we ask?")
    page = f"/x/surveys/notes/{written.id}"
    shown = as_manager.get(page)
    assert shown.status_code == 200
    for said in ("They want one person to ask.", "Whom do we ask?", "Answers"):
        assert said in shown.text
    assert "<textarea" not in shown.text
    assert page not in as_manager.get("/x/surveys/notes").text
    values = {"kind": "interview", "day": "2026-01-05", "text": "Changed.", "version": "1"}
    assert as_manager.send(page, **values).status_code == 403
    assert as_manager.send(f"{page}/remove").status_code == 403
    assert Note.get().text == "They want one person to ask."
