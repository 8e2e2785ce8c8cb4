"""What closed cases tell together, and what must not be told of few: pure.

Source: domain specification §4, Metrics, No retribution; §5, complementary hiding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median

FEWEST = 5  # cases, below which a figure could be somebody's
AGAIN = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Ended:
    """A closed case."""

    partner_id: int
    outcome: str
    stage: int  # the highest reached
    category: str
    causes: tuple[str, ...]
    raised_at: datetime
    closed_at: datetime
    reopened: bool = False
    hours: tuple[tuple[int, float], ...] = ()  # business hours spent in each stage


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of n cases; `value` is None where n is too small to be told."""

    n: int
    value: Fraction | None


def rate(part: int, whole: int, fewest: int = FEWEST) -> Rate:
    """A share, where there are enough cases to tell it."""
    return Rate(whole, Fraction(part, whole) if whole >= max(1, fewest) else None)


def resolution(cases: Sequence[Ended], fewest: int = FEWEST) -> Rate:
    """Resolved of resolved and unresolved; withdrawn and referred ones stand apart."""
    resolved = sum(case.outcome == "resolved" for case in cases)
    return rate(resolved, resolved + sum(case.outcome == "unresolved" for case in cases), fewest)


def escalation(cases: Sequence[Ended], fewest: int = FEWEST) -> Rate:
    """Those that reached stage 2 or 3, of all closed ones."""
    return rate(sum(case.stage >= 2 for case in cases), len(cases), fewest)


def recurrence(cases: Sequence[Ended], fewest: int = FEWEST) -> Rate:
    """Resolved ones that came back: reopened, or the same partner and cause within 180 days."""
    resolved = [case for case in cases if case.outcome == "resolved"]
    return rate(sum(_came_back(case, cases) for case in resolved), len(resolved), fewest)


def _came_back(case: Ended, cases: Sequence[Ended]) -> bool:
    return case.reopened or any(
        later is not case
        and later.partner_id == case.partner_id
        and set(later.causes) & set(case.causes)
        and case.closed_at <= later.raised_at <= case.closed_at + AGAIN
        for later in cases
    )


def stage_medians(
    cases: Sequence[Ended], fewest: int = FEWEST
) -> dict[int, tuple[int, float | None]]:
    """For each stage how many cases went through it, and their median business hours there."""
    found = {}
    for stage in (1, 2, 3):
        spent = [hours for case in cases for number, hours in case.hours if number == stage]
        found[stage] = (len(spent), median(spent) if len(spent) >= fewest else None)
    return found


def by_category_and_stage(
    cases: Sequence[Ended], categories: Sequence[str], fewest: int = FEWEST
) -> dict[str, dict[int, tuple[int | None, float | None]]]:
    """For each category and stage how many cases went through, and their median business hours.

    Small counts are hidden, and with a single one of a stage another of that stage, so that no
    cell can be worked out from the stage's whole. Categories without any case are left out.
    """
    found: dict[str, dict[int, tuple[int | None, float | None]]] = {}
    for stage in (1, 2, 3):
        spent = {
            category: [
                hours
                for case in cases
                if case.category == category
                for number, hours in case.hours
                if number == stage
            ]
            for category in categories
        }
        shown = told({category: len(hours) for category, hours in spent.items()}, fewest)
        for category, hours in spent.items():
            n = shown[category]
            found.setdefault(category, {})[stage] = (n, median(hours) if hours and n else None)
    present = {case.category for case in cases}
    return {category: cells for category, cells in found.items() if category in present}


def told(counts: Mapping[str, int], fewest: int = FEWEST) -> dict[str, int | None]:
    """Counts of the parts of a whole; small ones are None, and so is another one where a single
    hidden count could be worked out from the whole."""
    small = {key for key, count in counts.items() if 0 < count < fewest}
    if len(small) == 1:
        others = [key for key, count in counts.items() if count >= fewest]
        small |= {min(others, key=lambda key: (counts[key], key))} if others else set()
    return {key: None if key in small else count for key, count in counts.items()}
