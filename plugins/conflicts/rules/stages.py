"""Guards of the way up: the next stage, a mediator, a route, and how stage 3 ends. Pure.

Source: domain specification §4, the state table; §0, Escape.
"""

from collections.abc import Mapping
from typing import Any

from plugins.conflicts.rules.guards import NOT_NOW, NOT_YOURS, Actor, Facts, Missing
from plugins.conflicts.rules.state import HOST, MOST_VETOES, PARTNER, ROUTES, SIDES, SYSTEM, State


def escalation(s: State, a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """Why the next stage is not open yet, by stage."""
    if s.stage == 1:
        if a.side == SYSTEM:
            return (
                [] if f.ack_doubled else [Missing("The time to acknowledge has not passed twice.")]
            )
        if a.side not in SIDES:
            return [NOT_NOW]
        if f.stage_expired or f.ack_doubled or s.exchanged:
            return []
        return [
            Missing(
                "One side alone escalates once both have stated their positions, or once the time"
                " of the stage is over. Before, both agree to it."
            )
        ]
    if a.side == SYSTEM:
        return [NOT_NOW]
    if s.impasse or s.declined or f.stage_expired or f.consent_overdue:
        return []
    return [
        Missing(
            "The next stage opens once the mediator declares an impasse, a side declines mediation,"
            " the time of the stage is over, or 15 days bring no consent to a mediator."
        )
    ]


def neutral(s: State, _a: Actor, d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """Nothing speaks against the candidate."""
    found = list(f.against)
    if d.get("internal") and s.vetoes >= MOST_VETOES:
        found.append(Missing("Two people were turned down: the mediator now comes from outside."))
    return found


def consents(s: State, a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """Consent or veto to the very candidate that was read."""
    if s.candidate is None or d.get("about") != s.candidate.id:
        return [Missing("Somebody else is proposed by now: read who.")]
    if a.side in s.candidate.consents:
        return [Missing("Your side has consented: the other side has not yet.")]
    return []


def ready_to_mediate(s: State, _a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """Neutrality, both consents, and the declaration."""
    if s.candidate is None:
        return [Missing("Nobody is proposed as mediator: an administrator can do that.")]
    found = list(f.against)
    if HOST not in s.candidate.consents:
        found.append(Missing("Our side has not consented to the mediator."))
    if PARTNER not in s.candidate.consents:
        found.append(Missing("The partner has not consented to the mediator."))
    if not s.candidate.declared:
        found.append(Missing("The mediator has not signed the declaration."))
    return found


def executive(_s: State, a: Actor, _d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """An executive of the side."""
    return [] if a.executive else [Missing("This is for an executive of your side to decide.")]


def known_route(_s: State, _a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """A route of the list."""
    return [] if d.get("route") in ROUTES else [Missing("Choose a route.")]


def other_route(s: State, a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """Agreement to the very route that the other side proposed."""
    if s.route_by == a.side:
        return [NOT_YOURS]
    if d.get("about") != s.route:
        return [Missing("Another route is proposed by now: read which.")]
    return []


def documented(_s: State, a: Actor, d: Mapping[str, Any], _f: Facts) -> list[Missing]:
    """A referral by an administrator, with its document and how the case ends."""
    found = []
    if not a.admin:
        found.append(Missing("An administrator refers a case."))
    if not d.get("file"):
        found.append(
            Missing(
                "Attach the document that the case goes on with: an amendment, or the end of the"
                " agreement."
            )
        )
    if d.get("outcome") not in ("referred", "unresolved", "terminated"):
        found.append(Missing("Say how it ends: referred, unresolved, or terminated."))
    return found


def stage_over(_s: State, _a: Actor, _d: Mapping[str, Any], f: Facts) -> list[Missing]:
    """The time of the stage is over."""
    return [] if f.stage_expired else [Missing("The time of this stage is not over yet.")]
