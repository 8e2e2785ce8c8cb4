"""What closed cases tell together, and what must not be told of few: pure.

Source: domain specification §4, Metrics, No retribution; §5, complementary hiding.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import TypeVar

from app.api import hidden_cells
from plugins.conflicts.rules.state import STAGES

FEWEST = 5  # cases, below which a figure could be somebody's
AGAIN = timedelta(days=180)
Part = TypeVar("Part", bound=Hashable)


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
    """How many of n cases; `value` is their share, None where n is too small to be told.

    `words` stand for a share that would tell of few: "few" of them, or "most", all but few.
    """

    n: int
    part: int
    value: Fraction | None
    words: str = ""


def rate(part: int, whole: int) -> Rate:
    """A share, where there are enough cases to tell it."""
    return Rate(whole, part, Fraction(part, whole) if whole >= FEWEST else None)


def guarded(one: Rate, *, hidden: bool = False) -> Rate:
    """A share as it is told: of few cases, or of all but few, in words; nothing where neither can
    be said, or where the exact one would tell a figure that is `hidden` beside it."""
    few, most = 0 < one.part < FEWEST, 0 < one.n - one.part < FEWEST
    if one.value is None or (few and most):
        return replace(one, value=None)
    if few or most:
        return replace(one, value=None, words="few" if few else "most")
    return replace(one, value=None) if hidden else one


def resolution(cases: Sequence[Ended]) -> Rate:
    """Resolved of resolved and unresolved; withdrawn and referred ones stand apart."""
    resolved = sum(case.outcome == "resolved" for case in cases)
    return rate(resolved, resolved + sum(case.outcome == "unresolved" for case in cases))


def escalation(cases: Sequence[Ended]) -> Rate:
    """Those that reached stage 2 or 3, of all closed ones."""
    return rate(sum(case.stage >= 2 for case in cases), len(cases))


def recurrence(cases: Sequence[Ended]) -> Rate:
    """Resolved ones that came back: reopened, or the same partner and cause within 180 days."""
    resolved = [case for case in cases if case.outcome == "resolved"]
    return rate(sum(_came_back(case, cases) for case in resolved), len(resolved))


def _came_back(case: Ended, cases: Sequence[Ended]) -> bool:
    return case.reopened or any(
        later is not case
        and later.partner_id == case.partner_id
        and set(later.causes) & set(case.causes)
        and case.closed_at <= later.raised_at <= case.closed_at + AGAIN
        for later in cases
    )


def stage_medians(cases: Sequence[Ended]) -> dict[int, tuple[int, float | None]]:
    """For each stage how many cases went through it, and their median business hours there."""
    found = {}
    for stage in STAGES:
        spent = [hours for case in cases for number, hours in case.hours if number == stage]
        found[stage] = (len(spent), median(spent) if len(spent) >= FEWEST else None)
    return found


def by_category_and_stage(
    cases: Sequence[Ended], categories: Sequence[str]
) -> dict[str, dict[int, tuple[int | None, float | None]]]:
    """For each category and stage how many cases went through, and their median business hours.

    Small counts are hidden, and with them others of that stage, so that no cell can be worked out
    from the stage's whole. Categories without any case are left out.
    """
    found: dict[str, dict[int, tuple[int | None, float | None]]] = {}
    for stage in STAGES:
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
        shown = told({category: len(hours) for category, hours in spent.items()})
        for category, hours in spent.items():
            n = shown[category]
            found.setdefault(category, {})[stage] = (n, median(hours) if hours and n else None)
    present = {case.category for case in cases}
    return {category: cells for category, cells in found.items() if category in present}


def of_parts(
    parts: Mapping[Part, Sequence[Ended]], *figures: Callable[[Sequence[Ended]], Rate]
) -> dict[Part, tuple[Rate, ...]]:
    """These rates of each part of the closed cases; parts of which none may be told are left out.

    A rate of few, or of all but few, is hidden, and with it another part's, so that neither how
    many they are nor how many of them can be worked out from all.
    """
    found: dict[Part, tuple[Rate, ...]] = dict.fromkeys(parts, ())
    for figure in figures:
        rates = {part: figure(cases) for part, cases in parts.items()}
        counts = (
            told({part: one.n for part, one in rates.items()}),
            told({part: one.part for part, one in rates.items()}),
            told({part: one.n - one.part for part, one in rates.items()}),
        )
        for part, one in rates.items():
            hidden = any(count[part] is None for count in counts)
            found[part] += (replace(one, value=None) if hidden else one,)
    return {
        part: rates
        for part, rates in found.items()
        if any(rate.value is not None for rate in rates)
    }


def told(counts: Mapping[Part, int]) -> dict[Part, int | None]:
    """Counts of the parts of a whole; small ones are None, and so are others where a hidden count
    could be worked out from the whole. That there is none of a part is no secret."""
    hidden = hidden_cells({part: count for part, count in counts.items() if count}, FEWEST)
    return {part: None if part in hidden else count for part, count in counts.items()}
