"""Small groups stay hidden, and with them whatever would tell of them: pure.

Source: domain specification §5, Small groups.
"""

from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

Cell = TypeVar("Cell", bound=Hashable)


def hidden_cells(counts: Mapping[Cell, int], k: int, hidden: Collection[Cell] = ()) -> set[Cell]:
    """The parts of a whole that may not be seen where the whole may.

    `counts` are how many each part holds. Parts with fewer than k and those in `hidden` are; then
    the next smallest, ties together, until two or more parts with k altogether are, so that none
    can be worked out from the whole.
    """
    found = set(hidden) | {cell for cell, n in counts.items() if n < k}
    while found and not (len(found) >= 2 and sum(counts[cell] for cell in found) >= k):
        rest = {cell: n for cell, n in counts.items() if cell not in found}
        if not rest:
            break
        smallest = min(rest.values())
        found |= {cell for cell, n in rest.items() if n == smallest}
    return found
