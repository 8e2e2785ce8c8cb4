"""The geometry of a sparkline; the SVG around it is the `sparkline` macro.

Drawn here because a partner page has dozens: in the template the arithmetic took 20 times as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import SupportsFloat

LEFT, RIGHT, TOP, BOTTOM = 2.0, 94.0, 3.0, 25.0  # within a view box of 96 × 28


@dataclass(frozen=True, slots=True)
class Trace:
    """A line in SVG path commands, its last point, and the height of the target line."""

    path: str
    x: str
    y: str
    target: str | None


def trace(
    points: Sequence[SupportsFloat | None], target: SupportsFloat | None = None
) -> Trace | None:
    """The line of some values, oldest first; None where no value is known.

    An unknown value breaks the line, it is never drawn through; a value alone is a dot. The scale
    runs from the lowest to the highest of values and target; where all are equal, along the bottom.
    """
    values = [None if point is None else float(point) for point in points]
    known = [value for value in values if value is not None]
    if not known:
        return None
    goal = None if target is None else float(target)
    scale = known if goal is None else [*known, goal]
    low = min(scale)
    factor = (BOTTOM - TOP) / ((max(scale) - low) or 1)
    parts, pen, x, y = [], "M", "", ""
    for at, value in zip(_columns(len(values)), values, strict=True):
        if value is None:
            pen = "M"
            continue
        x, y = at, f"{BOTTOM - (value - low) * factor:.1f}"
        parts.append(f"M{x},{y}h0" if pen == "M" else f"L{x},{y}")
        pen = "L"
    height = None if goal is None else f"{BOTTOM - (goal - low) * factor:.1f}"
    return Trace("".join(parts), x, y, height)


@lru_cache(maxsize=64)
def _columns(count: int) -> tuple[str, ...]:
    step = (RIGHT - LEFT) / max(count - 1, 1)
    return tuple(f"{LEFT + step * index:.1f}" for index in range(count))
