"""A task's page and its steps, as staff and contacts have them alike."""

from collections.abc import Callable
from typing import Any

from flask import g, request
from flask_babel import gettext as _

from app.core import refs
from app.core.files.rules import FileRefusal
from app.core.form_fields import blame
from app.core.tasks import labels, queries, rules, services
from app.core.tasks.evidence import MOST, store_evidence, waiting
from app.core.tasks.forms import StepForm
from app.core.tasks.models import Task
from app.core.tasks.refusals import TaskRefusal

WITH_FILES = ("finish", "record")
SIMPLE = ("start",)  # one button, nothing to say


def task_context(task: Task, refused: tuple[str, StepForm] | None = None) -> dict[str, Any]:
    """What the page of a task shows; `refused` is the step that did not go through."""
    today = g.organisation.today()
    who = queries.actor(task, g.viewer)
    possible = rules.possible(queries.facts(task, today), who)
    forms = {key: step_form(key, task) for key in possible}
    stale: StepForm | None = None
    if refused and refused[0] in forms:
        forms[refused[0]] = refused[1]
    elif refused:
        stale = refused[1]
    return {
        "task": task,
        "task_labels": labels,
        "today": today,
        "possible": possible,
        "with_files": WITH_FILES,
        "simple": SIMPLE,
        "forms": forms,
        "open_form": refused[0] if refused else "",
        "stale": stale,
        "kept": waiting(refused[1].kept.data or [], g.viewer) if refused else [],
        "own": task.done_by_id == g.viewer.user_id,
        "may_edit": who.edits and task.state in rules.OPEN,
        "steps": queries.steps(task.id, g.viewer),
        "files": queries.files(task.id),
        "source": refs.visible([task.ref], g.viewer).get(task.ref) if task.ref else None,
    }


def step_form(action: str, task: Task) -> StepForm:
    """An empty form for a step."""
    form = StepForm(formdata=None, prefix=f"{action}-")
    form.version.data = task.version
    return form


def take_step(
    task: Task, action: str, show: Callable[[Task, tuple[str, StepForm]], Any]
) -> tuple[bool, Any]:
    """Take the step that a form asks for; whether it went through, else the page to answer."""
    form = StepForm(prefix=f"{action}-")
    _take_files(form, action)
    if form.validate():
        try:
            services.act(
                task,
                action,
                by=g.viewer,
                version=form.version.data,
                text=form.text.data or "",
                files=form.kept.data or (),
            )
        except TaskRefusal as refusal:
            blame(form, refusal)
        else:
            return True, None
    fresh = queries.task_or_404(task.id, g.viewer)
    form.version.data = fresh.version
    form.version.raw_data = None
    return False, show(fresh, (action, form))


def _take_files(form: StepForm, action: str) -> None:
    """Store what was uploaded, whatever is wrong with the rest: the form then names it."""
    if action not in WITH_FILES:
        return
    uploads = [file for file in request.files.getlist(form.files.name) if file.filename]
    kept = [id_ for id_ in form.kept.data or [] if id_]
    if len(uploads) + len(kept) > MOST:
        form.refused_files.append(_("At most %(most)s files.", most=MOST))
        return
    for file in uploads:
        try:
            kept.append(store_evidence(file, by=g.viewer))
        except FileRefusal as refusal:
            form.refused_files.append(_(refusal.message, **refusal.params))
    form.kept.data = kept
