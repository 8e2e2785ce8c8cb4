"""The only writer of cases: every act is one line of the log, with what follows from it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.api import (
    Refusal,
    Viewer,
    atomic,
    audit,
    cancel_task,
    create_task,
    lock,
    now,
    revoke_grants,
    translations,
)
from plugins.conflicts import access, facts, log, people, telling
from plugins.conflicts.facts import Standing
from plugins.conflicts.models import Case, Participant, PlanStep, Text
from plugins.conflicts.rules.acts import missing
from plugins.conflicts.rules.guards import DESK, Facts, Missing
from plugins.conflicts.rules.machine import apply
from plugins.conflicts.rules.state import FOR_PARTNER, HOST, MEDIATOR, SYSTEM, State
from plugins.conflicts.rules.turns import turn

_ = translations("conflicts").gettext

# What may be done from outside of the case: by administrators, and by whoever is to mediate.
BY_ADMIN = ("propose_mediator", "refer")
BY_CANDIDATE = ("declare", "step_down")


class Refused(Refusal):
    """An act that may not happen now; `reasons` say each what is missing."""

    def __init__(self, reasons: Sequence[Refusal]) -> None:
        super().__init__(reasons[0].message, **reasons[0].params)
        self.reasons = tuple(reasons)


def reasons_of(refusal: Refusal) -> tuple[Refusal, ...]:
    """Everything that speaks against what was refused."""
    return refusal.reasons if isinstance(refusal, Refused) else (refusal,)


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with an act: words for the two sides, and what the log keeps in its own words."""

    text: str = ""
    aim: str = ""
    kind: str = ""  # of the text; empty: the act's own name
    detail: Mapping[str, Any] = field(default_factory=dict)
    file: int | None = None


def act(case_id: int, action: str, who: Viewer, said: Said | None = None) -> State:
    """Take a step of the state table. Raises Refused with what is missing."""
    with atomic():
        seat = held_seat(case_id, who)
        _check_seat(seat, action)
        return _step(seat, action, said or Said())


def act_for_desk(found: facts.Standing, action: str) -> bool:
    """What the clock brings, in the caller's transaction; whether it could happen."""
    if missing(found.state, DESK, action, {}, found.facts):
        return False
    record(found, SYSTEM, "", action, {}, None)
    return True


def held_seat(case_id: int, who: Viewer) -> access.Seat:
    """Somebody's seat, with the case locked until the transaction ends; 404 where there is none."""
    lock(f"conflicts:{case_id}")
    return access.seat_or_404(case_id, who)


def _check_seat(seat: access.Seat, action: str) -> None:
    if seat.takes_part:
        return
    if seat.viewer.user_id == seat.case.avoided:
        raise Refused([Missing("The case is for others to decide: it leads around you.")])
    allowed = BY_CANDIDATE if seat.is_candidate else ()
    if seat.viewer.role == "admin":
        allowed = (*allowed, *BY_ADMIN)
    if action not in allowed:
        raise Refused([Missing("Only those who take part in the case can do this.")])


def _step(seat: access.Seat, action: str, said: Said) -> State:
    found = facts.standing(seat.case, log.read(seat.case.id))
    known = _known(found, action, said)
    detail = dict(said.detail)
    if said.text or said.file:
        detail["text"] = True  # its number follows once it is written
    if said.file:
        detail["file"] = said.file
    reasons = missing(found.state, seat.actor(), action, detail, known)
    if reasons:
        raise Refused(reasons)
    detail.pop("text", None)
    if said.text or said.file:
        written = log.write(
            seat.case,
            said.kind or action,
            said.text,
            side=seat.side or HOST,
            author=seat.participant,
            aim=said.aim,
            file=said.file,
        )
        detail |= log.detail_of(written)
    return record(found, seat.actor().side, seat.who, action, detail, seat.viewer)


def _known(found: Standing, action: str, said: Said) -> Facts:
    """The facts, with what only this act asks about."""
    known = found.facts
    if action == "ask_pause":
        until = datetime.fromisoformat(said.detail["until"])
        known = replace(known, pause_within_limit=facts.pause_fits(until, now()))
    return known


def record(
    found: Standing, side: str, who: str, action: str, detail: Mapping[str, Any], by: Viewer | None
) -> State:
    """Add the line, and what follows of itself; then bring the lists up to date and tell."""
    event = log.add(found.case.id, side, who, action, detail, now())
    state = apply(found.state, event)
    _follow(found, state, action)
    events = log.read(found.case.id)
    after = facts.standing(found.case, events)
    state = after.state
    project(found.case, state, done=after.facts.tasks_settled)
    audit("conflicts.case_changed", log.ref_of(found.case.id), {"field": action})
    _tell(after, action, by)
    return state


def _tell(after: Standing, action: str, by: Viewer | None) -> None:
    """Everybody hears that something happened; of a record on its behalf the partner hears so."""
    case, key = after.case, f"conflicts:{after.case.id}:{len(after.events)}"
    until = facts.undone_until(after.state)
    if action not in FOR_PARTNER or until is None:
        telling.tell_moved(case, by.user_id if by else None, key)
        return
    telling.tell_moved(case, by.user_id if by else None, key, (HOST, MEDIATOR))
    telling.tell_recorded(case, facts.day_of(until), key, by)


def _follow(before: Standing, state: State, action: str) -> None:
    """What follows of itself: tasks, sponsors, an appointment, the end of somebody's access."""
    case = before.case
    if state.status == "agreed" and before.state.status != "agreed":
        _set_tasks(case, before.steps)
    if state.is_open and before.state.status in ("agreed", "resolved", "closed"):
        _call_off(before.steps)
    if state.stage > before.state.stage:
        people.add_sponsors(case)
    if action in ("veto", "step_down") and before.state.candidate:
        dismiss(case, before.state.candidate.id)
    if action in ("consent", "declare"):
        appoint(case, state)


def project(case: Case, state: State, *, done: bool = False) -> None:
    """Copy what lists show of a state to the case's row; `done`: every step of the plan is."""
    case.status, case.stage, case.step = state.status, state.stage, state.step
    case.turn, case.outcome = " ".join(sorted(turn(state, done=done))), state.outcome
    case.causes, case.reopened = " ".join(state.causes), state.reopened > 0
    case.closed_at = state.closed_at
    Case.update(
        status=case.status,
        stage=case.stage,
        step=case.step,
        turn=case.turn,
        outcome=case.outcome,
        causes=case.causes,
        reopened=case.reopened,
        closed_at=case.closed_at,
    ).where(Case.id == case.id).execute()


# ---- the mediator


def appoint(case: Case, state: State) -> None:
    """Appoint the candidate as soon as nothing is missing; neutrality is looked at once more."""
    if state.candidate is None:
        return
    candidate = Participant.get_by_id(state.candidate.id)
    known = Facts(against=people.objections_to(case, candidate))
    if missing(state, DESK, "appoint", {}, known):
        return
    log.add(case.id, SYSTEM, "", "appoint", {"mediator": candidate.id}, now())
    Participant.update(role="mediator").where(Participant.id == candidate.id).execute()


def dismiss(case: Case, participant_id: int) -> None:
    """End a candidate's or mediator's access to the case."""
    found = Participant.get_by_id(participant_id)
    people.leave(found)
    if found.grant:
        revoke_grants(log.ref_of(case.id), grant_id=found.grant)


# ---- the plan


def draw_up_plan(case_id: int, who: Viewer, steps: Sequence[tuple[str, int, Any]]) -> State:
    """Write the plan anew: of each step what, the participant responsible, and the day.

    Signatures end, since both sides sign the same text. Raises Refused.
    """
    with atomic():
        seat = held_seat(case_id, who)
        _check_seat(seat, "plan")
        found = facts.standing(seat.case, log.read(case_id))
        reasons = missing(found.state, seat.actor(), "plan", {"count": len(steps)}, found.facts)
        if reasons:
            raise Refused(reasons)
        taking = {part.id: part for part in people.participants(case_id)}
        rows = [
            {
                "n": n,
                "what": what.strip(),
                "side": taking[id_].side,
                "participant": id_,
                "due": due,
            }
            for n, (what, id_, due) in enumerate(steps, start=1)
        ]
        plan = log.write(seat.case, "plan", "", side=seat.side, author=seat.participant)
        PlanStep.insert_many([{**row, "plan": plan.id} for row in rows]).execute()
        digest = plan_hash(found.state.accepted, rows)
        detail = {"plan": plan.id, "hash": digest, "count": len(rows)}
        return record(found, seat.side, seat.who, "plan", detail, who)


def plan_hash(proposal: int, rows: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of the accepted terms and the steps: what both sides sign."""
    terms = Text.get_or_none(Text.id == proposal)
    content = {
        "terms": log.mark(terms) if terms else "",
        "steps": [
            [row["n"], row["what"], row["side"], row["participant"], row["due"].isoformat()]
            for row in rows
        ],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _set_tasks(case: Case, steps: Sequence[PlanStep]) -> None:
    """Each step becomes a task of its side. Everybody who reads the partner's tasks reads its
    title: only those who may see the case are led from it to the case, by its ref."""
    taking = people.everybody(case.id)
    for step in steps:
        part = taking[step.participant_id]
        responsible = f"contact:{part.contact}" if part.contact else f"user:{part.user}"
        try:
            task = create_task(
                partner_id=case.partner_id,
                title=_("Agreed step"),
                description=_("What was agreed stands where it was agreed."),
                side=step.side,
                responsible=responsible,
                due=step.due,
                ref=log.ref_of(case.id),
                visibility="shared",
                by=None,
            )
        except Refusal as refusal:
            gone = Missing(
                "%(name)s, who is responsible for a step, is not there any more: change the plan"
                " first, either side can.",
                name=part.name,
            )
            raise Refused([gone]) from refusal
        PlanStep.update(task=task).where(PlanStep.id == step.id).execute()


def _call_off(steps: Sequence[PlanStep]) -> None:
    """What is open of a plan that does not hold any more is nobody's to do."""
    for step in steps:
        if step.task:
            cancel_task(step.task, _("What was agreed is looked at anew."))
