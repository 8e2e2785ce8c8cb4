"""What closed cases tell together, and what is not told of few: [C3]."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from plugins.conflicts.rules import metrics
from plugins.conflicts.rules.metrics import Ended, Rate


def ended(outcome: str, stage: int = 1, *, reopened: bool = False, n: int = 0) -> metrics.Ended:
    at = datetime(2026, 1, 1)
    return metrics.Ended(n, outcome, stage, "financial", ("money",), at, at, reopened)


def test_c3_resolution_escalation_and_recurrence():
    cases = [ended("resolved", 2 if n < 5 else 1, reopened=n < 3, n=n) for n in range(18)]
    cases += [ended("unresolved", 2 if n < 2 else 1, n=100 + n) for n in range(4)]
    cases += [ended("withdrawn", n=200 + n) for n in range(3)]
    assert metrics.resolution(cases).value == Fraction(18, 22)
    assert metrics.escalation(cases).value == Fraction(7, 25)
    assert metrics.recurrence(cases).value == Fraction(3, 18)


@pytest.mark.parametrize(("days", "share"), [(180, 1), (181, 0)])
def test_the_same_cause_with_the_same_partner_within_180_days_recurs(days, share):
    first = [ended("resolved", n=n) for n in range(5)]
    later = [
        replace(ended("unresolved", n=n), raised_at=case.closed_at + timedelta(days=days))
        for n, case in enumerate(first)
    ]
    assert metrics.recurrence([*first, *later]).value == share


def test_a_share_of_few_is_not_told():
    assert metrics.resolution([ended("resolved")] * 4).value is None


def test_one_small_count_hides_another_so_that_it_cannot_be_worked_out():
    assert metrics.told({"a": 3, "b": 9, "c": 7}) == {"a": None, "b": 9, "c": None}
    assert metrics.told({"a": 3, "b": 4, "c": 7}) == {"a": None, "b": None, "c": 7}
    assert metrics.told({"a": 0, "b": 9}) == {"a": 0, "b": 9}
    assert metrics.told({"a": 1, "b": 2, "c": 7}) == {"a": None, "b": None, "c": None}


def test_time_is_told_by_category_and_stage_and_small_cells_are_hidden() -> None:
    def cases(category: str, stage: int, *hours: float) -> list[Ended]:
        day = datetime(2026, 1, 5)
        return [
            Ended(1, "resolved", stage, category, (), day, day, hours=((stage, spent),))
            for spent in hours
        ]

    found = metrics.by_category_and_stage(
        [
            *cases("operational", 1, 1, 2, 3, 4, 90),
            *cases("financial", 1, 5, 5, 5, 5, 5, 5),
            *cases("brand", 1, 8),
            *cases("operational", 2, 10, 20, 30, 40, 50),
        ],
        ("operational", "financial", "brand", "people"),
    )
    assert found == {
        "operational": {1: (None, None), 2: (5, 30), 3: (0, None)},
        "financial": {1: (6, 5), 2: (0, None), 3: (0, None)},
        "brand": {1: (None, None), 2: (0, None), 3: (0, None)},
    }


def several(**outcomes: int) -> list[Ended]:
    return [ended(outcome) for outcome, n in outcomes.items() for _ in range(n)]


def test_a_single_hidden_share_hides_another_so_that_it_cannot_be_worked_out():
    parts = {
        "brand": several(resolved=4),
        "people": several(resolved=6),
        "financial": several(unresolved=5, resolved=7),
    }
    assert metrics.of_parts(parts, metrics.resolution) == {
        "financial": (Rate(12, 7, Fraction(7, 12)),)
    }


def test_how_many_of_a_part_cannot_be_worked_out_from_the_others_and_the_whole():
    parts = {
        "brand": several(resolved=2, unresolved=8),
        "people": several(resolved=6, unresolved=6),
        "financial": several(resolved=9, unresolved=9),
    }
    assert metrics.of_parts(parts, metrics.resolution) == {
        "financial": (Rate(18, 9, Fraction(1, 2)),)
    }


@pytest.mark.parametrize(
    ("part", "whole", "value", "words"),
    [
        (3, 18, None, "few"),
        (18, 22, None, "most"),
        (3, 7, None, ""),
        (2, 4, None, ""),
        (0, 9, Fraction(0), ""),
        (9, 9, Fraction(1), ""),
        (5, 10, Fraction(1, 2), ""),
    ],
)
def test_a_share_that_would_tell_of_few_is_told_in_words(part, whole, value, words):
    assert metrics.guarded(metrics.rate(part, whole)) == Rate(whole, part, value, words)


def test_a_share_is_not_told_where_it_would_tell_a_figure_that_is_hidden_beside_it():
    assert metrics.guarded(metrics.rate(18, 24), hidden=True).value is None
    assert metrics.guarded(metrics.rate(18, 24)).value == Fraction(3, 4)
