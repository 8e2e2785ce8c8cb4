"""Who is owed a benefit, until when, and what is worth celebrating; pure.

Source: domain specification §3 (reward rules without money, `grant`, Defaults).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from plugins.incentives.programmes.definition import Definition, Reward, RewardKind

# What holds for its period and is gone with it; an award or a recognition is owed for good.
_LASTING = frozenset(
    {
        RewardKind.ACCESS,
        RewardKind.BADGE,
        RewardKind.TRAINING,
        RewardKind.SUPPORT,
        RewardKind.MARKETING,
    }
)
HONOURS = frozenset({RewardKind.RECOGNITION, RewardKind.AWARD})  # given by being published
ANNIVERSARIES = (1, 2, 5, 10)  # years of a partnership
AHEAD, BEHIND = timedelta(days=14), timedelta(days=30)  # around an anniversary: when it is drafted
RECORD_AFTER = 4  # earlier quarters with a figure before one of them can be the best


def benefits(definition: Definition) -> list[Reward]:
    """The rewards of a version that pay no money."""
    return [reward for reward in definition.rewards if not reward.kind.pays]


def entitled(
    reward: Reward, tiers: Mapping[int, str], met: Collection[int] | None = None
) -> list[int]:
    """The partners that a reward is owed to, by id.

    `tiers` are the tiers held at the period's first day; who holds none gets nothing. `met` are
    those whose answer to the reward's own requirement is yes: who is unknown is not among them.
    """
    held = {id_ for id_, tier in tiers.items() if not reward.tiers or tier in reward.tiers}
    if reward.requirement is not None:
        held &= set(met or ())
    return sorted(held)


def last_day(kind: RewardKind, period_end: date) -> date | None:
    """The last day on which a benefit of a period can be had; None where it does not lapse."""
    return period_end if kind in _LASTING else None


def anniversary(start: date, years: int) -> date:
    """The day so many years on; of 29 February the 28th where the year has none."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def anniversaries(start: date, today: date) -> list[tuple[int, date]]:
    """The anniversaries to be drafted today: soon, or lately passed."""
    found = [(years, anniversary(start, years)) for years in ANNIVERSARIES if start.year < 9000]
    return [(years, day) for years, day in found if day - AHEAD <= today <= day + BEHIND]


def climbs(course: Sequence[tuple[date, int]]) -> list[int]:
    """Where in a course of tiers, by day and rank, a higher one was reached than the one before.

    A rank of 0 is none: whoever comes back from it to the same tier has not reached it. The lowest
    tier is never reached, it is where everybody begins; of one day only the last row counts.
    """
    found, before = [], 1
    for at, (day, rank) in enumerate(course):
        last = at + 1 == len(course) or course[at + 1][0] != day
        if not last or not rank:
            continue
        if rank > before:
            found.append(at)
        before = rank
    return found


class Quarter(NamedTuple):
    """How a KPI came out in a quarter: met or not (None: unknown or no target), and its figure.

    The figure is None where it is not complete.
    """

    met: bool | None
    figure: Fraction | None


class Success(NamedTuple):
    """What is worth telling of a KPI in a quarter."""

    first: bool  # its target was met for the first time
    best: bool  # no earlier quarter was as good


def success(now: Quarter, earlier: Sequence[Quarter], direction: str) -> Success | None:
    """Whether a quarter is a first or a record; None where it is neither.

    Only a target that was met counts, and only what is complete. A band knows no best figure.
    """
    if not now.met or now.figure is None:
        return None
    first = not any(quarter.met for quarter in earlier)
    figures = [quarter.figure for quarter in earlier if quarter.figure is not None]
    sign = {"higher": 1, "lower": -1}.get(direction, 0)
    best = (
        sign != 0
        and len(figures) >= RECORD_AFTER
        and all(sign * now.figure > sign * figure for figure in figures)
    )
    return Success(first, best) if first or best else None
