"""Which tier a scorecard reaches, and what is missing to the next one.

Scorecards and thresholds are integer millionths of 1. Source: domain specification §3 (tiers) and
§2, Status (a scorecard decides only where it is whole).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

MILLION = 1_000_000
TENTH_OF_A_POINT = 1_000  # of a percentage point, in millionths


@dataclass(frozen=True, slots=True)
class Tier:
    """One rung of the ladder; `rank` counts from 1 for the lowest."""

    rank: int
    key: str
    name: str
    threshold: int


class Scored(Protocol):
    """What is known of a scorecard: its number, and whether it decides."""

    @property
    def score(self) -> int | None: ...
    @property
    def decides(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scorecard stands on a ladder.

    Not determined: there is neither a tier nor a next one. Determined without a tier: it is
    below the lowest. `gap` is what is missing to the next tier.
    """

    determined: bool
    tier: Tier | None = None
    next: Tier | None = None
    gap: int = 0

    @property
    def points(self) -> Decimal:
        """The gap in percentage points with one decimal, as shown scorecard and threshold differ.

        Halves go down because the scorecard's go up; something missing never shows as nothing.
        """
        tenths = (self.gap + TENTH_OF_A_POINT // 2 - 1) // TENTH_OF_A_POINT
        return Decimal(max(tenths, 1)) / 10 if self.gap > 0 else Decimal(0)

    def state(self, tier: Tier) -> str:
        """How a tier looks from here: reached, current, next or ahead."""
        if self.tier and tier.rank <= self.tier.rank:
            return "current" if tier.rank == self.tier.rank else "reached"
        return "next" if tier == self.next else "ahead"


def place(ladder: Sequence[Tier], card: Scored | None) -> Place:
    """The highest tier that a scorecard reaches, where it decides at all.

    Unknown never grants and never takes away: without a scorecard that decides there is no
    place. `ladder` holds the tiers from the lowest to the highest.
    """
    if card is None or card.score is None or not card.decides:
        return Place(determined=False)
    reached = [tier for tier in ladder if tier.threshold <= card.score]
    ahead = [tier for tier in ladder if tier.threshold > card.score]
    return Place(
        determined=True,
        tier=reached[-1] if reached else None,
        next=ahead[0] if ahead else None,
        gap=ahead[0].threshold - card.score if ahead else 0,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A tier that was reached or lost; None is "without a tier"."""

    at: int  # place of the scorecard in the series
    before: Tier | None
    now: Tier | None

    @property
    def up(self) -> bool:
        """Whether the partner climbed."""
        return (self.now.rank if self.now else 0) > (self.before.rank if self.before else 0)


def changes(ladder: Sequence[Tier], cards: Sequence[Scored]) -> list[Change]:
    """Where a series of scorecards, the oldest first, changes its tier.

    A scorecard that does not decide neither reaches nor loses a tier.
    """
    found: list[Change] = []
    before: Tier | None = None
    for at, card in enumerate(cards):
        here = place(ladder, card)
        if here.determined and here.tier != before:
            found.append(Change(at, before, here.tier))
            before = here.tier
    return found


def marks(ladder: Sequence[Tier]) -> tuple[Fraction, ...]:
    """The thresholds as fractions of 1: no figure below one may be shown as having reached it."""
    return tuple(Fraction(tier.threshold, MILLION) for tier in ladder)
