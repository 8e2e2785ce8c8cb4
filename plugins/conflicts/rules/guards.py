"""Whether an act may follow, and what is missing where it may not: pure.

Each guard answers with sentences that say what is missing and who can supply it. Source: domain
specification §4, the state table; §0, Escape.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.api import Refusal
from plugins.conflicts.rules.state import (
    BOTH,
    CATEGORIES,
    CAUSES,
    HOST,
    PARTNER,
    SEVERITIES,
    SIDES,
    SYSTEM,
    State,
    other,
)


class Missing(Refusal):
    """What stands in the way of an act, and who can supply it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: for which side, and with which rights."""

    side: str
    signs: bool = False  # may bind the side: a contact with can_sign; a manager or administrator
    executive: bool = False
    reporter: bool = False  # raised the case
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the log alone does not tell: clocks, tasks, and what was found of a candidate."""

    ack_doubled: bool = False  # twice the time to acknowledge has passed
    stage_expired: bool = False
    consent_overdue: bool = False  # 15 days without both consents to a mediator
    silence_over: bool = False  # the other side has let its 10 or 5 business days pass
    tasks_settled: bool = False  # every task of the plan is done or waived
    tasks_broken: bool = False  # one was overdue twice
    pause_over: bool = False
    pause_within_limit: bool = True
    reopenable: bool = True  # within 90 days
    undo_over: bool = False  # the partner has let 10 business days pass
    against: tuple[Missing, ...] = ()  # what speaks against the candidate's neutrality


DESK = Actor(SYSTEM)
Guard = Callable[[State, Actor, Mapping[str, Any], Facts], list[Missing]]

NOT_NOW = Missing("This is not what the case waits for now.")
NOT_YOURS = Missing("This is for the other side to say.")


def complete_report(_s: State, _a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """A case is raised with words, a category, a severity and somebody to answer."""
    found = []
    if not d.get("text"):
        found.append(Missing("Describe what happened: whoever raises the case does that."))
    if d.get("category") not in CATEGORIES:
        found.append(Missing("Choose what the case is about: whoever raises it does that."))
    if d.get("severity") not in SEVERITIES:
        found.append(Missing("Choose how serious it is: whoever raises the case does that."))
    if not d.get("respondents"):
        found.append(Missing("Name somebody on the other side who can answer."))
    return found


def restates_present(s: State, a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """What is restated is the other side's present position."""
    if not s.position(other(a.side)):
        return [Missing("The other side has not stated its position yet.")]
    if d.get("of") != s.position(other(a.side)):
        return [Missing("The other side has changed its position meanwhile: read it first.")]
    return []


def same_restatement(s: State, a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """What is confirmed is what the other side said last."""
    found = s.restatement(other(a.side))
    if found is None or found.of != s.position(a.side):
        return [Missing("The other side has to say first how it understood you.")]
    if d.get("about") != found.text:
        return [Missing("The other side has said it in other words meanwhile: read them first.")]
    return []


def same_statement(s: State, _a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """What is accepted is the statement that was read."""
    if not s.statement:
        return [Missing("There is no statement yet: either side can propose one.")]
    if d.get("about") != s.statement:
        return [Missing("The statement was changed meanwhile: read it first.")]
    return []


def known_causes(_s: State, _a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """At least one root cause of the list."""
    causes = d.get("causes") or []
    if not causes or not set(causes) <= set(CAUSES):
        return [Missing("Choose at least one root cause.")]
    return []


def issue_understood(s: State, _a: Actor, _d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """The core issue: positions, confirmed restatements, a joint statement, a root cause."""
    found = []
    for side in SIDES:
        if not s.position(side):
            found.append(_BY_SIDE["position"][side])
    for side in SIDES:
        restated = s.restatement(side)
        if restated is None or restated.of != s.position(other(side)):
            found.append(_BY_SIDE["restate"][side])
        elif not restated.confirmed:
            found.append(_BY_SIDE["confirm"][other(side)])
    if not s.statement:
        found.append(
            Missing("A problem statement that both share is missing: either side can propose one.")
        )
    elif s.statement_by != BOTH:
        found += [_BY_SIDE["statement"][side] for side in SIDES if side not in s.statement_by]
    if not s.causes:
        found.append(Missing("A root cause is missing: either side can name one."))
    return found


_BY_SIDE = {
    "position": {
        HOST: Missing("Our side has not stated its position: anybody of ours who takes part can."),
        PARTNER: Missing("The partner has not stated its position: its contacts in the case can."),
    },
    "restate": {
        HOST: Missing("Our side has not said how it understood the partner."),
        PARTNER: Missing("The partner has not said how it understood our side."),
    },
    "confirm": {
        HOST: Missing("Our side has not confirmed that the partner understood it."),
        PARTNER: Missing("The partner has not confirmed that our side understood it."),
    },
    "statement": {
        HOST: Missing("Our side has not accepted the problem statement."),
        PARTNER: Missing("The partner has not accepted the problem statement."),
    },
}


def latest_proposal(s: State, a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """The latest proposal, which is not the side's own."""
    if not s.proposal:
        return [Missing("There is no proposal yet: either side can make one.")]
    if d.get("about") != s.proposal:
        return [Missing("There is a newer proposal: read it first.")]
    if s.proposal_side == a.side:
        return [Missing("This proposal is your own: the other side accepts it, or makes another.")]
    if a.side in s.accepted_by:
        return [Missing("Your side has accepted it: the other side has not yet.")]
    return []


def may_bind(_s: State, a: Actor, _d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """Whoever may bind the side."""
    if a.signs:
        return []
    if a.side == PARTNER:
        return [Missing("Only a contact who may sign can do this: ask one of them.")]
    return [Missing("Only a manager or an administrator can do this.")]


def whole_plan(_s: State, _a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """At least one step, each whole."""
    if not d.get("count"):
        return [
            Missing("A plan has at least one step, with a side, somebody responsible and a day.")
        ]
    return []


def same_plan(s: State, a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """The very plan that was read, not signed by this side yet."""
    if not s.plan:
        return [Missing("There is no plan yet: either side can draw one up.")]
    if d.get("hash") != s.plan:
        return [Missing("The plan was changed meanwhile: read it first. Both sign the same text.")]
    if a.side in s.signed_by:
        return [Missing("Your side has signed: the other side has not yet.")]
    return []


def tasks_settled(_s: State, _a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """Every step of the plan is done or waived."""
    if f.tasks_settled:
        return []
    return [
        Missing(
            "Some steps of the plan are open: whoever is responsible does them, or the other"
            " side waives them."
        )
    ]


def other_claims(s: State, a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """The other side said that it is done, or has been silent for long enough."""
    if a.side == SYSTEM:
        return [] if f.silence_over else [Missing("The other side still has time to answer.")]
    return [NOT_YOURS] if s.done_by == a.side and not f.silence_over else []


def other_pauses(s: State, a: Actor, _d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """The other side suggested the pause."""
    return [NOT_YOURS] if s.pause_by == a.side else []


def pause_limit(_s: State, _a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """A pause within its limit."""
    if f.pause_within_limit:
        return []
    return [Missing("A pause lasts at most 20 business days, and ends after today.")]


def pause_over(_s: State, a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """The desk ends a pause on its last day alone."""
    if a.side == SYSTEM and not f.pause_over:
        return [Missing("The pause has not ended yet.")]
    return []


def plan_broken(_s: State, _a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """A step was overdue twice."""
    return [] if f.tasks_broken else [Missing("No step of the plan has been overdue twice.")]


def silence(_s: State, _a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """Somebody's time to object is over."""
    return [] if f.silence_over else [Missing("The other side still has time to answer.")]


def not_own_vote(s: State, a: Actor, _d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """A side agrees once."""
    return (
        [Missing("Your side has said so: the other side has not yet.")]
        if a.side in s.closing_by
        else []
    )


def own_case(_s: State, a: Actor, _d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """Whoever raised the case."""
    return [] if a.reporter else [Missing("Only whoever raised the case can withdraw it.")]


def in_time(_s: State, _a: Actor, d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """Within 90 days, with something new."""
    found = []
    if not f.reopenable:
        found.append(Missing("A case is reopened within 90 days: raise a new one."))
    if not d.get("text") and not f.tasks_broken:
        found.append(Missing("Say what is new."))
    return found
