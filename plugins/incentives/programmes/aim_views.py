"""Choosing the goals of partnerships that a programme serves."""

from typing import Any

from flask import abort, request, url_for

from app.api import find_goals, render, requires, saved, translations, viewer
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes import aims, queries
from plugins.incentives.programmes.pages import refusal_words
from plugins.incentives.programmes.services import ProgrammeRefused

_ = translations("incentives").gettext

OFFERED = 50  # goals of one search


@staff.get("/programmes/<int:programme_id>/goals")
@requires("incentives.programmes")
def programme_goals(programme_id: int) -> Any:
    """The goals that a programme serves, and others to choose from."""
    return _page(programme_id)


@staff.post("/programmes/<int:programme_id>/goals/<int:goal_id>/add")
@requires("incentives.programmes")
def add_goal(programme_id: int, goal_id: int) -> Any:
    """Let the programme serve a goal."""
    found = queries.programme_or_404(programme_id)
    if not find_goals(viewer(), ids=[goal_id]):
        abort(404)
    try:
        aims.add(found.id, goal_id)
    except ProgrammeRefused as refusal:
        return _page(found.id, refusal_words(refusal))
    return saved(_("The programme serves this goal."), _back(found.id))


@staff.post("/programmes/<int:programme_id>/goals/<int:goal_id>/remove")
@requires("incentives.programmes")
def remove_goal(programme_id: int, goal_id: int) -> Any:
    """Let the programme serve a goal no more."""
    found = queries.programme_or_404(programme_id)
    aims.remove(found.id, goal_id)
    return saved(_("The programme serves this goal no more."), _back(found.id))


def _back(programme_id: int) -> str:
    """The same search again, so that the next goal is one press away."""
    return url_for("incentives.programme_goals", programme_id=programme_id, words=_words() or None)


def _words() -> str:
    return request.values.get("words", "").replace("\0", "").strip()[:120]


def _page(programme_id: int, fault: str = "") -> Any:
    found = queries.programme_or_404(programme_id)
    served = aims.served(found.id, viewer())
    chosen = {goal.id for goal in served}
    open_goals = find_goals(viewer(), _words(), limit=OFFERED + len(chosen))
    offered = [goal for goal in open_goals if goal.id not in chosen]
    return render(
        "incentives/programmes/goals.html",
        status=422 if fault else 200,
        programme=found,
        served=served,
        offered=offered[:OFFERED],
        more=len(offered) > OFFERED or len(open_goals) == OFFERED + len(chosen),
        words=_words(),
        fault=fault,
    )
