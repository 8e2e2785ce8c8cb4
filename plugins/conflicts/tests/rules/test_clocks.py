"""How long a case has waited, in business hours: [C1], [C2], and a count minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.business_time import (
    BusinessCalendar,
    add_business_time,
    business_time_between,
)
from plugins.conflicts.rules import clocks
from plugins.conflicts.rules.machine import replay
from plugins.conflicts.rules.state import Event

BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAY = date(2026, 3, 9)


def moment(text: str) -> datetime:
    """A local time in Berlin as naive UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)


def hours_of(*days_off: date) -> clocks.Hours:
    calendar = BusinessCalendar("Europe/Berlin", days_off=frozenset(days_off))
    return clocks.Hours(
        lambda start, end: business_time_between(start, end, calendar) / timedelta(hours=1),
        lambda start, hours: add_business_time(start, timedelta(hours=hours), calendar),
    )


def event(action: str, at: str, side: str = "host", **detail) -> Event:
    return Event(0, moment(at), side, action, detail)


@pytest.mark.parametrize(
    ("start", "hours", "due", "off"),
    [
        ("2026-03-06T16:00", 16, "2026-03-10T16:00", ()),
        ("2026-03-06T16:00", 16, "2026-03-11T16:00", (HOLIDAY,)),
        ("2026-03-07T11:00", 16, "2026-03-10T17:00", ()),
        ("2026-03-27T15:00", 8, "2026-03-30T15:00", ()),
    ],
)
def test_c1_a_clock_is_due_after_its_business_hours(start, hours, due, off):
    raised = event("submit", start, severity="normal", text=1)
    days = {"ack": hours // 8}
    clock = clocks.clocks([raised], moment(start), hours_of(*off), days)["ack"]
    assert clock.due == moment(due)


def test_c2_a_pause_is_left_out():
    log = [
        event("submit", "2026-03-06T16:00", severity="normal", text=1),
        event("ask_pause", "2026-03-09T12:00", until="2026-03-30T10:00:00"),
        event("agree_pause", "2026-03-09T13:00", "partner"),
        event("resume", "2026-03-11T10:00"),
    ]
    now = moment("2026-03-12T12:00")
    assert hours_of().between(log[0].at, now) == 28
    assert hours_of().between(log[2].at, log[3].at) == 13
    assert clocks.clocks(log, now, hours_of(), {})["stage1"].elapsed == 15


def test_severity_shortens_and_lengthens_a_clock():
    assert [clocks.budget("stage1", s, {}) for s in ("critical", "high", "normal", "low")] == [
        *(40, 60, 80, 120)
    ]


def test_a_clock_warns_at_three_quarters():
    clock = clocks.Clock("ack", moment("2026-03-06T16:00"), 12, 16, None, True)
    assert clock.warned
    assert not clock.breached


def test_the_mediators_clock_runs_from_the_escalation_to_the_appointment():
    log = [
        event("submit", "2026-03-02T09:00", severity="normal", text=1),
        event("acknowledge", "2026-03-02T10:00", "partner"),
        event("escalate", "2026-03-03T09:00"),
        event("propose_mediator", "2026-03-04T09:00", mediator=1),
    ]
    found = clocks.clocks(log, moment("2026-03-04T17:00"), hours_of(), {})
    assert set(found) == {"mediator", "stage2"}
    assert found["mediator"].elapsed == 16
    log.append(event("appoint", "2026-03-05T09:00"))
    assert set(clocks.clocks(log, moment("2026-03-05T10:00"), hours_of(), {})) == {"stage2"}


def test_a_reopened_case_gets_its_time_anew():
    log = [
        event("submit", "2026-03-02T09:00", severity="normal", text=1),
        event("withdraw", "2026-03-03T09:00"),
        event("reopen", "2026-03-05T09:00"),
    ]
    assert clocks.clocks(log, moment("2026-03-05T12:00"), hours_of(), {})["stage1"].elapsed == 3


@st.composite
def courses(draw):
    """A log of pauses and resumptions, in minutes after a start that spans a change of clocks."""
    minutes = draw(st.lists(st.integers(1, 4000), min_size=2, max_size=7))
    at, log = moment("2026-03-26T08:13"), []
    log.append(Event(1, at, "host", "submit", {"severity": draw(st.sampled_from(("low", "high")))}))
    for number, gap in enumerate(minutes[:-1]):
        at += timedelta(minutes=gap)
        if number % 2 == 0:
            until = at + timedelta(minutes=draw(st.integers(1, 6000)))
            log.append(Event(0, at, "host", "ask_pause", {"until": until.isoformat()}))
            log.append(Event(0, at, "partner", "agree_pause", {}))
        else:
            log.append(Event(0, at, "host", "resume", {}))
    return log, at + timedelta(minutes=minutes[-1])


def minutes_counted(log, now) -> int:
    """Open business minutes, one by one."""
    found, at = 0, log[0].at
    while at < now:
        state = replay([one for one in log if one.at <= at])
        held = state.status == "paused" and at < state.pause_until
        local = at.replace(tzinfo=UTC).astimezone(BERLIN)
        works = local.isoweekday() < 6 and local.date() != date(2026, 4, 3)
        found += not held and works and time(9) <= local.time() < time(17)
        at += timedelta(minutes=1)
    return found


@given(courses())
@settings(max_examples=12, deadline=None)
def test_a_clock_equals_a_count_minute_by_minute(course):
    log, now = course
    clock = clocks.clocks(log, now, hours_of(date(2026, 4, 3)), {})["stage1"]
    assert round(clock.elapsed * 60) == minutes_counted(log, now)
