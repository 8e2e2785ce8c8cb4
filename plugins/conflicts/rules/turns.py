"""Whose turn it is: pure."""

from collections.abc import Callable

from plugins.conflicts.rules.state import BOTH, MEDIATOR, SIDES, State, other


def turn(state: State, *, done: bool = False) -> frozenset[str]:
    """Whose turn it is: the sides, the mediator, or the administrators ("admin").

    Of an agreed plan nobody's, until every step of it is `done`.
    """
    if state.status == "agreed" and state.done_by:
        return frozenset({other(state.done_by)})
    if state.status == "agreed":
        return BOTH if done else frozenset()
    if state.status == "resolved":
        return BOTH - state.closing_by
    if not state.is_open:
        return frozenset()
    if not state.acknowledged and state.stage == 1:
        return frozenset({other(state.reporter)})
    return _TURNS[state.step](state)


def _turn_identify(s: State) -> frozenset[str]:
    unsaid = frozenset(side for side in SIDES if not s.position(side))
    if unsaid:
        return unsaid
    waiting = set()
    for side in SIDES:
        restated = s.restatement(side)
        if restated is None or restated.of != s.position(other(side)):
            waiting.add(side)
        elif not restated.confirmed:
            waiting.add(other(side))
    if waiting:
        return frozenset(waiting)
    if s.statement and s.statement_by != BOTH:
        return BOTH - s.statement_by
    return BOTH - s.issue_by if s.statement and s.causes else BOTH


def _turn_explore(s: State) -> frozenset[str]:
    if not s.proposal:
        return BOTH
    if s.proposal_side == MEDIATOR:
        return BOTH - s.accepted_by
    return frozenset({other(s.proposal_side)})


def _turn_appoint(s: State) -> frozenset[str]:
    if s.candidate is None:
        return frozenset({"admin"})
    return BOTH - s.candidate.consents or frozenset({MEDIATOR})


_TURNS: dict[str, Callable[[State], frozenset[str]]] = {
    "identify": _turn_identify,
    "explore": _turn_explore,
    "agree": lambda s: BOTH - s.signed_by if s.plan else BOTH,
    "appoint": _turn_appoint,
    "route": lambda s: frozenset({other(s.route_by)}) if s.route_by else BOTH,
}
