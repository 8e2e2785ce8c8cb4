"""What people wrote is given themes by hand: counted as far as they may be, found elsewhere."""

import pytest

from app.core.audit import AuditEntry
from app.core.clock import today
from app.core.contract import Subject
from plugins.surveys import joining, reading, themes
from plugins.surveys.models import Note, Theme, Wave
from plugins.surveys.rules.themes import text_hash
from plugins.surveys.tests.conftest import answer, close, start

TEXTS = ["Too slow"] * 5 + ["Too slow, and late", "Lovely"]


@pytest.fixture
def closed(ground, client, wave, codes):
    """A closed anonymous wave in which seven people wrote something."""
    for code, text in zip(codes, TEXTS, strict=True):
        answer(client, wave, start(client, wave, code), **{"q-why": text})
    return close(ground, wave)


def page(wave):
    return f"/x/surveys/waves/{wave.id}/questions/why/themes"


def given(client, wave):
    """Five answers about speed, one about speed and being late."""
    said = {"Too slow": "Speed", "Too slow, and late": "speed, Late", "Lovely": ""}
    return client.send(page(wave), **{f"themes-{text_hash(t)}": line for t, line in said.items()})


def test_texts_stand_in_an_order_that_tells_nothing(as_admin, closed):
    shown = as_admin.get(page(closed)).text
    places = [shown.index(f"themes-{one}") for one in sorted(map(text_hash, set(TEXTS)))]
    assert places == sorted(places)


def test_themes_are_counted_beside_the_question(as_admin, closed):
    assert given(as_admin, closed).status_code == 303
    with as_admin.application.app_context():
        found = themes.counts(reading.read(Wave.get_by_id(closed.id)))
    assert found == {"why": [("Speed", 6), ("Late", None)]}


def test_a_theme_of_few_has_no_number_on_the_page(as_admin, closed):
    given(as_admin, closed)
    page = as_admin.get(f"/x/surveys/waves/{closed.id}/results").text
    assert "too few answers" in page


def test_what_is_kept_of_a_theme_is_the_words_alone(as_admin, closed):
    given(as_admin, closed)
    kept = {column for row in Theme.select().dicts() for column in row}
    assert kept == {"wave", "question", "text_hash", "theme"}


def test_themes_are_taken_back(as_admin, closed):
    given(as_admin, closed)
    as_admin.send(page(closed), **{f"themes-{text_hash('Too slow')}": ""})
    assert {row.theme for row in Theme.select()} == {"Speed", "Late"}
    as_admin.send(page(closed), **{f"themes-{text_hash('Too slow, and late')}": ""})
    assert not Theme.select().exists()


def test_texts_that_nobody_wrote_get_no_theme(as_admin, closed):
    as_admin.send(page(closed), **{"themes-" + "0" * 64: "Invented"})
    assert not Theme.select().exists()


def test_an_open_wave_shows_no_texts(as_admin, wave):
    assert as_admin.get(page(wave)).status_code == 404


def test_texts_of_few_are_given_no_themes(ground, client, as_admin, wave, codes):
    for code in codes[:4]:
        answer(client, wave, start(client, wave, code))
    assert as_admin.get(page(close(ground, wave))).status_code == 404


def test_whoever_does_not_run_the_wave_gives_no_themes(as_manager, closed):
    assert as_manager.get(page(closed)).status_code == 403


def test_a_theme_is_found_over_surveys_and_notes(as_admin, closed):
    given(as_admin, closed)
    Note.create(
        kind="interview", day=today("UTC"), text="Hm", themes="speed", created_at=closed.created_at
    )
    shown = as_admin.get("/x/surveys/themes").text
    assert ("6 answers" in shown, "1 note" in shown) == (True, True)


def test_themes_of_notes_in_confidence_are_not_told(as_manager, closed):
    Note.create(
        kind="interview",
        day=today("UTC"),
        text="Hm",
        themes="Betrayal",
        confidential=True,
        created_at=closed.created_at,
    )
    assert "Betrayal" not in as_manager.get("/x/surveys/themes").text


def test_erasing_what_somebody_wrote_erases_its_themes(ground, client, as_admin):
    [contact] = ground.contacts(1)
    wave = ground.opened()
    client.send("/" + ground.ways()[0], **{"q-recommend": "3", "q-why": "Too slow", "send": "1"})
    wave = close(ground, wave)
    as_admin.send(page(wave), **{f"themes-{text_hash('Too slow')}": "Speed"})
    assert Theme.select().count() == 1
    with ground.app.app_context():
        joining.erase(Subject("Person 1", contact_ids=(contact.id,)))
    assert not Theme.select().exists()


def note(wave, themes, **more):
    return Note.create(
        kind="interview",
        day=today("UTC"),
        text="Hm",
        themes=themes,
        created_at=wave.created_at,
        **more,
    )


def rename(client, theme, name):
    return client.send(f"/x/surveys/theme?theme={theme}", name=name)


def test_a_theme_is_renamed_wherever_it_stands(as_admin, closed):
    given(as_admin, closed)
    filed = note(closed, "Meetings, speed", confidential=True)
    assert rename(as_admin, "Speed", "Pace").status_code == 303
    assert {row.theme for row in Theme.select()} == {"Pace", "Late"}
    assert Note.get_by_id(filed.id).themes == "Meetings, Pace"


def test_a_theme_by_the_name_of_another_becomes_one_with_it(as_admin, closed):
    given(as_admin, closed)
    filed = note(closed, "late, Speed")
    rename(as_admin, "Late", "speed")
    with as_admin.application.app_context():
        found = themes.counts(reading.read(Wave.get_by_id(closed.id)))
    assert found == {"why": [("Speed", 6)]}
    assert Note.get_by_id(filed.id).themes == "Speed"


def test_a_theme_is_spelt_anew(as_admin, closed):
    given(as_admin, closed)
    rename(as_admin, "Speed", "SPEED")
    assert {row.theme for row in Theme.select()} == {"SPEED", "Late"}


@pytest.mark.parametrize("name", ["", ",", "One, two", "x" * 61])
def test_a_theme_has_one_name(as_admin, closed, name):
    given(as_admin, closed)
    assert rename(as_admin, "Speed", name).status_code == 422
    assert {row.theme for row in Theme.select()} == {"Speed", "Late"}


def test_a_note_without_room_for_the_name_leaves_everything_as_it_is(as_admin, closed):
    given(as_admin, closed)
    note(closed, "Speed, " + "x" * 290)
    assert rename(as_admin, "Speed", "A name too long").status_code == 422
    assert {row.theme for row in Theme.select()} == {"Speed", "Late"}


def test_a_theme_that_is_gone_leads_to_those_there_are(as_admin, closed):
    assert rename(as_admin, "Speed", "Pace").location.endswith("/x/surveys/themes")


def test_administrators_alone_rename_themes(as_manager, as_admin, closed):
    given(as_admin, closed)
    assert rename(as_manager, "Speed", "Pace").status_code == 403
    assert "Rename" not in as_manager.get("/x/surveys/themes").text


def test_renaming_is_on_record_at_each_wave(as_admin, closed):
    given(as_admin, closed)
    before = given_rows(closed)
    rename(as_admin, "Speed", "Pace")
    assert given_rows(closed) == before + 1


def given_rows(wave):
    rows = AuditEntry.select().where(AuditEntry.action == "surveys.themes_given")
    return rows.where(AuditEntry.ref == f"surveys_wave:{wave.id}").count()
