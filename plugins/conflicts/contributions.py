"""What cases add to core's pages: attention, timeline, calendar, export; numbers where titles are
not the reader's to see."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.api import (
    Attention,
    CalendarEntry,
    PartnerRef,
    TimelineEntry,
    Viewer,
    site_path,
    translations,
)
from plugins.conflicts import clockwork, queries, words
from plugins.conflicts.blueprints import place_of
from plugins.conflicts.models import Case, PlanStep, Text

_ = translations("conflicts").gettext


def attention(viewer: Viewer) -> Sequence[Attention]:
    """The cases that wait for this person's side, and those that wait for an administrator."""
    found = []
    for row in queries.listing(viewer):
        admin = viewer.role == "admin" and "admin" in row.turn
        if not (row.mine or admin):
            continue
        late = row.clock is not None and row.clock.breached
        near = row.clock is not None and row.clock.warned
        found.append(
            Attention(
                f"{row.number}: {row.title}" if row.title else row.number,
                "conflicts.case",
                {"case_id": row.id},
                text=_("A mediator is to be proposed")
                if admin and not row.mine
                else str(
                    words.STEPS[row.step] if row.status == "open" else words.STATUSES[row.status]
                ),
                label=_("Open"),
                due=row.clock.due.date() if row.clock and row.clock.due else None,
                tone="bad" if late else "warning" if near else "accent",
            )
        )
    return found


def timeline(
    partner: PartnerRef, viewer: Viewer, before: datetime, limit: int
) -> Sequence[TimelineEntry]:
    """When cases were raised and closed, for those who take part: whose a case is, is not for
    anybody else to read here."""
    cases = queries.of_partner(partner.id, before, limit)
    seen = queries.titles(viewer, [case.id for case in cases])
    found = []
    for case in cases:
        if case.id not in seen or not seen[case.id][1]:
            continue
        title = f"{case.number}: {case.title}"
        moments = [(case.raised_at, _("Case raised: %(case)s", case=title))]
        if case.closed_at:
            moments.append((case.closed_at, _("Case closed: %(case)s", case=title)))
        found += [
            TimelineEntry(
                at=at,
                title=words_,
                icon="heart-handshake",
                endpoint="conflicts.case",
                values={"case_id": case.id},
            )
            for at, words_ in moments
            if at < before
        ]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:limit]


def calendar(viewer: Viewer, start: date, end: date) -> Sequence[CalendarEntry]:
    """The days on which the clocks of somebody's cases run out, by number alone."""
    return [
        CalendarEntry(
            key=f"conflicts-{case.id}-{clock.kind}",
            day=day,
            title=f"{case.number}: {words.clock_name(clock.kind)}",
            url=site_path(f"{place_of(viewer)}.case", case_id=case.id),
            category=_("Conflicts"),
        )
        for case, clock, day in queries.deadlines(viewer, start, end)
    ]


def note_task(task: int) -> None:
    """A step of a plan took a step: see whether it is broken."""
    rows = (
        PlanStep.select(Text.case)
        .join(Text, on=(PlanStep.plan == Text.id))
        .where(PlanStep.task == task)
        .tuples()
    )
    for (case_id,) in list(rows):
        clockwork.look_at(case_id)


def outline_of(partner_id: int, who: Viewer | None) -> Mapping[str, Any]:
    """What leaves with a partnership, no title, text or name: of the cases that somebody takes part
    in their kind and end, of the others that they may see the stage alone; of no others, not even
    how many. `None` is whoever runs the desk, from the command line."""
    if who is not None:
        return {
            "cases": [
                _outline(seat.case, seat.takes_part) for seat in queries.cases(who, partner_id)
            ]
        }
    rows = Case.select().where(Case.partner == partner_id, Case.status != "draft").order_by(Case.id)
    return {"cases": [_outline(case, full=True) for case in rows]}


def _outline(case: Case, full: bool) -> dict[str, Any]:
    found = {"status": case.status, "stage": case.stage}
    if full:
        found |= {"category": case.category, "severity": case.severity, "outcome": case.outcome}
    return found
