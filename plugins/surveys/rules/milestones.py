"""The milestones of a partnership at which its people are asked how it goes.

The end of the first ninety days, each anniversary of the start, and ninety days before the end,
while there is still time to act. Source: domain specification §5, Entities (recurrence).
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

AFTER_START = timedelta(90)
BEFORE_END = timedelta(90)


class Milestone(NamedTuple):
    """A milestone: "settled", "anniversary" (with its number of years) or "renewal"."""

    day: date
    kind: str
    years: int = 0


def reached(start: date | None, end: date | None, after: date, until: date) -> list[Milestone]:
    """The milestones of a partnership that lie after one day and not after the other."""
    found = []
    if start is not None:
        found.append(Milestone(start + AFTER_START, "settled"))
        for years in range(max(1, after.year - start.year), until.year - start.year + 1):
            found.append(Milestone(_anniversary(start, years), "anniversary", years))
    if end is not None:
        found.append(Milestone(end - BEFORE_END, "renewal"))
    return sorted(one for one in found if after < one.day <= until)


def _anniversary(start: date, years: int) -> date:
    year = start.year + years
    return date(year, start.month, min(start.day, monthrange(year, start.month)[1]))
