"""Lists of cases: what somebody takes part in, and for administrators the number of the others."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NamedTuple

from app.api import Partner, Refusal, Viewer, kept, now, organisation
from plugins.conflicts import access, facts, log
from plugins.conflicts.models import Case
from plugins.conflicts.rules import clocks
from plugins.conflicts.rules.clocks import Clock

MOST = 200


class Row(NamedTuple):
    """A case in a list; of what somebody may not see, title, partner, step and outcome are
    empty."""

    id: int
    number: str
    title: str
    partner: str
    status: str
    stage: int
    step: str
    outcome: str
    turn: tuple[str, ...]
    mine: bool  # whether it waits for this person's side
    full: bool
    clock: Clock | None
    raised_at: datetime | None


def cases(viewer: Viewer, partner_id: int | None = None) -> list[access.Seat]:
    """The cases that somebody may see, each with the seat; what is open comes first."""
    about = [] if partner_id is None else [partner_id]
    return access.seats(_visible(viewer, about), viewer)


@kept
def _visible(viewer: Viewer, about: Any) -> Any:
    condition = access.visible_cases(viewer)
    if about:
        condition &= Case.partner.in_(about)
    rows = Case.select(Case, Partner).join(Partner).where(condition)
    return rows.order_by(Case.status == "closed", Case.id.desc()).limit(MOST)


def listing(viewer: Viewer, partner_id: int | None = None) -> list[Row]:
    """The same as lines of a list, with the clock that runs out first."""
    seats = cases(viewer, partner_id)
    running = _clocks(seats)
    return [_row(seat, facts.nearest(running.get(seat.case.id, {}))) for seat in seats]


def _clocks(seats: Sequence[access.Seat]) -> dict[int, Mapping[str, Clock]]:
    """The clocks of the cases that have any, by case: two queries for all. A case whose log cannot
    be read stands in the list without one; the job that looks at clocks tells administrators."""
    waiting = [seat.case.id for seat in seats if seat.case.status in ("open", "paused")]
    if not waiting:
        return {}
    hours, at = facts.hours(), now()
    found: dict[int, Mapping[str, Clock]] = {}
    for id_, events in log.read_many(waiting).items():
        with suppress(*facts.UNREADABLE):
            found[id_] = clocks.clocks(events, at, hours, facts.days_of(events))
    return found


def _row(seat: access.Seat, clock: Clock | None) -> Row:
    case = seat.case
    turn = tuple(side for side in case.turn.split() if seat.full or side == "admin")
    return Row(
        case.id,
        case.number,
        case.title if seat.full else "",
        case.partner.name if seat.full else "",
        seat.status(case.status),
        case.stage,
        case.step if seat.full else "",
        case.outcome if seat.full else "",
        turn,
        seat.takes_part and seat.side in turn,
        seat.full,
        clock,
        case.raised_at,
    )


def titles(viewer: Viewer, ids: Collection[int]) -> dict[int, tuple[Case, bool]]:
    """Of these cases those that somebody may see, and whether they see more than the number."""
    found = list(Case.select().where(Case.id.in_(list(ids)))) if ids else []
    return {seat.case.id: (seat.case, seat.full) for seat in access.seats(found, viewer)}


def deadlines(viewer: Viewer, start: date, end: date) -> list[tuple[Case, Clock, date]]:
    """The clocks of somebody's own cases that run out in these days."""
    seats = [seat for seat in cases(viewer) if seat.takes_part and seat.case.status == "open"]
    running = _clocks(seats)
    return [
        (seat.case, clock, clock.due.date())
        for seat in seats
        for clock in running.get(seat.case.id, {}).values()
        if clock.due and start <= clock.due.date() <= end
    ]


def of_partner(partner_id: int, before: datetime, limit: int) -> Sequence[Case]:
    """The cases of a partner that were raised or closed before a moment, the latest first."""
    return list(
        Case.select()
        .where(Case.partner == partner_id, Case.status != "draft", Case.raised_at < before)
        .order_by(Case.raised_at.desc(), Case.id.desc())
        .limit(limit)
    )


def disputed(partner_id: int, period: str) -> list[Case]:
    """The open cases that dispute a partner's payout of a period, or of a longer one around it."""
    rows = Case.select().where(
        Case.partner == partner_id,
        Case.payout_period != "",
        Case.status.in_(("open", "paused", "agreed")),
    )
    return [case for case in rows.order_by(Case.id) if _within(period, case.payout_period)]


def _within(period: str, longer: str) -> bool:
    """Whether a period is the other, or lies in it: a quarter's rewards are paid by months too."""
    calendar = organisation().calendar
    try:
        inner, outer = calendar.parse(period), calendar.parse(longer)
    except Refusal:  # written when the fiscal year began in another month
        return period == longer
    begins = calendar.start(outer) <= calendar.start(inner)
    return begins and calendar.end(inner) <= calendar.end(outer)
