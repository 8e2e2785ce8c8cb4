"""What guards look at beside the log: clocks, days and tasks as they stand now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from peewee import DoesNotExist

from app.api import (
    TaskRow,
    business_calendar,
    business_hours_between,
    business_time,
    now,
    organisation,
    settings,
    tasks,
)
from plugins.conflicts.log import UnreadableLog
from plugins.conflicts.models import Case, PlanStep
from plugins.conflicts.rules import clocks
from plugins.conflicts.rules.clocks import HOURS_A_DAY, Clock, Hours
from plugins.conflicts.rules.guards import Facts
from plugins.conflicts.rules.machine import replay
from plugins.conflicts.rules.state import Event, State

ANSWER_DAYS = 10  # business days in which the other side may object to a completion or a closing
WITHDRAWAL_DAYS = 5
PAUSE_DAYS = 20
CONSENT = timedelta(days=15)
REOPENED_WITHIN = timedelta(days=90)
SETTLED = ("done", "waived")
# What reading a log can end in whose lines are not what acts write, or name what is not there.
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError, DoesNotExist)
MISSED = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it stands now: its log, where that leads, its clocks and the tasks of its plan."""

    case: Case
    events: Sequence[Event]
    state: State
    clocks: Mapping[str, Clock]
    steps: Sequence[PlanStep]
    tasks: Mapping[int, TaskRow]
    facts: Facts


def hours() -> Hours:
    """The organisation's business hours, read once for however many clocks."""
    calendar = business_calendar()
    return Hours(
        lambda start, end: business_hours_between(start, end, calendar),
        lambda start, length: business_time(start, length, calendar),
    )


def standing(case: Case, events: Sequence[Event], at: datetime | None = None) -> Standing:
    """How a case stands at a moment; now, if none is given. Raises UnreadableLog."""
    moment = at or now()
    try:
        state = replay(events)
        running = clocks.clocks(events, moment, hours(), days_of(events))
    except UNREADABLE as error:
        raise UnreadableLog(case.id) from error
    steps = plan_steps(state.plan_text)
    found = tasks([step.task for step in steps if step.task]) if steps else {}
    return Standing(
        case, events, state, running, steps, found, _facts(state, running, steps, found, moment)
    )


def days_of(events: Sequence[Event]) -> Mapping[str, int]:
    """The business days of each clock as they held when the case was raised."""
    raised = next((event for event in events if event.action == "submit"), None)
    return raised.detail.get("days", {}) if raised else {}


def present_days() -> dict[str, int]:
    """The business days of each clock as an administrator has set them."""
    chosen = settings("conflicts")
    return {kind: int(chosen[f"{kind}_days"]) for kind in clocks.KINDS}


def plan_steps(plan_text: int) -> list[PlanStep]:
    """The steps of a plan, in order."""
    if not plan_text:
        return []
    return list(PlanStep.select().where(PlanStep.plan == plan_text).order_by(PlanStep.n))


def end_of(day: date) -> datetime:
    """The end of a day where the organisation is, in naive UTC."""
    local = datetime.combine(day, time(23, 59, 59), ZoneInfo(organisation().timezone))
    return local.astimezone(UTC).replace(tzinfo=None)


def day_of(moment: datetime) -> date:
    """The day on which a moment, in naive UTC, falls where the organisation is."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(organisation().timezone)).date()


def pause_fits(until: datetime, at: datetime) -> bool:
    """Whether a pause ends in the future, and within 20 business days."""
    if until > at + timedelta(days=366):  # no need to count the days of a thousand years
        return False
    return at < until and business_hours_between(at, until) <= PAUSE_DAYS * HOURS_A_DAY


def silence_ends(state: State) -> datetime | None:
    """When somebody's time to object is over; None where nobody is waited for."""
    since, days = {
        "open": (state.withdrawn_at, WITHDRAWAL_DAYS),
        "agreed": (state.done_at, ANSWER_DAYS),
        "resolved": (state.resolved_at, ANSWER_DAYS),
    }.get(state.status, (None, 0))
    return business_time(since, days * HOURS_A_DAY) if since else None


def undone_until(state: State) -> datetime | None:
    """Until when the partner may undo what was recorded for it last; None where there is nothing.

    The tenth business day counts as a whole.
    """
    if not state.recorded:
        return None
    return end_of(day_of(business_time(state.recorded[-1].at, ANSWER_DAYS * HOURS_A_DAY)))


def _facts(
    state: State,
    running: Mapping[str, Clock],
    steps: Sequence[PlanStep],
    found: Mapping[int, TaskRow],
    at: datetime,
) -> Facts:
    ack, stage = running.get("ack"), running.get(f"stage{state.stage}")
    over = state.closed_at or state.resolved_at
    ends = silence_ends(state)
    open_tasks = [found.get(step.task) for step in steps if step.task]
    undone = undone_until(state)
    waiting = state.stage == 2 and state.mediator is None and state.stage_since is not None
    return Facts(
        ack_doubled=ack is not None and ack.elapsed >= 2 * ack.budget,
        stage_expired=stage is not None and stage.breached,
        consent_overdue=bool(waiting and state.stage_since and at - state.stage_since >= CONSENT),
        silence_over=ends is not None and at >= ends,
        tasks_settled=bool(steps) and all(row and row.state in SETTLED for row in open_tasks),
        tasks_broken=any(row and row.is_open and row.missed_times >= MISSED for row in open_tasks),
        pause_over=state.pause_until is not None and at >= state.pause_until,
        reopenable=over is None or at - over <= REOPENED_WITHIN,
        undo_over=undone is not None and at > undone,
    )


def nearest(found: Mapping[str, Clock]) -> Clock | None:
    """The clock that runs out first, where one runs."""
    due: Any = [clock for clock in found.values() if clock.due is not None]
    return min(due, key=lambda clock: clock.due) if due else None
