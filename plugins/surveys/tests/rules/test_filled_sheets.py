"""What stands in a sheet's fields is what was answered."""

from plugins.surveys.rules import questions, sheets
from plugins.surveys.rules.definition import Definition, Option, Question, Type

PARTS = tuple(Option(key, {"en": key}) for key in ("a", "b", "c"))
DEFINITION = Definition(
    locale="en",
    title={"en": "All kinds"},
    questions=tuple(
        Question(
            kind.value,
            kind,
            {"en": "?"},
            options=PARTS if kind.has_options else (),
            rows=PARTS if kind is Type.MATRIX else (),
        )
        for kind in Type
    ),
)
ANSWERS = {
    "nps": 0,
    "csat5": 5,
    "likert5": 3,
    "rating": 2,
    "single": "b",
    "multi": ["a", "c"],
    "matrix": {"a": 1, "c": 5},
    "ranking": ["c", "a", "b"],
    "yes_no": False,
    "number": -12_500_000,
    "date": "2026-03-01",
    "short_text": "Short",
    "long_text": "Two\nlines",
}


def test_answers_come_back_as_they_were_given():
    form = sheets.filled(DEFINITION, ANSWERS)
    assert questions.read(DEFINITION, form) == (ANSWERS, {})


def test_every_kind_of_question_that_is_answered_was_tried():
    assert {question.key for question in DEFINITION.asked} == set(ANSWERS)


def test_large_numbers_are_written_out():
    assert sheets.filled(DEFINITION, {"number": 1_200_000_000_000})["q-number"] == ["1200000"]
