"""Evaluating enrolments, and writing down what comes of it: the one writer of states.

A decision is stored with all that it rests on. Where nothing comes of an evaluation nothing is
written but the day. Source: domain specification §3, Evaluation.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import msgspec

from app.api import (
    AuditRef,
    Calendar,
    Change,
    Partner,
    atomic,
    audit,
    enqueue,
    lock,
    now,
    organisation,
)
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.programmes.queries import Running, running
from plugins.incentives.standing import evidence, questions, readings, state, telling
from plugins.incentives.standing.cases import Act, Case
from plugins.incentives.standing.evaluate import Eligibility, eligible
from plugins.incentives.standing.evidence import Reading
from plugins.incentives.standing.machine import CLOSED_STATUSES, TRANSITIONS, step
from plugins.incentives.standing.models import Enrolment, Evaluation, Reason, Tenure, columns
from plugins.incentives.standing.state import Effect, Event, Outcome, Phase, State

AT_ONCE = 150  # partners of one transaction: it must not hold up other writers
JOB = "incentives.evaluate"
QUIET = frozenset({Effect.CONFIRMED, Effect.DATA_MISSING})  # nothing that a history tells of


class Sitting(NamedTuple):
    """What evaluations of one programme on one day have in common."""

    programme: Running
    today: date
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Deed:
    """Whose act an event is: nobody's but figures' and time's, or somebody's with a reason."""

    act: Act = field(default_factory=Act)
    by: int | None = None
    four_eyes: bool = True


def evaluate_partners(partner_ids: Iterable[int]) -> None:
    """Bring the tiers of these partners up to date; of many, in jobs of their own.

    Idempotent: what is right already is not written.
    """
    ids = sorted(set(partner_ids))
    for at in range(AT_ONCE, len(ids), AT_ONCE):
        enqueue(JOB, {"partner_ids": ids[at : at + AT_ONCE]}, plugin="incentives")
    _evaluate(Enrolment.partner.in_(ids[:AT_ONCE]))


def evaluate_due(partner_ids: Sequence[int] | None = None) -> None:
    """The evaluation of each night, of period closes and review dates: whoever was not seen today.

    So many at once; the rest in a job that follows. With ids, only these.
    """
    if partner_ids is not None:
        evaluate_partners(partner_ids)
        return
    today = organisation().today()
    waiting = Enrolment.checked.is_null() | (Enrolment.checked < today)
    if _evaluate(waiting) >= AT_ONCE:
        enqueue(JOB, plugin="incentives")


def _evaluate(which: object) -> int:
    """Evaluate up to so many enrolments; returns how many were looked at."""
    with atomic():
        lock("incentives.standing")
        found = {one.programme.id: one for one in running()}
        rows = list(
            Enrolment.select(Enrolment, Partner)
            .join(Partner)
            .where(
                which,
                Enrolment.state != Phase.LEFT.value,
                Enrolment.programme.in_(list(found)),
                Partner.merged_into.is_null(),
            )
            .order_by(Enrolment.id)
            .limit(AT_ONCE)
        )
        for programme_id, programme in found.items():
            own = [row for row in rows if row.programme_id == programme_id]
            advance(own, programme)
        return len(rows)


def advance(rows: Sequence[Enrolment], programme: Running, day: date | None = None) -> None:
    """Let figures and time speak about enrolments of one programme; inside `atomic` and lock.

    As of today; a sample desk alone tells of other days.
    """
    sitting = sitting_of(programme, day)
    today = sitting.today
    known = evidence_of(rows, programme.definition, today)
    unmoved = []
    for row in rows:
        before = row.version
        _advance(row, sitting, known[row.partner_id])
        if row.version == before and row.checked != today:
            unmoved.append(row.id)
    if unmoved:
        Enrolment.update(checked=today).where(Enrolment.id.in_(unmoved)).execute()


def sitting_of(programme: Running, day: date | None = None) -> Sitting:
    """The evaluations of today, or of another day."""
    settings = organisation()
    return Sitting(programme, day or settings.today(), settings.calendar)


def evidence_of(
    rows: Sequence[Enrolment], definition: Definition, today: date
) -> dict[int, dict[str, Reading]]:
    """The evidence on these partners' tiers, by partner."""
    ids = sorted({row.partner_id for row in rows})
    return readings.gather(ids, readings.of_tiers(definition), today)


def _advance(row: Enrolment, sitting: Sitting, known: Mapping[str, Reading]) -> None:
    closed = row.partner.status in CLOSED_STATUSES
    place = row.place
    events = state.due(place, sitting.today)
    if closed and place.phase is not Phase.FROZEN:
        events = [Event.FREEZE]
    elif not closed and place.phase is Phase.FROZEN:
        events = [Event.THAW, Event.EVALUATE]
    for event in events:
        if (row.place.phase, event) in TRANSITIONS:
            take(row, sitting, event, known)


def take(
    row: Enrolment,
    sitting: Sitting,
    event: Event,
    known: Mapping[str, Reading],
    deed: Deed | None = None,
) -> Outcome:
    """One step of the machine, written down with what it rests on; inside `atomic` and lock.

    Raises: `Refused` where the event is not possible, with what is missing.
    """
    deed = deed or Deed()
    before = row.place
    missed = before.declared is not None or event is Event.DECLARE
    definition = sitting.programme.definition
    found = eligible(definition, known, missed=missed)
    case = Case(found, definition, sitting.today, sitting.calendar, deed.act)
    outcome = step(before, event, case)
    record(row, sitting, event, (before, outcome), (known, found), deed)
    return outcome


def record(
    row: Enrolment,
    sitting: Sitting,
    event: Event,
    moved: tuple[State | None, Outcome],
    basis: tuple[Mapping[str, Reading], Eligibility],
    deed: Deed,
) -> None:
    """Write a step down: the decision where it is one, the state, the tier from its day on."""
    before, outcome = moved
    programme, today = sitting.programme, sitting.today
    after, effects = outcome.state, outcome.effects
    values = {**columns(after), "checked": today}
    if before is not None and before == after and not effects:
        if row.checked != today:
            Enrolment.update(checked=today).where(Enrolment.id == row.id).execute()
            row.checked = today
        return
    if effects:
        values["evaluation"] = _decision(row, sitting, event, moved, basis, deed)
    Enrolment.update(version=Enrolment.version + 1, **values).where(
        Enrolment.id == row.id
    ).execute()
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    held = before.held if before else ""
    if after.held != held or before is None:
        Tenure.create(
            enrolment=row.id,
            start=after.since if event is Event.FALL else today,
            tier=after.held,
            reason=effects[-1].value,
            evaluation=row.evaluation,
            at=now(),
        )
    questions.follow(row, before, effects)
    if effects:
        _history(row, programme.definition, held, effects, deed)
        telling.tell(row, programme, outcome, deed.by)


def _decision(
    row: Enrolment,
    sitting: Sitting,
    event: Event,
    moved: tuple[State | None, Outcome],
    basis: tuple[Mapping[str, Reading], Eligibility],
    deed: Deed,
) -> int:
    before, outcome = moved
    version, today = sitting.programme.version, sitting.today
    inputs = evidence.dumps(basis[0])
    given = {"tier": deed.act.tier, "expires": deed.act.expires} if deed.act.tier else None
    written = Evaluation.create(
        enrolment=row.id,
        as_of=today,
        at=now(),
        programme_version=version,
        event=event.value,
        outcome=" ".join(outcome.effects),
        inputs=inputs,
        findings=encoded(basis[1]),
        before=state.dumps(before) if before else "",
        after=state.dumps(outcome.state),
        act=encoded(given) if given else "",
        fiscal_start=sitting.calendar.fiscal_year_start_month,
        digest=evidence.digest(inputs, version.sha256, today.isoformat()),
        by=deed.by,
        four_eyes=deed.four_eyes,
    )
    if deed.act.reason.strip():
        Reason.create(evaluation=written.id, text=deed.act.reason.strip(), by=deed.by)
    return int(written.id)


def _history(
    row: Enrolment, definition: Definition, held: str, effects: Collection[Effect], deed: Deed
) -> None:
    """What a partner's history tells of; reasons lie in erasable rows there too."""
    told = [effect for effect in effects if effect not in QUIET]
    names = [tier.name if (tier := definition.tier(key)) else None for key in (held, row.held)]
    changes = [Change("tier", names[0], names[1])] if names[0] != names[1] else []
    if deed.act.reason.strip():
        changes.append(Change("reason", None, deed.act.reason.strip()))
    if deed.by is not None:
        changes.append(Change("user", None, AuditRef(f"user:{deed.by}")))
    for effect in told:
        audit(f"incentives.{effect}", f"partner:{row.partner_id}", changes=changes)


def encoded(value: object) -> str:
    """A value as canonical JSON."""
    return msgspec.json.encode(value, order="sorted").decode()
