"""Answers are read from forms as the questions want them, and asked where they are to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.surveys import shipped
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import questions
from plugins.surveys.rules.definition import (
    Definition,
    DefinitionError,
    Option,
    Question,
    ShowIf,
    Type,
)

OPTIONS = tuple(Option(key, {"en": key.upper()}) for key in ("a", "b", "c"))
AGAIN = Question("again", Type.YES_NO, {"en": "Again?"})
WHY = Question(
    "why", Type.SHORT_TEXT, {"en": "Why?"}, required=True, show_if=ShowIf("again", "is", "no")
)


def sheet(*some):
    return Definition("en", {"en": "T"}, questions=some)


def asked(kind, **more):
    return sheet(Question("q", kind, {"en": "?"}, **more))


@pytest.mark.parametrize(
    ("definition", "form", "answer"),
    [
        (asked(Type.NPS), {"q-q": ["0"]}, 0),
        (asked(Type.CSAT5), {"q-q": ["5"]}, 5),
        (asked(Type.RATING, steps=7), {"q-q": ["7"]}, 7),
        (asked(Type.SINGLE, options=OPTIONS), {"q-q": ["b"]}, "b"),
        (asked(Type.MULTI, options=OPTIONS), {"q-q": ["c", "a"]}, ["a", "c"]),
        (asked(Type.MATRIX, rows=OPTIONS), {"q-q-a": ["1"], "q-q-c": ["5"]}, {"a": 1, "c": 5}),
        (
            asked(Type.RANKING, options=OPTIONS),
            {"q-q-a": ["3"], "q-q-b": ["1"], "q-q-c": ["2"]},
            ["b", "c", "a"],
        ),
        (asked(Type.YES_NO), {"q-q": ["no"]}, False),
        (asked(Type.NUMBER), {"q-q": ["-12,5"]}, -12_500_000),
        (asked(Type.DATE), {"q-q": ["2026-11-22"]}, "2026-11-22"),
        (asked(Type.LONG_TEXT), {"q-q": [" Said. "]}, "Said."),
    ],
)
def test_an_answer_is_read(definition, form, answer):
    assert questions.read(definition, form) == ({"q": answer}, {})


@pytest.mark.parametrize(
    ("definition", "form", "fault"),
    [
        (asked(Type.NPS), {"q-q": ["11"]}, "choose"),
        (asked(Type.LIKERT5), {"q-q": ["0"]}, "choose"),
        (asked(Type.SINGLE, options=OPTIONS), {"q-q": ["z"]}, "choose"),
        (asked(Type.MULTI, options=OPTIONS), {"q-q": ["a", "z"]}, "choose"),
        (asked(Type.RANKING, options=OPTIONS), {"q-q-a": ["1"], "q-q-b": ["1"]}, "ranking"),
        (asked(Type.NUMBER), {"q-q": ["1e999"]}, "number"),
        (asked(Type.NUMBER), {"q-q": ["NaN"]}, "number"),
        (asked(Type.DATE), {"q-q": ["9999-12-31"]}, "date"),
        (asked(Type.SHORT_TEXT), {"q-q": ["x" * 201]}, "long"),
        (asked(Type.YES_NO, required=True), {}, "required"),
        (asked(Type.MATRIX, rows=OPTIONS, required=True), {"q-q-a": ["1"]}, "required"),
    ],
)
def test_what_does_not_fit_is_said(definition, form, fault):
    assert questions.read(definition, form)[1] == {"q": fault}


@given(st.dictionaries(st.sampled_from(["q-q", "q-q-a", "q-q-b"]), st.lists(st.text(max_size=9))))
def test_nothing_that_is_typed_breaks_a_sheet(form):
    for kind in Type:
        more = {"options": OPTIONS} if kind.has_options else {}
        questions.read(asked(kind, rows=OPTIONS if kind is Type.MATRIX else (), **more), form)


def test_a_question_that_is_not_shown_is_neither_asked_nor_kept():
    form = {"q-again": ["yes"], "q-why": ["Left over"]}
    assert questions.read(sheet(AGAIN, WHY), form) == ({"again": True}, {})


def test_a_question_that_is_shown_must_be_answered():
    assert questions.read(sheet(AGAIN, WHY), {"q-again": ["no"]})[1] == {"why": "required"}


@pytest.mark.parametrize(
    ("operator", "shown"), [("is", False), ("at_least", True), ("at_most", False)]
)
def test_scales_are_compared(operator, shown):
    assert questions.is_shown(ShowIf("q", operator, "3"), {"q": 4}) is shown


def test_saving_on_the_way_forgives_what_is_missing():
    form = {"q-again": ["no"], "q-q": ["99"]}
    assert questions.read(sheet(AGAIN, WHY), form, partial=True) == ({"again": False}, {})


@pytest.mark.parametrize(
    ("some", "fault"),
    [
        ((AGAIN, AGAIN), "Two questions"),
        ((WHY, AGAIN), "comes later"),
        ((Question("q", Type.SINGLE, {"en": "?"}),), "two options"),
        ((Question("q", Type.NPS, {"en": "?"}, dimension="trust"),), "only agreement"),
        (
            (AGAIN, Question("q", Type.DATE, {"en": "?"}, show_if=ShowIf("again", "is", "x"))),
            "cannot",
        ),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(some, fault):
    with pytest.raises(DefinitionError, match=fault):
        rules.check(sheet(*some))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"locale": "en"}', '{"x": 1}'])
def test_what_is_no_survey_is_refused(text):
    with pytest.raises(DefinitionError):
        rules.loads(text)


@pytest.mark.parametrize("one", shipped.ALL, ids=lambda one: one.key)
def test_shipped_surveys_are_whole_in_both_languages(one):
    assert rules.loads(rules.dumps(one.definition)) == one.definition
    assert rules.missing(one.definition, "de") == rules.missing(one.definition, "en") == []


def test_only_words_change_in_a_version_that_was_answered():
    words = sheet(Question("again", Type.YES_NO, {"en": "Once more?"}))
    other = sheet(Question("again", Type.YES_NO, {"en": "Again?"}, required=True))
    assert rules.same_meaning(sheet(AGAIN), words)
    assert not rules.same_meaning(sheet(AGAIN), other)
