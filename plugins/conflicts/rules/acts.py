"""Which acts there are: whose each is, in which states, and what it asks for. Pure.

Source: domain specification §4, the state table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.conflicts.rules import behalf, guards, stages
from plugins.conflicts.rules.guards import NOT_NOW, NOT_YOURS, Actor, Facts, Guard, Missing
from plugins.conflicts.rules.state import HOST, MEDIATOR, PARTNER, SIDES, SYSTEM, State, other


def missing(
    state: State, actor: Actor, action: str, detail: Mapping[str, Any], facts: Facts
) -> list[Missing]:
    """What stands in the way of an act; nothing where it may happen."""
    rule = RULES.get(action)
    if rule is None:
        return [NOT_NOW]
    if actor.side not in rule.sides:
        return [rule.whose]
    if not rule.when(state):
        return [NOT_NOW]
    return [one for guard in rule.guards for one in guard(state, actor, detail, facts)]


def possible(state: State, actor: Actor, facts: Facts) -> tuple[str, ...]:
    """The acts that somebody may think of now; some still lack something, which `missing` tells."""
    return tuple(
        name
        for name, rule in RULES.items()
        if actor.side in rule.sides
        and rule.when(state)
        and (rule.offered is None or rule.offered(state, actor, facts))
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One act: whose it is, in which states it can be thought of, and what it asks for."""

    sides: tuple[str, ...]
    when: Callable[[State], bool]
    guards: Sequence[Guard] = ()
    whose: Missing = NOT_NOW
    offered: Callable[[State, Actor, Facts], bool] | None = None


def _at(*steps: str) -> Callable[[State], bool]:
    return lambda s: s.is_open and s.step in steps


_SPEAKERS = ("identify", "explore", "agree")
_ANY = (*SIDES, MEDIATOR)
_FOR_SIDES = Missing("This is for the two sides to say.")
_FOR_OURS = Missing("Only our side records what the partner said elsewhere.")


def _for_partner(
    action: str, when: Callable[[State], bool], waits: Callable[[State], bool], *own: Guard
) -> Rule:
    """What our side records on the partner's behalf: the guards of its own act, and more."""
    undone = behalf.not_undone(action)
    return Rule(
        (HOST,),
        when,
        (*map(behalf.of_partner, own), undone, guards.may_bind, behalf.evidence),
        _FOR_OURS,
        lambda s, a, f: a.signs and waits(s) and not undone(s, a, {}, f),
    )


RULES: dict[str, Rule] = {
    "submit": Rule(SIDES, lambda s: s.status == "draft", (guards.complete_report,)),
    "acknowledge": Rule(
        SIDES,
        lambda s: s.is_open and not s.acknowledged,
        (lambda s, a, _d, _f: [NOT_YOURS] if a.side == s.reporter else [],),
        offered=lambda s, a, _f: a.side != s.reporter,
    ),
    "position": Rule(SIDES, _at("identify"), whose=_FOR_SIDES),
    "restate": Rule(
        SIDES,
        _at("identify"),
        (guards.restates_present,),
        _FOR_SIDES,
        lambda s, a, _f: bool(s.position(other(a.side))),
    ),
    "confirm_restatement": Rule(
        SIDES,
        _at("identify"),
        (guards.same_restatement,),
        _FOR_SIDES,
        lambda s, a, _f: _awaits_confirmation(s, a),
    ),
    "correct_restatement": Rule(
        SIDES,
        _at("identify"),
        (guards.same_restatement,),
        _FOR_SIDES,
        lambda s, a, _f: _awaits_confirmation(s, a),
    ),
    "propose_statement": Rule(_ANY, _at("identify")),
    "accept_statement": Rule(
        SIDES,
        _at("identify"),
        (guards.same_statement,),
        _FOR_SIDES,
        lambda s, a, _f: bool(s.statement) and a.side not in s.statement_by,
    ),
    "name_causes": Rule(_ANY, _at("identify"), (guards.known_causes,)),
    "confirm_issue": Rule(
        SIDES,
        _at("identify"),
        (guards.issue_understood,),
        _FOR_SIDES,
        lambda s, a, _f: a.side not in s.issue_by,
    ),
    "propose": Rule(_ANY, _at("explore")),
    "accept": Rule(
        SIDES,
        _at("explore"),
        (guards.latest_proposal, guards.may_bind),
        _FOR_SIDES,
        lambda s, a, _f: (
            bool(s.proposal) and s.proposal_side != a.side and a.side not in s.accepted_by
        ),
    ),
    "plan": Rule(SIDES, _at("agree"), (guards.whole_plan,), _FOR_SIDES),
    "sign": Rule(
        SIDES,
        _at("agree"),
        (guards.same_plan, guards.may_bind),
        _FOR_SIDES,
        lambda s, a, _f: bool(s.plan) and a.side not in s.signed_by,
    ),
    "acknowledge_for": _for_partner(
        "acknowledge_for",
        lambda s: s.is_open and s.stage == 1 and not s.acknowledged and s.reporter == HOST,
        lambda _s: True,
    ),
    "accept_for": _for_partner(
        "accept_for",
        _at("explore"),
        lambda s: bool(s.proposal) and s.proposal_side != PARTNER and PARTNER not in s.accepted_by,
        guards.latest_proposal,
    ),
    "sign_for": _for_partner(
        "sign_for",
        _at("agree"),
        lambda s: bool(s.plan) and PARTNER not in s.signed_by,
        guards.same_plan,
    ),
    "undo": Rule(
        (PARTNER,),
        lambda s: bool(s.recorded) and s.status in ("open", "paused", "agreed"),
        (behalf.same_record, behalf.in_time),
        Missing("Only the partner undoes what was recorded on its behalf."),
        lambda _s, _a, f: not f.undo_over,
    ),
    "ask_escalation": Rule(
        SIDES,
        lambda s: s.is_open and s.stage == 1,
        (
            lambda s, a, _d, _f: (
                [Missing("Your side has said so: the other side has not yet.")]
                if a.side in s.escalation_by
                else []
            ),
        ),
        _FOR_SIDES,
        lambda s, a, f: a.side not in s.escalation_by and bool(stages.escalation(s, a, {}, f)),
    ),
    "escalate": Rule(
        (*_ANY, SYSTEM),
        lambda s: s.is_open and s.stage < 3,
        (stages.escalation,),
        offered=lambda s, a, f: not stages.escalation(s, a, {}, f),
    ),
    "propose_mediator": Rule(
        (HOST,),
        _at("appoint"),
        (
            lambda _s, a, _d, _f: (
                [] if a.admin else [Missing("An administrator proposes a mediator.")]
            ),
            stages.neutral,
        ),
        Missing("An administrator proposes a mediator."),
        lambda _s, a, _f: a.admin,
    ),
    "consent": Rule(
        SIDES,
        _at("appoint"),
        (stages.consents,),
        _FOR_SIDES,
        lambda s, a, _f: s.candidate is not None and a.side not in s.candidate.consents,
    ),
    "veto": Rule(
        SIDES,
        _at("appoint"),
        (stages.consents,),
        _FOR_SIDES,
        lambda s, a, _f: s.candidate is not None and a.side not in s.candidate.consents,
    ),
    "declare": Rule(
        (MEDIATOR,),
        lambda s: s.is_open and s.candidate is not None and not s.candidate.declared,
        (),
        Missing("The mediator signs the declaration."),
    ),
    "appoint": Rule((SYSTEM,), _at("appoint"), (stages.ready_to_mediate,)),
    "step_down": Rule(
        (MEDIATOR,),
        lambda s: s.is_open and s.candidate is not None,
        (),
        Missing("Only a mediator steps down."),
    ),
    "impasse": Rule(
        (MEDIATOR,),
        lambda s: s.is_open and s.stage == 2 and s.mediator is not None and not s.impasse,
        (),
        Missing("The mediator declares an impasse."),
    ),
    "decline_mediation": Rule(
        SIDES, lambda s: s.is_open and s.stage == 2 and not s.declined, (), _FOR_SIDES
    ),
    "propose_route": Rule(
        SIDES,
        _at("route"),
        (stages.executive, stages.known_route),
        _FOR_SIDES,
        lambda _s, a, _f: a.executive,
    ),
    "agree_route": Rule(
        SIDES,
        lambda s: s.is_open and s.step == "route" and bool(s.route_by),
        (stages.executive, stages.other_route),
        _FOR_SIDES,
        lambda s, a, _f: s.route_by != a.side,
    ),
    "ask_pause": Rule(
        SIDES, lambda s: s.is_open and not s.pause_by, (guards.pause_limit,), _FOR_SIDES
    ),
    "agree_pause": Rule(
        SIDES,
        lambda s: s.is_open and bool(s.pause_by),
        (guards.other_pauses,),
        _FOR_SIDES,
        lambda s, a, _f: s.pause_by != a.side,
    ),
    "resume": Rule(
        (*SIDES, SYSTEM), lambda s: s.status == "paused", (guards.pause_over,), _FOR_SIDES
    ),
    "complete": Rule(
        SIDES, lambda s: s.status == "agreed" and not s.done_by, (guards.tasks_settled,), _FOR_SIDES
    ),
    "confirm_complete": Rule(
        (*SIDES, SYSTEM),
        lambda s: s.status == "agreed" and bool(s.done_by),
        (guards.tasks_settled, guards.other_claims),
        _FOR_SIDES,
        lambda s, a, f: s.done_by != a.side or f.silence_over,
    ),
    "not_complete": Rule(
        SIDES,
        lambda s: s.status == "agreed" and bool(s.done_by),
        (lambda s, a, _d, _f: [NOT_YOURS] if s.done_by == a.side else [],),
        _FOR_SIDES,
        lambda s, a, _f: s.done_by != a.side,
    ),
    "broken": Rule(
        (*SIDES, SYSTEM),
        lambda s: s.status == "agreed",
        (guards.plan_broken,),
        _FOR_SIDES,
        lambda _s, _a, f: f.tasks_broken,
    ),
    "agree_close": Rule(
        SIDES,
        lambda s: s.status == "resolved",
        (guards.not_own_vote,),
        _FOR_SIDES,
        lambda s, a, _f: a.side not in s.closing_by,
    ),
    "close": Rule((SYSTEM,), lambda s: s.status == "resolved", (guards.silence,)),
    "refer": Rule(
        (HOST,),
        lambda s: s.is_open and s.stage == 3,
        (stages.documented,),
        Missing("An administrator refers a case."),
        lambda _s, a, _f: a.admin,
    ),
    "close_unresolved": Rule(
        SIDES,
        lambda s: s.is_open and s.stage == 3,
        (stages.stage_over,),
        _FOR_SIDES,
        lambda _s, _a, f: f.stage_expired,
    ),
    "withdraw": Rule(
        SIDES,
        lambda s: s.is_open and s.withdrawn_at is None,
        (guards.own_case,),
        _FOR_SIDES,
        lambda _s, a, _f: a.reporter,
    ),
    "keep": Rule(
        SIDES,
        lambda s: s.is_open and s.withdrawn_at is not None,
        (),
        _FOR_SIDES,
    ),
    "withdrawn": Rule(
        (SYSTEM,), lambda s: s.is_open and s.withdrawn_at is not None, (guards.silence,)
    ),
    "reopen": Rule(
        SIDES,
        lambda s: s.status in ("resolved", "closed"),
        (guards.in_time,),
        _FOR_SIDES,
        lambda _s, _a, f: f.reopenable,
    ),
}


def _awaits_confirmation(state: State, actor: Actor) -> bool:
    found = state.restatement(other(actor.side))
    return found is not None and not found.confirmed and found.of == state.position(actor.side)
