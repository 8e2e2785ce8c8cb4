"""Tasks as a contact has them: of both sides, and one with what can be done about it."""

from typing import Any

from flask import abort, g, url_for

from app.core.partners.labels import VISIBILITIES
from app.core.portal.views import blueprint
from app.core.tasks import labels, pages, queries, rules
from app.core.tasks.forms import StepForm
from app.core.tasks.models import Task
from app.security import requires
from app.web import render, saved


@blueprint.get("/tasks/<int:task_id>")
@requires("portal.view")
def task(task_id: int) -> Any:
    """One shared task of the own partnership."""
    return _page(queries.task_or_404(task_id, g.viewer))


@blueprint.post("/tasks/<int:task_id>/<step>")
@requires("portal.submit")
def task_step(task_id: int, step: str) -> Any:
    """Start it, say that it is done and what shows it, verify what the host did, and so on."""
    found = queries.task_or_404(task_id, g.viewer)
    if step not in rules.ACTIONS:
        abort(404)
    went, page = pages.take_step(found, step, _page)
    return saved(str(labels.STEPS[step]), url_for("portal.task", task_id=task_id)) if went else page


def _page(found: Task, refused: tuple[str, StepForm] | None = None) -> Any:
    context = pages.task_context(found, refused)
    if not g.viewer.can("portal.submit"):
        context["possible"] = ()
    return render(
        "portal/task.html",
        "tasks/_task.html",
        status=422 if refused else 200,
        partner=found.partner,
        visibilities=VISIBILITIES,
        act_url=lambda action: url_for("portal.task_step", task_id=found.id, step=action),
        **context,
    )
