"""What needs you first, and how a portfolio is drawn: pure arrangement of what was read.

Positions are per cent of a picture's width, so that a picture fits every screen; they are for the
eye only and decide nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from app.core.periods import Calendar, Kind
from app.core.quantities import MILLION

if TYPE_CHECKING:
    from app.core.contract import Attention, PartnerRef
    from app.core.tasks.queries import TaskRow

# Worst first: what is late or going wrong, then what waits for you, then what is to be prepared.
KINDS = (
    *("overdue", "critical", "late_task", "plugin_bad", "returned", "approvals", "verify"),
    *("missed", "targets", "proposals", "suggestions", "task", "plugin", "unanswered"),
    *("onboarding", "ready", "contact", "review"),
)
# What "My work" tells apart: a word for each kind.
GROUPS = {
    "tasks": ("late_task", "task", "verify"),
    "figures": ("overdue", "critical", "returned", "approvals", "missed"),
    "targets": ("targets", "unanswered"),
    "partners": ("proposals", "suggestions", "onboarding", "ready", "contact", "review"),
    "plugins": ("plugin_bad", "plugin"),
}
TONES = {
    "late_task": "bad",
    "verify": "warning",
    "task": "accent",
    "overdue": "bad",
    "critical": "bad",
    "returned": "warning",
    "approvals": "warning",
    "missed": "warning",
    "targets": "warning",
    "proposals": "warning",
    "suggestions": "accent",
    "unanswered": "accent",
    "onboarding": "accent",
    "ready": "good",
    "contact": "accent",
    "review": "accent",
}

_EDGE = 4.0  # per cent of the width that stay free on each side
_STEP = MILLION // 10


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that needs somebody: `names` are the KPIs or guards that it is about.

    Of a figure that was given back they are its KPI and the reason; `about` tells KPI and period.
    """

    kind: str
    partner: "PartnerRef | None" = None
    count: int = 1
    of: int = 0  # how many there are in all, where that says more
    critical: int = 0  # how many of them are critical
    names: tuple[str, ...] = ()
    since: date | None = None
    about: tuple[int, int] | None = None
    task: "TaskRow | None" = None
    item: "Attention | None" = None  # of a plugin

    @property
    def tone(self) -> str:
        """The tone of the contract in which it is shown."""
        return self.item.tone if self.item else TONES[self.kind]


def ranked(lines: Iterable[Line]) -> list[Line]:
    """Worst first: by kind, then the longest overdue, then the most, then by name."""
    return sorted(
        lines,
        key=lambda line: (
            KINDS.index(line.kind),
            line.since or date.max,
            -line.count,
            line.partner.name if line.partner else "",
        ),
    )


def top(lines: Sequence[Line], limit: int) -> list[Line]:
    """As many as fit, worst first: of each kind its worst, while there is room, so that none hides
    another."""
    worst = ranked(lines)
    chosen = [next(same) for _kind, same in groupby(worst, lambda line: line.kind)][:limit]
    taken = set(map(id, chosen))
    others = [line for line in worst if id(line) not in taken]
    return ranked([*chosen, *others[: limit - len(chosen)]])


def next_due(kinds: Iterable[tuple[Kind, int]], today: date, calendar: Calendar) -> date | None:
    """The next day on which figures are due, from KPIs' frequencies and days to report."""
    days = [
        calendar.end(period) + timedelta(days=due_days)
        for kind, due_days in set(kinds)
        for period in (
            calendar.shift(calendar.containing(today, kind), -1),
            calendar.containing(today, kind),
        )
    ]
    return min((day for day in days if day >= today), default=None)


@dataclass(frozen=True, slots=True)
class Dot:
    """A partner on the scale of scorecards; lane 0 stands on the ground."""

    partner_id: int
    code: str
    name: str
    score: int
    x: float
    lane: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the scale: a share in whole per cent, and where it stands."""

    percent: int
    x: float


@dataclass(frozen=True, slots=True)
class Strip:
    """Every partner as a dot on one scale."""

    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    lanes: int
    target_x: float
    labelled: bool


def strip(scored: Sequence[tuple[int, str, str, int]], labelled_up_to: int = 24) -> Strip | None:
    """Place partners (id, code, name, score in millionths) so that no dot covers another.

    Up to `labelled_up_to` partners stand with their code, and so need more room each.
    """
    if not scored:
        return None
    low = min(min(row[3] for row in scored) // _STEP, 9) * _STEP
    high = max(-(-max(row[3] for row in scored) // _STEP), 11) * _STEP
    labelled = len(scored) <= labelled_up_to
    gap = 8.0 if labelled else 2.4
    ends: list[float] = []  # where each lane's last dot stands
    dots = []
    for partner_id, code, name, score in sorted(scored, key=lambda row: (row[3], row[2])):
        x = _x(score, low, high)
        lane = next((n for n, end in enumerate(ends) if end + gap <= x), len(ends))
        ends[lane : lane + 1] = [x]
        dots.append(Dot(partner_id, code, name, score, x, lane))
    return Strip(tuple(dots), _ticks(low, high), len(ends), _x(MILLION, low, high), labelled)


@dataclass(frozen=True, slots=True)
class Bar:
    """How many partners' scorecards lie from one share on (whole per cent) up to the next."""

    percent: int
    count: int
    height: float  # per cent of the highest


def bars(counts: Mapping[int, int]) -> tuple[Bar, ...]:
    """A column for every tenth between the lowest and the highest, from counts by tenth."""
    if not counts:
        return ()
    highest = max(counts.values())
    return tuple(
        Bar(tenth * 10, counts.get(tenth, 0), round(100 * counts.get(tenth, 0) / highest, 2))
        for tenth in range(min(counts), max(counts) + 1)
    )


def movers(
    now: Mapping[int, int], before: Mapping[int, int], most: int = 5
) -> list[tuple[int, int]]:
    """The partners whose scorecard changed most, either way: id and step in millionths."""
    steps = [(id_, now[id_] - before[id_]) for id_ in now if id_ in before]
    moved = [step for step in steps if abs(step[1]) >= MILLION // 1000]
    largest = sorted(moved, key=lambda step: (-abs(step[1]), step[0]))[:most]
    return sorted(largest, key=lambda step: (-step[1], step[0]))


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a stacked bar: where it begins and how wide it is, in per cent."""

    key: str
    count: int
    x: float
    width: float


def stacked(counts: Iterable[tuple[str, int]]) -> tuple[Segment, ...]:
    """A stacked bar's parts in their order; those that nobody is in are left out."""
    known = [(key, count) for key, count in counts if count]
    whole = sum(count for _key, count in known)
    parts, x = [], 0.0
    for key, count in known:
        width = 100 * count / whole
        parts.append(Segment(key, count, round(x, 3), round(width, 3)))
        x += width
    return tuple(parts)


def _x(score: int, low: int, high: int) -> float:
    return round(_EDGE + (100 - 2 * _EDGE) * (score - low) / (high - low), 2)


def _ticks(low: int, high: int) -> tuple[Tick, ...]:
    tenths = (high - low) // _STEP
    every = _STEP * (1 if tenths <= 6 else 2 if tenths <= 12 else 5)
    first = -(-low // every) * every
    return tuple(
        Tick(share * 100 // MILLION, _x(share, low, high))
        for share in range(first, high + 1, every)
    )
