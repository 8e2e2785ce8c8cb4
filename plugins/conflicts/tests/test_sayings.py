"""What changed from one proposal to the next."""

import time

import pytest

from plugins.conflicts.sayings import differences


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("we own it", "you own it", [("gone", "we"), ("new", "you"), ("same", " own it")]),
        ("a b c", "a b d", [("same", "a b"), ("gone", " c"), ("new", " d")]),
        ("a", "a", [("same", "a")]),
    ],
)
def test_what_changed_between_proposals_is_told_by_words(
    before: str, after: str, expected: list[tuple[str, str]]
) -> None:
    assert differences(before, after) == expected


def test_proposals_that_say_one_word_over_and_over_cost_no_time() -> None:
    before, after = "first " + "a b " * 1200 + "last", "first " + "b b a " * 800 + "last"
    start = time.process_time()
    found = differences(before, after)
    assert time.process_time() - start < 0.5
    assert [kind for kind, _words in found] == ["same", "gone", "new", "same"]
    assert "".join(words for kind, words in found if kind != "gone") == after
