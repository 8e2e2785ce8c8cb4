"""Surveys are made in the browser: from templates, question by question, from files."""

from io import BytesIO

import pytest

from plugins.surveys import surveys
from plugins.surveys.models import Note, Survey, SurveyVersion
from plugins.surveys.rules import definition as rules


def keys(survey):
    version = surveys.latest(survey.id)
    return [one.key for one in rules.loads(version.definition).questions]


@pytest.fixture
def survey(ground):
    return ground.survey("activity")


def path(survey, rest=""):
    return f"/x/surveys/surveys/{survey.id}{rest}"


def question(**changes):
    return {
        "version": "1",
        "type": "single",
        "dimension": "",
        "show_question": "",
        "show_operator": "is",
        "text_en": "Which one?",
        "text_de": "Welches?",
        "options_en": "Red\nBlue",
        "options_de": "Rot\nBlau",
    } | changes


def test_a_survey_is_made_from_a_template(as_manager):
    as_manager.send("/x/surveys/surveys/new", name="Ours", audience="partner", template="nps")
    assert keys(Survey.get()) == ["recommend", "why"]


def test_a_survey_without_a_name_is_refused(as_manager):
    assert as_manager.send("/x/surveys/surveys/new", name="").status_code == 422


def test_whoever_only_reads_makes_none(as_viewer):
    assert as_viewer.get("/x/surveys/surveys/new").status_code == 403


def test_a_question_is_added_with_its_options_in_both_languages(as_manager, survey):
    done = as_manager.send(path(survey, "/questions/new"), **question())
    assert done.status_code == 303, done.text
    found = rules.loads(surveys.latest(survey.id).definition).question("which_one")
    assert [(o.key, o.text) for o in found.options] == [
        ("red", {"en": "Red", "de": "Rot"}),
        ("blue", {"en": "Blue", "de": "Blau"}),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"text_en": ""},
        {"options_en": "One"},
        {"type": "nonsense"},
        {"show_question": "again", "show_value": ""},
        {"show_question": "again", "show_value": "maybe"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(as_manager, survey, changes):
    answer = as_manager.send(path(survey, "/questions/new"), **question(**changes))
    assert answer.status_code == 422
    assert "which_one" not in keys(survey)


def test_a_question_moves_by_its_buttons_and_by_its_place(as_manager, survey):
    before = keys(survey)
    as_manager.send(path(survey, f"/questions/{before[1]}/move"), to="up", version="1")
    assert keys(survey)[:2] == [before[1], before[0]]
    as_manager.send(path(survey, f"/questions/{before[1]}/move"), to="3", version="2")
    assert keys(survey)[3] == before[1]


@pytest.mark.parametrize(
    ("moved", "to", "order"),
    [
        ("B", "up", "xBbbAaCc"),
        ("B", "down", "xAaCcBbb"),
        ("A", "down", "xBbbAaCc"),
        ("A", "up", "AaxBbbCc"),
        ("C", "0", "CcxAaBbb"),
        ("C", "down", "xAaBbbCc"),
        ("A", "7", "xBbbCcAa"),
    ],
)
def test_a_section_takes_its_questions_along(moved, to, order):
    """Capitals are sections; the first question stands before all of them."""
    letters = "xAaBbbCc"
    definition = rules.Definition(
        locale="en",
        title={"en": "T"},
        questions=tuple(
            rules.Question(
                key=f"{letter.lower()}{n}",
                type=rules.Type.SECTION if letter.isupper() else rules.Type.YES_NO,
                text={"en": letter},
            )
            for n, letter in enumerate(letters)
        ),
    )
    at = letters.index(moved)
    place = int(to) if to.isdecimal() else at + {"up": -1, "down": 1}[to]
    found = surveys.moved(definition, f"{moved.lower()}{at}", place)
    assert "".join(one.text["en"] for one in found.questions) == order


def test_moving_before_what_it_depends_on_takes_the_condition_away(as_manager, survey):
    moved = as_manager.send(path(survey, "/questions/why_not/move"), to="0", version="1")
    assert "is now shown to everybody" in as_manager.get(moved.location).text
    assert rules.loads(surveys.latest(survey.id).definition).questions[0].show_if is None


def test_taking_a_question_out_frees_those_that_waited_for_it(as_manager, survey):
    as_manager.send(path(survey, "/questions/again/remove"), version="1")
    found = rules.loads(surveys.latest(survey.id).definition)
    assert found.question("why_not").show_if is None


def test_what_lacks_a_translation_is_named(as_manager, survey):
    as_manager.send(path(survey, "/questions/new"), **question(text_de=""))
    shown = as_manager.get(path(survey)).text
    assert f"/questions/{keys(survey)[-1]}" in shown.split("1 text is missing")[1]


def test_a_stale_edit_changes_nothing(as_manager, survey):
    as_manager.send(path(survey, "/questions/new"), **question())
    late = as_manager.send(path(survey, "/questions/again/remove"), version="1")
    assert late.status_code == 409
    assert "again" in keys(survey)


def test_an_answered_version_takes_words_and_nothing_else(as_manager, survey):
    surveys.lock_version(surveys.latest(survey.id).id)
    as_manager.send(
        path(survey, "/questions/again"), **question(type="yes_no", text_en="Once more?")
    )
    assert SurveyVersion.select().count() == 1
    as_manager.send(path(survey, "/questions/again/remove"), version="2")
    assert surveys.latest(survey.id).number == 2


def test_a_file_brings_the_same_survey_in(as_manager, survey):
    file = as_manager.get(path(survey, "/export")).data
    token = as_manager.token()
    form = {"csrf_token": token, "name": "Copy", "audience": "partner"}
    as_manager.post("/x/surveys/surveys/new", data=form | {"file": (BytesIO(file), "survey.json")})
    assert keys(Survey.get(Survey.name == "Copy")) == keys(survey)


def test_a_file_that_is_no_survey_is_refused(as_manager):
    form = {"csrf_token": as_manager.token(), "name": "Copy", "audience": "partner"}
    answer = as_manager.post(
        "/x/surveys/surveys/new", data=form | {"file": (BytesIO(b"\xff{"), "survey.json")}
    )
    assert answer.status_code == 422
    assert not Survey.select().exists()


def test_the_preview_speaks_both_languages(as_manager, survey):
    assert "Wie war es?" in as_manager.get(path(survey, "/preview?locale=de")).text


def note(**changes):
    return {
        "kind": "interview",
        "day": "2026-11-20",
        "text": "They said it works.",
        "consent": "notes",
    } | changes


def test_an_interview_is_written_down(as_manager):
    as_manager.send("/x/surveys/notes/new", **note(themes="speed, tone"))
    assert "They said it works." in as_manager.get("/x/surveys/notes?theme=tone").text


def test_quotes_need_consent(as_manager):
    assert as_manager.send("/x/surveys/notes/new", **note(quotes="Yes!")).status_code == 422
    assert not Note.select().exists()


def test_a_confidential_note_is_its_authors(as_admin, as_manager):
    as_admin.send("/x/surveys/notes/new", **note(confidential="y"))
    assert "They said" not in as_manager.get("/x/surveys/notes").text
    assert as_manager.get(f"/x/surveys/notes/{Note.get().id}").status_code == 404
