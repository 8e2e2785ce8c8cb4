"""Who is owed what, until when, and what is worth celebrating."""

from datetime import date
from fractions import Fraction

import pytest

from plugins.incentives.programmes.definition import (
    Group,
    Reward,
    RewardKind,
)
from plugins.incentives.rewards.rules import (
    Quarter,
    Success,
    anniversaries,
    anniversary,
    climbs,
    entitled,
    last_day,
    success,
)

HELD = {1: "gold", 2: "silver", 3: "gold"}


def reward(**changes):
    return Reward("r", RewardKind.TRAINING, "Seat", **changes)


@pytest.mark.parametrize(
    ("given", "met", "owed"),
    [
        (reward(), None, [1, 2, 3]),  # no tier named: every tier
        (reward(tiers=("gold",)), None, [1, 3]),
        (reward(tiers=("platinum",)), None, []),
        (reward(requirement=Group("g")), None, []),  # nobody is known to meet it
        (reward(requirement=Group("g")), {2}, [2]),
        (reward(tiers=("gold",), requirement=Group("g")), {2, 3, 4}, [3]),
    ],
)
def test_a_benefit_is_owed_for_a_tier_and_a_requirement_that_is_met(given, met, owed):
    assert entitled(given, HELD, met) == owed


@pytest.mark.parametrize(
    ("kind", "lapses"),
    [("access", True), ("training", True), ("badge", True), ("award", False)],
)
def test_what_holds_for_a_period_ends_with_it(kind, lapses):
    end = date(2026, 9, 30)
    assert last_day(RewardKind(kind), end) == (end if lapses else None)


@pytest.mark.parametrize(
    ("start", "years", "day"),
    [
        (date(2020, 5, 4), 5, date(2025, 5, 4)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2020, 2, 29), 1, date(2021, 2, 28)),
    ],
)
def test_an_anniversary_falls_on_a_day_that_is_there(start, years, day):
    assert anniversary(start, years) == day


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2022, 4, 19), []),  # fifteen days before
        (date(2022, 4, 20), [2]),
        (date(2022, 6, 3), [2]),
        (date(2022, 6, 4), []),  # thirty-one days after
        (date(2023, 5, 4), []),  # three years are no anniversary
    ],
)
def test_anniversaries_are_drafted_around_their_day(today, years):
    assert [n for n, _day in anniversaries(date(2020, 5, 4), today)] == years


@pytest.mark.parametrize(
    ("ranks", "reached"),
    [
        ([1], []),
        ([1, 2], [1]),
        ([3], [0]),
        ([1, 3, 2, 3], [1, 3]),
        ([2, 0, 2], [0]),  # frozen and back
        ([2, 0, 3], [0, 2]),
        ([0, 1], []),
    ],
)
def test_a_tier_is_reached_from_below(ranks, reached):
    course = [(date(2026, month, 1), rank) for month, rank in enumerate(ranks, start=1)]
    assert climbs(course) == reached


def test_of_one_day_only_the_last_tier_counts():
    day = date(2026, 1, 1)
    assert climbs([(day, 1), (day, 3), (day, 1)]) == []
    assert climbs([(day, 1), (day, 3)]) == [1]


def quarters(*figures, met=False):
    return [Quarter(met, None if f is None else Fraction(f)) for f in figures]


@pytest.mark.parametrize(
    ("now", "earlier", "direction", "told"),
    [
        (Quarter(True, Fraction(5)), [], "higher", Success(True, False)),
        (Quarter(False, Fraction(5)), [], "higher", None),
        (Quarter(None, Fraction(5)), [], "higher", None),  # unknown celebrates nothing
        (Quarter(True, None), [], "higher", None),
        (Quarter(True, Fraction(5)), quarters(1, met=True), "higher", None),
        (Quarter(True, Fraction(5)), quarters(1, 2, 3, 4, met=True), "higher", Success(0, 1)),
        (Quarter(True, Fraction(5)), quarters(1, 2, 3, 5, met=True), "higher", None),
        (Quarter(True, Fraction(5)), quarters(1, 2, 3, None, met=True), "higher", None),
        (Quarter(True, Fraction(0)), quarters(1, 2, 3, 4), "lower", Success(1, 1)),
        (Quarter(True, Fraction(5)), quarters(1, 2, 3, 4, met=True), "band", None),
    ],
)
def test_a_first_and_a_record_are_successes(now, earlier, direction, told):
    assert success(now, earlier, direction) == told
