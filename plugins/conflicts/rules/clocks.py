"""How long a case has waited, in business hours, from its log alone: pure.

A clock is never stored. Pauses are left out; severity makes it shorter or longer. Source: domain
specification §4, Clocks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from plugins.conflicts.rules.machine import apply
from plugins.conflicts.rules.state import Event, State

HOURS_A_DAY = 8
FACTORS = {"low": 1.5, "normal": 1.0, "high": 0.75, "critical": 0.5}
WARNED = 0.75
KINDS = ("ack", "stage1", "mediator", "stage2", "stage3")
DAYS: Mapping[str, int] = {"ack": 2, "stage1": 10, "mediator": 5, "stage2": 20, "stage3": 30}
_STOPPED = ("agreed", "resolved", "closed", "draft")


class Hours(NamedTuple):
    """The organisation's business hours: how many pass between two moments, and when some have."""

    between: Callable[[datetime, datetime], float]
    after: Callable[[datetime, float], datetime]


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: hours that passed and that there are; `due` is None while it is held."""

    kind: str
    started: datetime
    elapsed: float
    budget: float
    due: datetime | None
    running: bool

    @property
    def share(self) -> float:
        """How much of the time has passed; 1 and more is too late."""
        return self.elapsed / self.budget

    @property
    def warned(self) -> bool:
        """Whether three quarters of the time have passed."""
        return self.elapsed >= WARNED * self.budget

    @property
    def breached(self) -> bool:
        """Whether the time is over."""
        return self.elapsed >= self.budget


def budget(kind: str, severity: str, days: Mapping[str, int]) -> float:
    """The hours that a clock has: its business days of eight hours, times the severity's factor."""
    return days.get(kind, DAYS[kind]) * HOURS_A_DAY * FACTORS[severity]


def running(state: State) -> tuple[str, ...]:
    """The clocks that belong to a state, whether they run or are held by a pause."""
    if state.status in _STOPPED:
        return ()
    found = [] if state.acknowledged or state.stage > 1 else ["ack"]
    if state.stage == 2 and state.mediator is None and state.step == "appoint":
        found.append("mediator")
    return (*found, f"stage{state.stage}")


def clocks(
    events: Sequence[Event], now: datetime, hours: Hours, days: Mapping[str, int]
) -> dict[str, Clock]:
    """The clocks that run or are held now, by kind.

    `days` are the business days of each kind as they held when the case was raised.
    """
    spells = list(_spells(events, now))
    if not spells:
        return {}
    state = spells[-1].state
    return {
        kind: _clock(kind, _run(spells, kind), hours, budget(kind, state.severity, days))
        for kind in running(state)
    }


class _Spell(NamedTuple):
    """A time in which nothing happened, and the state of the case meanwhile."""

    start: datetime
    end: datetime
    state: State


class _Part(NamedTuple):
    """A time through which a clock ran, or was held."""

    start: datetime
    end: datetime
    held: bool


def _spells(events: Sequence[Event], now: datetime) -> Iterator[_Spell]:
    state = State()
    for number, event in enumerate(events):
        state = apply(state, event)
        end = events[number + 1].at if number + 1 < len(events) else max(now, event.at)
        until = state.pause_until
        if state.status == "paused" and until is not None and until < end:
            # Whatever happens after its last day, the pause ended then.
            start = max(event.at, until)
            yield _Spell(event.at, start, state)
            yield _Spell(start, end, replace(state, status="open"))
        else:
            yield _Spell(event.at, end, state)


def _run(spells: Sequence[_Spell], kind: str) -> list[_Part]:
    """The parts of a clock's present run: since it last began, or since work began anew."""
    since = spells[-1].state.stage_since
    parts: list[_Part] = []
    for spell in reversed(spells):
        if kind not in running(spell.state) or spell.state.stage_since != since:
            break
        held = spell.state.status == "paused"
        if parts and parts[0].held == held:
            parts[0] = parts[0]._replace(start=spell.start)
        else:
            parts.insert(0, _Part(spell.start, spell.end, held))
    return parts


def _clock(kind: str, parts: Sequence[_Part], hours: Hours, whole: float) -> Clock:
    elapsed, due = 0.0, None
    for part in parts:
        if part.held:
            continue
        length = hours.between(part.start, part.end)
        if due is None and (elapsed + length >= whole or part is parts[-1]):
            due = hours.after(part.start, whole - elapsed)
        elapsed += length
    return Clock(kind, parts[0].start, elapsed, whole, due, running=not parts[-1].held)
