"""Which groups' figures may be seen, so that no fewer than k people can be told apart.

A wave's groups divide its audience: everybody is in exactly one. Whatever is shown of a wave is
shown for everybody together and for the groups that `shown_cells` leaves, and for nothing else.
Source: domain specification §5, Small groups.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.api import hidden_cells

LEAST_K = 3
Cell = TypeVar("Cell", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Shown(Generic[Cell]):
    """What may be seen of a question: everybody together, and these groups."""

    total: bool
    cells: frozenset[Cell]


def shown_cells(
    questions: Sequence[Mapping[Cell, int]], k: int, changed: Collection[Cell] = ()
) -> list[Shown[Cell]]:
    """What of each question may be seen; the groups are the same for all that are seen at all.

    `questions` are the numbers of answers by group, every group that was invited with its number,
    be it 0. A question with fewer than k answers is not seen. A group with fewer than k answers to
    any other question, or one whose membership `changed` a little, is hidden; then the next
    smallest, ties together, until at least two groups with k people are hidden for each question.
    Where all are hidden, everybody together remains.
    """
    seen = [counts for counts in questions if sum(counts.values()) >= k]
    hidden = {cell for cell in changed if any(cell in counts for counts in seen)}
    while True:
        before = set(hidden)
        for counts in seen:
            hidden |= hidden_cells(counts, k, hidden & set(counts))
        if hidden == before:
            break
    return [
        Shown(sum(counts.values()) >= k, frozenset(counts) - hidden)
        if sum(counts.values()) >= k
        else Shown(False, frozenset())
        for counts in questions
    ]


def slightly_changed(before: Collection[Hashable], after: Collection[Hashable], k: int) -> bool:
    """Whether so few people came or went that two figures of a group would tell of them."""
    return 0 < len(set(before) ^ set(after)) < k


def told_apart(members: Mapping[Cell, int], k: int) -> set[Cell]:
    """The groups of an audience that are kept with the answers at all.

    Those that must be hidden whoever answers are pooled before anybody does: what is not
    written down cannot be learnt.
    """
    hidden: set[Cell] = hidden_cells(members, k)
    return set(members) - hidden
