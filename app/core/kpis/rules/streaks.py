"""How many closed periods in a row a KPI has been missed: for certain, and possibly.

Source: domain specification §2, Roll-up (Streak).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.kpis.rules.figures import Result

MISSED, HIT, UNREPORTED = "M", "H", "?"


@dataclass(frozen=True, slots=True)
class Streak:
    """Rules fire on the certain length; the possible one says that a report is awaited."""

    certain: int
    possible: int


def streak(marks: str) -> Streak:
    """The run of misses at the end of `marks`: M missed, H met, ? unreported, earliest first."""
    return Streak(
        certain=len(marks) - len(marks.rstrip(MISSED)),
        possible=len(marks) - len(marks.rstrip(MISSED + UNREPORTED)),
    )


def is_closed(period_end: date, due_days: int, today: date) -> bool:
    """Whether the due date, `due_days` after the period's last day, has passed."""
    return today > period_end + timedelta(days=due_days)


def marks(results: Iterable[tuple[date, Result]], *, due_days: int, today: date) -> str:
    """The marks that `streak` counts, from (last day of the period, result) in order of time.

    Open periods and periods without a target are skipped; an incomplete or unreported one is ?.
    """
    return "".join(
        _mark(result)
        for period_end, result in results
        if result.status is not None and is_closed(period_end, due_days, today)
    )


def _mark(result: Result) -> str:
    if result.met is None or not result.complete:
        return UNREPORTED
    return HIT if result.met else MISSED
