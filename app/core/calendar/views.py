"""The feed itself, its address on one's own account, and a task as a calendar's file."""

from typing import Any

from flask import Blueprint, abort, g, request, url_for
from flask_babel import gettext as _

from app.core.accounts.throttle import Throttled
from app.core.accounts.tokens import DeadLink
from app.core.calendar import services
from app.core.calendar.entries import entries, of_task
from app.core.calendar.ics import icalendar
from app.core.contract import Viewer
from app.core.messages.languages import written_for
from app.core.tasks import queries as tasks
from app.security import confirm_identity, public, requires
from app.web import render, saved

blueprint = Blueprint("calendar", __name__)


@blueprint.get("/calendar/<token>.ics")
@public("opened by the secret address of one person's calendar", anonymous=True, traced=True)
def feed(token: str) -> Any:
    """Everything that is due for one person, for their calendar software."""
    try:
        viewer = services.opened(token[:100], request.remote_addr or "")
    except Throttled:
        abort(429)
    except DeadLink:
        abort(404)
    with written_for(viewer.locale):
        return icalendar(entries(viewer, g.organisation.today()), g.organisation.name)


@blueprint.get("/account/calendar")
@requires("account.own")
def account() -> Any:
    """What a calendar's address is, and whether I have one."""
    return render("calendar/account.html", feed=services.of(_mine().user_id), address="")


@blueprint.post("/account/calendar")
@requires("account.own")
@confirm_identity()
def make() -> Any:
    """Make an address for my calendar, or another one in place of the former."""
    address = services.make(_mine().user_id)
    # Shown in this answer only: a redirect would have to keep the secret somewhere.
    return render("calendar/account.html", feed=services.of(g.viewer.user_id), address=address)


@blueprint.post("/account/calendar/end")
@requires("account.own")
def end() -> Any:
    """End my calendar's address."""
    services.end(_mine().user_id)
    return saved(_("The address has ended."), url_for("calendar.account"))


@blueprint.get("/calendar/tasks/<int:task_id>.ics")
@requires("tasks.view")
def task(task_id: int) -> Any:
    """One task as a file for a calendar."""
    return _task(task_id)


@blueprint.get("/portal/calendar/tasks/<int:task_id>.ics")
@requires("portal.view")
def portal_task(task_id: int) -> Any:
    """One shared task of the own partnership as a file for a calendar."""
    return _task(task_id)


def _task(task_id: int) -> Any:
    tasks.task_or_404(task_id, g.viewer)
    row = tasks.by_id([task_id])[task_id]
    return icalendar([of_task(row, g.viewer)], row.title, f"task-{task_id}.ics")


def _mine() -> Viewer:
    """Whoever asks, where a calendar of theirs could hold anything: guests have none."""
    viewer: Viewer = g.viewer
    if not (viewer.can("home.view") or viewer.can("portal.view")):
        abort(404)
    return viewer
