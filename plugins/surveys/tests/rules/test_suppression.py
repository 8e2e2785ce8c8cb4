"""Small groups stay hidden, whatever is shown beside them."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.surveys.rules import results, suppression
from plugins.surveys.rules.definition import Definition, Question, Type
from plugins.surveys.rules.results import Answered

K = 5


def test_the_one_beside_a_group_would_be_known_without_it():
    """[S1]"""
    assert 6 * Fraction(4) - 5 * Fraction("4.6") == 1  # what the hidden person answered
    (shown,) = suppression.shown_cells([{"group": 5, "other": 1}], K)
    assert shown == suppression.Shown(True, frozenset())


def test_fewer_than_k_answers_show_nothing():
    assert suppression.shown_cells([{"a": 4}], K) == [suppression.Shown(False, frozenset())]


def test_what_one_question_hides_is_hidden_for_all():
    full, thin = {"a": 9, "b": 8, "c": 7}, {"a": 9, "b": 8, "c": 2}
    shown = suppression.shown_cells([full, thin], K)
    assert [one.cells for one in shown] == [{"a"}, {"a"}]


def test_a_question_that_is_not_shown_hides_no_group():
    shown = suppression.shown_cells([{"a": 9, "b": 8}, {"a": 1, "b": 0}], K)
    assert shown[0].cells == {"a", "b"}
    assert not shown[1].total


def test_a_group_that_changed_a_little_is_hidden_with_another():
    (shown,) = suppression.shown_cells([{"a": 9, "b": 8, "c": 7}], K, changed=["a"])
    assert shown.cells == {"b"}


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [([1, 2], [1, 2], False), ([1, 2], [1, 3], True), ([1], [2, 3, 4, 5], False)],
)
def test_few_comers_and_goers_change_a_group(before, after, changed):
    assert suppression.slightly_changed(before, after, K) is changed


def test_groups_that_nobody_could_be_hidden_in_are_pooled_at_launch():
    assert suppression.told_apart({"a": 12, "b": 9, "c": 4}, K) == {"a"}


waves = st.integers(1, 6).flatmap(
    lambda cells: st.lists(
        st.lists(st.integers(0, 14), min_size=cells, max_size=cells), min_size=1, max_size=4
    )
)


def derivable(rows, wanted):
    """Whether sums over some groups give the sum over others, by elimination over fractions."""
    rows = [[Fraction(x) for x in row] for row in rows]
    wanted = [Fraction(x) for x in wanted]
    for column in range(len(wanted)):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows = [row for row in rows if row is not pivot]
        rows = [
            [x - row[column] / pivot[column] * y for x, y in zip(row, pivot, strict=True)]
            for row in rows
        ]
        factor = wanted[column] / pivot[column]
        wanted = [x - factor * y for x, y in zip(wanted, pivot, strict=True)]
    return not any(wanted)


@given(waves, st.integers(3, 6), st.sets(st.integers(0, 5)))
def test_no_group_below_k_can_be_worked_out_from_all_that_is_shown(wave, k, changed):
    questions = [dict(enumerate(counts)) for counts in wave]
    for counts, shown in zip(
        questions, suppression.shown_cells(questions, k, changed), strict=True
    ):
        if not shown.total:
            assert not shown.cells
            continue
        cells = range(len(counts))
        views = [[1] * len(counts)] + [[int(c == one) for c in cells] for one in shown.cells]
        for size in range(1, len(counts) + 1):
            for some in combinations(cells, size):
                if sum(counts[c] for c in some) < k and any(counts[c] for c in some):
                    assert not derivable(views, [int(c in some) for c in cells])


@given(waves, st.integers(3, 6))
def test_all_questions_show_the_same_groups(wave, k):
    questions = [dict(enumerate(counts)) for counts in wave]
    shown = suppression.shown_cells(questions, k)
    assert len({one.cells for one in shown if one.total}) <= 1


def test_ranges_and_themes_are_of_k_people_not_of_k_answers():
    """One who answers about three partners makes three answers of every one that is counted."""
    question = Question(key="years", type=Type.NUMBER, text={"en": "Years?"})
    definition = Definition(locale="en", title={"en": "T"}, questions=(question,))
    said = [("a", 1)] * 3 + [(name, 50) for name in "bcdefg"]
    people = [Answered("", {"years": years * 1_000_000}, person) for person, years in said]
    found = results.results(definition, people, [""], 3)
    assert found.least == 9
    assert [one.n for one in found.of("years").total.ranges] == [9]
