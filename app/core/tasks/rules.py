"""Who may do what about a task: pure.

Source: domain specification §0, Shared primitive task, Four eyes, On behalf, Escape.
"""

from collections.abc import Callable
from dataclasses import dataclass

OPEN = ("todo", "doing")
CLOSED = ("waived", "cancelled")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at of a task."""

    state: str
    side: str
    shared: bool
    verified: bool = False
    undoable: bool = False  # the host recorded the partner's act, and the time to undo it runs


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody before a task; `edits`: one of staff who may change the partner's records."""

    side: str
    edits: bool = False
    responsible: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the state table; `words`: it asks for a reason, or for what shows it."""

    key: str
    to: str
    words: bool
    allowed: Callable[[Facts, Actor], bool]


def _acts(task: Facts, actor: Actor) -> bool:
    """Whether somebody acts for the side that has to do it."""
    if actor.side != task.side:
        return False
    return actor.side == "partner" or actor.edits or actor.responsible


def _is_owed(task: Facts, actor: Actor) -> bool:
    """Whether somebody may let it go, or says whether it is done: the host, or whom it is owed."""
    return actor.edits or (actor.side == "partner" and task.side == "host" and task.shared)


_ROWS = (
    Action("start", "doing", False, lambda t, a: t.state == "todo" and _acts(t, a)),
    Action("finish", "done", False, lambda t, a: t.state in OPEN and _acts(t, a)),
    Action(
        "record",  # on behalf of the partner
        "done",
        True,
        lambda t, a: t.state in OPEN and t.side == "partner" and a.edits,
    ),
    Action(
        "verify",
        "done",
        False,
        lambda t, a: t.state == "done" and not t.verified and _is_owed(t, a),
    ),
    Action(
        "refuse",
        "doing",
        True,
        lambda t, a: t.state == "done" and not t.verified and _is_owed(t, a),
    ),
    Action("undo", "doing", True, lambda t, a: t.undoable and a.side == "partner"),
    Action("waive", "waived", True, lambda t, a: t.state in OPEN and _is_owed(t, a)),
    Action("cancel", "cancelled", True, lambda t, a: t.state in OPEN and a.edits),
    Action("reopen", "todo", False, lambda t, a: t.state in CLOSED and a.edits),
)
ACTIONS = {row.key: row for row in _ROWS}


def possible(task: Facts, actor: Actor) -> tuple[str, ...]:
    """The keys of what somebody may do now, in the order of the table."""
    return tuple(row.key for row in _ROWS if row.allowed(task, actor))
