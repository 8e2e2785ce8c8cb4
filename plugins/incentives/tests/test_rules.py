"""Which tier a scorecard reaches: thresholds, gaps, and what unknown never does."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.incentives.rules import Place, Tier, changes, marks, place

MEMBER = Tier(1, "member", "Member", 0)
SILVER = Tier(2, "silver", "Silver", 900_000)
GOLD = Tier(3, "gold", "Gold", 1_050_000)
LADDER = (MEMBER, SILVER, GOLD)


class Card(NamedTuple):
    """As much of a standing as the rules read."""

    score: int
    decides: bool = True


scores = st.integers(0, 1_500_000)
ladders = st.lists(st.integers(0, 1_500_000), min_size=1, max_size=6, unique=True).map(
    lambda thresholds: tuple(
        Tier(rank, str(rank), str(rank), threshold)
        for rank, threshold in enumerate(sorted(thresholds), start=1)
    )
)


@pytest.mark.parametrize(
    ("score", "tier", "following", "gap"),
    [
        (0, MEMBER, SILVER, 900_000),
        (899_999, MEMBER, SILVER, 1),
        (900_000, SILVER, GOLD, 150_000),
        (957_000, SILVER, GOLD, 93_000),
        (1_049_999, SILVER, GOLD, 1),
        (1_050_000, GOLD, None, 0),
        (1_500_000, GOLD, None, 0),
    ],
)
def test_a_scorecard_that_decides_reaches_the_highest_tier_it_is_enough_for(
    score: int, tier: Tier, following: Tier | None, gap: int
) -> None:
    assert place(LADDER, Card(score)) == Place(True, tier, following, gap)


def test_a_scorecard_below_the_lowest_tier_is_determined_and_has_none() -> None:
    assert place((SILVER, GOLD), Card(500_000)) == Place(True, None, SILVER, 400_000)


def test_no_scorecard_has_no_place() -> None:
    assert place(LADDER, None) == Place(determined=False)


@given(ladders, scores)
def test_a_scorecard_that_does_not_decide_grants_nothing_and_promises_nothing(
    ladder: tuple[Tier, ...], score: int
) -> None:
    assert place(ladder, Card(score, decides=False)) == Place(determined=False)


@given(ladders, scores, scores)
def test_a_better_scorecard_never_reaches_a_lower_tier(
    ladder: tuple[Tier, ...], one: int, other: int
) -> None:
    low, high = (place(ladder, Card(score)).tier for score in sorted((one, other)))
    assert (low.rank if low else 0) <= (high.rank if high else 0)


@given(ladders, scores)
def test_closing_the_gap_reaches_the_next_tier(ladder: tuple[Tier, ...], score: int) -> None:
    here = place(ladder, Card(score))
    if here.next:
        assert place(ladder, Card(score + here.gap)).tier == here.next


@pytest.mark.parametrize(
    ("gap", "points"),
    [
        (0, "0"),
        (1, "0.1"),  # never shown as nothing
        (93_000, "9.3"),
        (43_300, "4.3"),  # 85.67 shows 85.7; 4.3 to 90
        (43_500, "4.3"),  # 85.65 shows 85.7
        (43_501, "4.4"),  # 85.6499 shows 85.6
        (900_000, "90"),
    ],
)
def test_a_gap_is_shown_in_points(gap: int, points: str) -> None:
    assert Place(True, MEMBER, SILVER, gap).points == Decimal(points)


@pytest.mark.parametrize(
    ("card", "states"),
    [
        (Card(950_000), ["reached", "current", "next"]),
        (Card(1_100_000), ["reached", "reached", "current"]),
        (Card(100_000), ["current", "next", "ahead"]),
        (Card(1_100_000, decides=False), ["ahead", "ahead", "ahead"]),
    ],
)
def test_each_tier_has_a_state_as_seen_from_a_place(card: Card, states: list[str]) -> None:
    here = place(LADDER, card)
    assert [here.state(tier) for tier in LADDER] == states


def test_the_thresholds_are_marks_that_no_shown_figure_may_seem_to_have_reached() -> None:
    assert marks(LADDER) == (Fraction(0), Fraction(9, 10), Fraction(21, 20))


@pytest.mark.parametrize(
    ("cards", "told"),
    [
        ([], []),
        ([Card(900_000)], [("-", "silver", True)]),
        ([Card(900_000), Card(950_000)], [("-", "silver", True)]),
        (
            [Card(900_000), Card(1_050_000), Card(0)],
            [("-", "silver", True), ("silver", "gold", True), ("gold", "member", False)],
        ),
        # What does not decide neither reaches nor loses a tier.
        ([Card(900_000), Card(0, decides=False), Card(900_000)], [("-", "silver", True)]),
    ],
)
def test_a_series_of_scorecards_changes_tier_where_one_decides(cards, told) -> None:
    found = changes(LADDER, cards)
    names = [(c.before.key if c.before else "-", c.now.key if c.now else "-", c.up) for c in found]
    assert names == told
