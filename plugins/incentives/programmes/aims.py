"""The goals of partnerships that a programme serves: chosen for it as a whole, for no version.

What a version promises stays as it was published; which goals that serves may be said at any time,
and binds nobody.
"""

from typing import Any

from app.api import AuditRef, Change, NamedGoal, Viewer, atomic, find_goals, upsert
from plugins.incentives.programmes.models import Aim
from plugins.incentives.programmes.services import ProgrammeRefused, note

MOST = 100  # goals of one programme


def served(programme_id: int, viewer: Viewer) -> list[NamedGoal]:
    """The goals that a programme serves, of those that the viewer may see."""
    ids = [row[0] for row in _of(programme_id).tuples()]
    return find_goals(viewer, ids=ids, limit=MOST) if ids else []


def add(programme_id: int, goal_id: int) -> None:
    """Let a programme serve a goal; check first that its chooser may see it.

    Raises: `ProgrammeRefused` where it serves as many as it can.
    """
    with atomic():
        chosen = {row[0] for row in _of(programme_id).tuples()}
        if goal_id in chosen:
            return
        if len(chosen) >= MOST:
            raise ProgrammeRefused("A programme serves %(most)s goals at most.", most=MOST)
        upsert(Aim, [{"programme": programme_id, "goal": goal_id}])
        change = Change("goal", None, AuditRef(f"goal:{goal_id}"))
        note(programme_id, "goal_added", changes=[change])


def remove(programme_id: int, goal_id: int) -> None:
    """Let a programme serve a goal no more."""
    with atomic():
        gone = Aim.delete().where(Aim.programme == programme_id, Aim.goal == goal_id).execute()
        if gone:
            change = Change("goal", AuditRef(f"goal:{goal_id}"), None)
            note(programme_id, "goal_removed", changes=[change])


def _of(programme_id: int) -> Any:
    return Aim.select(Aim.goal).where(Aim.programme == programme_id)
