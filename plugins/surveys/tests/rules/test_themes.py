"""Themes of what people wrote, counted as far as they may be."""

import pytest

from plugins.surveys.rules import themes

TEXTS = ["Too slow", "Too slow", "Answers come late", "Nice people"]
GIVEN = {
    themes.text_hash("Too slow"): ["Speed"],
    themes.text_hash("Answers come late"): ["Speed", "Answers"],
}


def test_themes_are_counted_by_answer():
    assert themes.counted(TEXTS, GIVEN, 0) == [("Speed", 3), ("Answers", 1)]


def test_a_theme_of_few_has_no_number():
    assert themes.counted(TEXTS, GIVEN, 3) == [("Speed", 3), ("Answers", None)]


def test_themes_of_texts_that_are_not_shown_do_not_count():
    assert themes.counted([], GIVEN, 0) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("speed,  Answers ", ["Speed", "Answers"]),
        ("a, A, ,a", ["a"]),
        ("", []),
        ("x" * 90, ["x" * 60]),
    ],
)
def test_themes_are_read_once_and_spelt_as_known(line, found):
    assert themes.typed(line, ["Speed"]) == found
