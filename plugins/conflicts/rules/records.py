"""What our side records on the partner's behalf: it counts at once, and can be undone. Pure.

A record ends where what it said does not hold any more, and where the partner itself goes on from
it. Source: domain specification §0, On behalf.
"""

from collections.abc import Callable
from dataclasses import replace

from plugins.conflicts.rules.state import NOBODY, PARTNER, Event, Recorded, State

Step = Callable[[State, Event], State]


def for_partner(step: Step) -> Step:
    """The step by which our side records an act of the partner's."""

    def recorded(s: State, e: Event) -> State:
        made = Recorded(e.action, e.detail["text"], e.at)
        return replace(step(s, replace(e, side=PARTNER)), recorded=(*s.recorded, made))

    return recorded


def undo(s: State, _e: Event) -> State:
    """As if the partner had not said what was recorded for it last."""
    last, left = s.recorded[-1].action, s.recorded[:-1]
    s = replace(s, undone=s.undone | {key(s, last)})
    if last == "acknowledge_for":
        return replace(s, acknowledged=False, recorded=left)
    if last == "sign_for":
        by = s.signed_by - {PARTNER}
        return replace(s, status="open", signed_by=by, done_by="", done_at=None, recorded=left)
    return replace(
        s,
        step="explore" if s.step == "agree" else s.step,
        accepted_by=s.accepted_by - {PARTNER},
        accepted=0,
        plan="",
        plan_text=0,
        signed_by=NOBODY,
        recorded=left,
    )


def key(s: State, action: str) -> tuple[str, str]:
    """A record of this proposal or plan: what was undone once is not recorded again."""
    return action, {"accept_for": str(s.proposal), "sign_for": s.plan}.get(action, "")


def unconfirmed(s: State, e: Event) -> State:
    """The state after an event, without the records that it has brought to an end."""
    if not s.recorded:
        return s
    left = tuple(one for one in s.recorded if _HOLDS[one.action](s) and not _goes_on(one, e))
    return replace(s, recorded=left)


_HOLDS: dict[str, Callable[[State], bool]] = {
    "acknowledge_for": lambda s: s.acknowledged,
    "accept_for": lambda s: PARTNER in s.accepted_by,
    "sign_for": lambda s: PARTNER in s.signed_by,
}
_CARRIED_OUT = ("complete", "confirm_complete", "agree_close")
_FROM = {"accept_for": ("plan", "sign", *_CARRIED_OUT), "sign_for": _CARRIED_OUT}


def _goes_on(record: Recorded, e: Event) -> bool:
    """Whether the partner goes on from a record; from having seen the case, whatever it does."""
    if e.side != PARTNER or e.action == "undo":
        return False
    return e.action in _FROM.get(record.action, (e.action,))
