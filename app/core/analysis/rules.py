"""How a figure stands beside others: pure, on exact numbers in the KPI's own unit.

Source: domain specification §2, Benchmarks and Compare.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from app.core.kpis.rules import Direction

Number: TypeAlias = Fraction | int

PEERS_FOR_STAFF = 3  # beside the partner itself; fewer could be told apart
PEERS_FOR_PARTNERS = 5
NOTABLE = Fraction(1, 10)  # the gap from which a benchmark says something
FEWEST, MOST = 2, 5  # partners side by side


class Verdict(StrEnum):
    """What a gap to a benchmark means."""

    UNDERPERFORMING = "underperforming"
    IN_LINE = "in_line"
    SCALE = "scale"  # potential to scale


def percentile(own: Number, peers: Sequence[Number], direction: Direction) -> Fraction:
    """Where a figure stands among its peers, from 0 (worst) to 100 (best) [K6].

    100·(worse + ½·ties)/n, where n counts the figure itself and it is a tie of itself. A band has
    no better and worse without its bounds: ValueError.
    """
    if direction == Direction.BAND:
        raise ValueError("Figures of a band are neither better nor worse than one another")
    worse = sum(peer < own if direction == Direction.HIGHER else peer > own for peer in peers)
    ties = sum(peer == own for peer in peers) + 1
    return Fraction(100 * (2 * worse + ties), 2 * (len(peers) + 1))


def gap(actual: Number, benchmark: Number, direction: Direction) -> Fraction | None:
    """How far a figure is ahead of a benchmark, as a share of it; unknown beside nought [K6].

    s·(a − b)/|b| with s = −1 where lower is better; a band has no gap.
    """
    if not benchmark or direction == Direction.BAND:
        return None
    ahead = actual - benchmark if direction == Direction.HIGHER else benchmark - actual
    return Fraction(ahead) / (benchmark if benchmark > 0 else -benchmark)


def verdict(gap: Fraction) -> Verdict:
    """From ten per cent behind a partnership underperforms, from ten ahead it could be scaled."""
    if gap <= -NOTABLE:
        return Verdict.UNDERPERFORMING
    return Verdict.SCALE if gap >= NOTABLE else Verdict.IN_LINE


def best(figures: Sequence[Number | None], direction: Direction) -> tuple[int, ...]:
    """The places of the best figures: one is a winner, several are a tie.

    Unknown figures take no part; with fewer than two known ones, and for a band, nobody wins.
    Ordinals come as their ranks.
    """
    known = [figure for figure in figures if figure is not None]
    if len(known) < FEWEST or direction == Direction.BAND:
        return ()
    top = max(known) if direction == Direction.HIGHER else min(known)
    return tuple(place for place, figure in enumerate(figures) if figure == top)


@dataclass(frozen=True, slots=True)
class Overall:
    """Who leads by stated weights: each one's share of the weight that was decided."""

    shares: tuple[Fraction, ...]
    leaders: tuple[int, ...]
    decided: Fraction  # of the stated weight


def overall(
    winners: Mapping[int, tuple[int, ...]], weights: Mapping[int, int], contenders: int
) -> Overall | None:
    """The overall winner by weights that somebody stated, never without them.

    `winners` holds the places that won each metric, `weights` the weight of each metric by the
    same keys. A tie shares its weight evenly; a metric that nobody won counts for nobody.
    """
    stated = {metric: weight for metric, weight in weights.items() if weight > 0}
    decided = {metric: winners[metric] for metric in stated if winners.get(metric)}
    whole = sum(stated[metric] for metric in decided)
    if not whole:
        return None
    shares = [Fraction(0)] * contenders
    for metric, places in decided.items():
        for place in places:
            shares[place] += Fraction(stated[metric], whole * len(places))
    top = max(shares)
    return Overall(
        shares=tuple(shares),
        leaders=tuple(place for place, share in enumerate(shares) if share == top),
        decided=Fraction(whole, sum(stated.values())),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A partner in the matrix: per cent of its width from the left and its height from the top."""

    x: float
    y: float


def place(attainment: Fraction, relationship: Fraction) -> Place:
    """Where a partner stands: attainment 0…150 % to the right, relationship 0…100 upwards."""
    return Place(
        x=_within(float(attainment) / 1.5 * 100),
        y=_within(100 - float(relationship)),
    )


def _within(share: float) -> float:
    return round(3 + 0.94 * min(max(share, 0.0), 100.0), 2)
