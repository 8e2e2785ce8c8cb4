"""Agreement from 1 to 5 as scores of 0 to 100, and the relationship index of both sides.

Source: domain specification §5, Likert and RHI. What too few answered is unknown, never nought.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

CORE = ("trust", "communication", "resolve")  # of the index
EXTRA = ("flexibility", "support")  # shown beside it, not part of it
HEALTHY, WATCH = 75, 50


@dataclass(frozen=True, slots=True)
class Item:
    """An item of agreement: the dimension that it asks about, and whether it asks the reverse."""

    key: str
    dimension: str
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says: its score by dimension, its respondents by dimension, its index."""

    dimensions: Mapping[str, Fraction]
    counts: Mapping[str, int]
    index: Fraction | None


@dataclass(frozen=True, slots=True)
class Both:
    """Both sides together; `gap` is the host's index less the partner's."""

    host: Side
    partner: Side
    index: Fraction | None
    gap: Fraction | None


def straight(answer: int, reverse: bool) -> int:
    """An answer from 1 to 5 as if its item had not asked the reverse."""
    return 6 - answer if reverse else answer


def score(answers: Sequence[int]) -> Fraction | None:
    """The score of 0 to 100 of straight answers from 1 to 5; None where there are none."""
    return Fraction(25 * (sum(answers) - len(answers)), len(answers)) if answers else None


def of_respondent(items: Sequence[Item], answers: Mapping[str, int]) -> dict[str, Fraction]:
    """One respondent's score by dimension; a dimension counts if at least half was answered."""
    found = {}
    for dimension in dict.fromkeys(item.dimension for item in items if item.dimension):
        asked = [item for item in items if item.dimension == dimension]
        given = [straight(answers[i.key], i.reverse) for i in asked if i.key in answers]
        reached = score(given)
        if reached is not None and 2 * len(given) >= len(asked):
            found[dimension] = reached
    return found


def of_side(respondents: Iterable[Mapping[str, Fraction]]) -> Side:
    """A side's mean by dimension, and its index once every core dimension is known."""
    scores: dict[str, list[Fraction]] = {}
    for one in respondents:
        for dimension, reached in one.items():
            scores.setdefault(dimension, []).append(reached)
    means = {name: sum(some, Fraction()) / len(some) for name, some in scores.items()}
    complete = all(name in means for name in CORE)
    index = sum((means[name] for name in CORE), Fraction()) / len(CORE) if complete else None
    return Side(means, {name: len(some) for name, some in scores.items()}, index)


def of_both(host: Side, partner: Side) -> Both:
    """The index of both sides and the gap between them, unknown while one side is."""
    if host.index is None or partner.index is None:
        return Both(host, partner, None, None)
    return Both(host, partner, (host.index + partner.index) / 2, host.index - partner.index)


def state(index: Fraction | None) -> str:
    """ "healthy" from 75, "watch" from 50, else "at_risk"; "unknown" without an index."""
    if index is None:
        return "unknown"
    if index >= HEALTHY:
        return "healthy"
    return "watch" if index >= WATCH else "at_risk"
