"""What the clock brings, by a job and never by somebody looking at a page.

Warnings at three quarters, breaches to the executives of both sides, and what happens of itself
once somebody has let their time pass. Source: domain specification §4, Clocks.
"""

import logging

from app.api import atomic, lock, now
from plugins.conflicts import facts, log, people, services, telling
from plugins.conflicts.facts import Standing
from plugins.conflicts.models import Case
from plugins.conflicts.rules.machine import replay
from plugins.conflicts.rules.state import HOST, MEDIATOR, PARTNER, other
from plugins.conflicts.rules.turns import turn

logger = logging.getLogger(__name__)
AT_ONCE = 500  # logs that are read together
# In the order in which they are looked at; a step may open the way for the next one.
OF_ITSELF = ("resume", "withdrawn", "escalate", "broken", "confirm_complete", "close")


def tick() -> None:
    """Look at every case that waits for something, each in a transaction of its own; one that
    cannot be read holds up no other, and administrators hear of it."""
    waiting = Case.select(Case.id).where(Case.status.in_(("open", "paused", "agreed", "resolved")))
    facts.hours().after(now(), 1)  # loads the holidays, if need be: no writing waits for that
    for (case_id,) in list(waiting.order_by(Case.id).tuples()):
        try:
            look_at(case_id)
        except facts.UNREADABLE:
            logger.exception("the clocks of case C-%s could not be looked at", case_id)
            with atomic():
                telling.tell_unreadable(Case.get_by_id(case_id), log.length(case_id))


def look_at_what_is_over() -> None:
    """See whether the logs of cases that are over can still be read; nobody else looks at them,
    and administrators hear of one that cannot."""
    over = [id_ for (id_,) in Case.select(Case.id).where(Case.status == "closed").tuples()]
    for at in range(0, len(over), AT_ONCE):
        part = over[at : at + AT_ONCE]
        logs = log.read_many(part)
        for case_id in part:
            try:
                replay(logs[case_id])
            except facts.UNREADABLE:
                logger.exception("the log of case C-%s, which is over, cannot be read", case_id)
                with atomic():
                    telling.tell_unreadable(Case.get_by_id(case_id), log.length(case_id))


def look_at(case_id: int) -> None:
    """Do what is due for one case, in one transaction; idempotent."""
    with atomic():
        lock(f"conflicts:{case_id}")
        case = Case.get_by_id(case_id)
        found = facts.standing(case, log.read(case_id))
        for action in OF_ITSELF:
            if services.act_for_desk(found, action):
                found = facts.standing(case, log.read(case_id))
        if " ".join(sorted(turn(found.state, done=found.facts.tasks_settled))) != case.turn:
            services.project(case, found.state, done=found.facts.tasks_settled)
        for kind in found.clocks:
            _tell(found, kind)


def _tell(found: Standing, kind: str) -> None:
    clock, case = found.clocks[kind], found.case
    if not clock.warned:
        return
    state = "breached" if clock.breached else "warned"
    readers = _concerned(found, kind)
    if clock.breached:
        readers |= _alternates(found, kind)
    since = clock.started.isoformat(timespec="minutes")
    telling.tell_clock(case, readers, state, f"conflicts:{case.id}:{kind}:{since}:{state}")


def _concerned(found: Standing, kind: str) -> set[int]:
    """Whoever holds the clock up: the side that has to acknowledge, else everybody."""
    sides = (other(found.state.reporter),) if kind == "ack" else (HOST, PARTNER, MEDIATOR)
    return people.accounts_of(found.case.id, sides)


def _alternates(found: Standing, kind: str) -> set[int]:
    """Who is alerted once a time is over: executives of both sides, or of the silent one."""
    return people.alert_executives(found.case, other(found.state.reporter) if kind == "ack" else "")
