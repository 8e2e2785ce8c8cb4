"""A case as its event log tells it: which state each event leads to. Pure.

The log is the truth: `replay` makes the state of it, `guards` say whether an event may be added.
Source: domain specification §4, the state table.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugins.conflicts.rules import records
from plugins.conflicts.rules.state import (
    BOTH,
    MEDIATOR,
    NOBODY,
    Candidate,
    Event,
    Restatement,
    State,
    other,
)


def replay(events: Iterable[Event]) -> State:
    """The state to which a log leads."""
    state = State()
    for event in events:
        state = apply(state, event)
    return state


def apply(state: State, event: Event) -> State:
    """The state after an event; whether the event may happen is the guards' to say."""
    step = _STEPS.get(event.action)
    return records.unconfirmed(step(state, event), event) if step else state


def _put(pairs: tuple[tuple[str, Any], ...], side: str, value: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((dict(pairs) | {side: value}).items()))


def _submit(s: State, e: Event) -> State:
    return replace(
        s,
        status="open",
        reporter=e.side,
        severity=e.detail.get("severity", "normal"),
        positions=_put(s.positions, e.side, e.detail["text"]) if e.detail.get("text") else (),
        stage_since=e.at,
    )


def _acknowledge(s: State, _e: Event) -> State:
    return replace(s, acknowledged=True)


def _position(s: State, e: Event) -> State:
    # Whoever answers has seen it; a changed position has to be restated and understood anew.
    return replace(
        s,
        positions=_put(s.positions, e.side, e.detail["text"]),
        acknowledged=s.acknowledged or e.side != s.reporter,
        issue_by=NOBODY,
    )


def _restate(s: State, e: Event) -> State:
    made = Restatement(e.detail["text"], e.detail["of"])
    return replace(s, restatements=_put(s.restatements, e.side, made), issue_by=NOBODY)


def _confirm_restatement(s: State, e: Event) -> State:
    found = s.restatement(other(e.side))
    if found is None:
        return s
    return replace(
        s, restatements=_put(s.restatements, other(e.side), replace(found, confirmed=True))
    )


def _correct_restatement(s: State, e: Event) -> State:
    left = tuple(pair for pair in s.restatements if pair[0] != other(e.side))
    return replace(s, restatements=left, issue_by=NOBODY)


def _propose_statement(s: State, e: Event) -> State:
    by = frozenset({e.side}) & BOTH
    return replace(s, statement=e.detail["text"], statement_by=by, issue_by=NOBODY)


def _accept_statement(s: State, e: Event) -> State:
    return replace(s, statement_by=s.statement_by | {e.side})


def _name_causes(s: State, e: Event) -> State:
    # Whoever said that the issue is found said so of other causes.
    return replace(s, causes=tuple(e.detail["causes"]), issue_by=NOBODY)


def _confirm_issue(s: State, e: Event) -> State:
    by = s.issue_by | {e.side}
    if by != BOTH:
        return replace(s, issue_by=by)
    return replace(s, issue_by=by, issue_confirmed=True, step="explore")


def _propose(s: State, e: Event) -> State:
    return replace(
        s, proposal=e.detail["text"], proposal_side=e.side, accepted_by=NOBODY, accepted=0
    )


def _accept(s: State, e: Event) -> State:
    by = s.accepted_by | {e.side}
    needed = BOTH if s.proposal_side == MEDIATOR else frozenset({other(s.proposal_side)})
    if not needed <= by:
        return replace(s, accepted_by=by)
    return replace(s, accepted_by=by, accepted=s.proposal, step="agree", plan="", signed_by=NOBODY)


def _plan(s: State, e: Event) -> State:
    return replace(s, plan=e.detail["hash"], plan_text=e.detail["plan"], signed_by=NOBODY)


def _sign(s: State, e: Event) -> State:
    by = s.signed_by | {e.side}
    status = "agreed" if by == BOTH else s.status
    return replace(s, signed_by=by, status=status, done_by="", done_at=None)


def _ask_escalation(s: State, e: Event) -> State:
    by = s.escalation_by | {e.side}
    moved = replace(s, escalation_by=by)
    return _escalate(moved, e) if by == BOTH else moved


def _escalate(s: State, e: Event) -> State:
    step = "appoint" if s.stage == 1 else "route"
    return replace(
        s, stage=min(3, s.stage + 1), step=step, stage_since=e.at, escalation_by=NOBODY, route=""
    )


def _propose_mediator(s: State, e: Event) -> State:
    found = Candidate(e.detail["mediator"], bool(e.detail.get("internal")), e.at)
    return replace(s, candidate=found)


def _consent(s: State, e: Event) -> State:
    if s.candidate is None:
        return s
    return replace(s, candidate=replace(s.candidate, consents=s.candidate.consents | {e.side}))


def _veto(s: State, _e: Event) -> State:
    return replace(s, candidate=None, vetoes=s.vetoes + 1)


def _declare(s: State, _e: Event) -> State:
    return replace(s, candidate=replace(s.candidate, declared=True)) if s.candidate else s


def _appoint(s: State, _e: Event) -> State:
    if s.candidate is None:
        return s
    step = "explore" if s.issue_confirmed else "identify"
    return replace(s, candidate=replace(s.candidate, appointed=True), step=step)


def _step_down(s: State, _e: Event) -> State:
    return replace(s, candidate=None, step="appoint" if s.stage == 2 else s.step)


def _impasse(s: State, _e: Event) -> State:
    return replace(s, impasse=True)


def _decline(s: State, _e: Event) -> State:
    return replace(s, declined=True)


def _propose_route(s: State, e: Event) -> State:
    return replace(s, route=e.detail["route"], route_by=e.side)


def _agree_route(s: State, _e: Event) -> State:
    return replace(s, step="explore", route_by="")


def _ask_pause(s: State, e: Event) -> State:
    return replace(s, pause_by=e.side, pause_until=datetime.fromisoformat(e.detail["until"]))


def _pause(s: State, _e: Event) -> State:
    return replace(s, status="paused")


def _resume(s: State, _e: Event) -> State:
    return replace(s, status="open", pause_by="", pause_until=None)


def _complete(s: State, e: Event) -> State:
    return replace(s, done_by=e.side, done_at=e.at)


def _not_complete(s: State, _e: Event) -> State:
    return replace(s, done_by="", done_at=None)


def _resolve(s: State, e: Event) -> State:
    return replace(s, status="resolved", resolved_at=e.at, closing_by=NOBODY)


def _agree_close(s: State, e: Event) -> State:
    by = s.closing_by | {e.side}
    moved = replace(s, closing_by=by)
    return _over(moved, e, "resolved") if by == BOTH else moved


def _close(s: State, e: Event) -> State:
    return _over(s, e, "resolved")


def _refer(s: State, e: Event) -> State:
    return _over(s, e, e.detail["outcome"])


def _close_unresolved(s: State, e: Event) -> State:
    return _over(s, e, "unresolved")


def _withdraw(s: State, e: Event) -> State:
    if not s.acknowledged:
        return _over(s, e, "withdrawn")
    return replace(s, withdrawn_at=e.at)


def _keep(s: State, _e: Event) -> State:
    return replace(s, withdrawn_at=None)


def _withdrawn(s: State, e: Event) -> State:
    return _over(s, e, "withdrawn")


def _reopen(s: State, e: Event) -> State:
    return replace(_at_work_again(s, e), reopened=s.reopened + 1)


def _over(s: State, e: Event, outcome: str) -> State:
    return replace(s, status="closed", outcome=outcome, closed_at=e.at, withdrawn_at=None)


def _at_work_again(s: State, e: Event) -> State:
    """Open once more at the stage that was reached, with the terms to be found anew."""
    return replace(
        s,
        status="open",
        step=_work_step(s),
        proposal=0,
        proposal_side="",
        accepted=0,
        accepted_by=NOBODY,
        plan="",
        plan_text=0,
        signed_by=NOBODY,
        done_by="",
        done_at=None,
        resolved_at=None,
        closing_by=NOBODY,
        withdrawn_at=None,
        outcome="",
        closed_at=None,
        impasse=False,
        stage_since=e.at,
    )


def _work_step(s: State) -> str:
    """Where work begins anew: with the mediator or route that the stage asks for, where missing."""
    if s.stage == 2 and s.mediator is None:
        return "appoint"
    if s.stage == 3 and (not s.route or s.route_by):
        return "route"
    return "explore" if s.issue_confirmed else "identify"


_STEPS = {
    "submit": _submit,
    "acknowledge": _acknowledge,
    "position": _position,
    "restate": _restate,
    "confirm_restatement": _confirm_restatement,
    "correct_restatement": _correct_restatement,
    "propose_statement": _propose_statement,
    "accept_statement": _accept_statement,
    "name_causes": _name_causes,
    "confirm_issue": _confirm_issue,
    "propose": _propose,
    "accept": _accept,
    "plan": _plan,
    "sign": _sign,
    "acknowledge_for": records.for_partner(_acknowledge),
    "accept_for": records.for_partner(_accept),
    "sign_for": records.for_partner(_sign),
    "undo": records.undo,
    "ask_escalation": _ask_escalation,
    "escalate": _escalate,
    "propose_mediator": _propose_mediator,
    "consent": _consent,
    "veto": _veto,
    "declare": _declare,
    "appoint": _appoint,
    "step_down": _step_down,
    "impasse": _impasse,
    "decline_mediation": _decline,
    "propose_route": _propose_route,
    "agree_route": _agree_route,
    "ask_pause": _ask_pause,
    "agree_pause": _pause,
    "resume": _resume,
    "complete": _complete,
    "not_complete": _not_complete,
    "confirm_complete": _resolve,
    "broken": _at_work_again,
    "agree_close": _agree_close,
    "close": _close,
    "refer": _refer,
    "close_unresolved": _close_unresolved,
    "withdraw": _withdraw,
    "keep": _keep,
    "withdrawn": _withdrawn,
    "reopen": _reopen,
}
ACTIONS = tuple(_STEPS)
