"""Tasks as staff have them: of a partner, one by one, and everything that waits for somebody."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _

from app import tables
from app.core.business_time import add_business_days
from app.core.contract import Suggestion
from app.core.db import atomic
from app.core.form_fields import blame
from app.core.ids import row_id
from app.core.partners import queries as partners
from app.core.partners.compare import Versions, differing
from app.core.partners.labels import VISIBILITIES
from app.core.partners.models import SIDES, Partner
from app.core.partners.views import page_context
from app.core.refusals import Refusal
from app.core.settings.business_calendar import business_calendar
from app.core.suggestions.queries import open_task
from app.core.suggestions.services import settle_suggestion
from app.core.tasks import labels, pages, queries, rules, services
from app.core.tasks.forms import StepForm, TaskForm
from app.core.tasks.models import Task
from app.core.tasks.queries import Filters, TaskRow
from app.core.tasks.refusals import StaleTask, TaskRefusal
from app.security import requires
from app.web import Page, page_number, render, same_page, saved

EVERYTHING = 100_000  # rows of one file
DAYS = 10  # working days that the form of a suggested task begins with
STATES = ("open", "verify", "closed", "all")

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/partners/<int:partner_id>/tasks")
@requires("tasks.view")
def index(partner_id: int) -> Any:
    """A partner's tasks, of both sides."""
    partner = partners.get(partner_id, g.viewer)
    filters = _filters()
    if kind := tables.wanted():
        rows, _count = queries.listing(g.viewer, partner.id, filters, 1, EVERYTHING)
        return tables.download(rows, _columns(partner), f"tasks-{partner.code}", kind)
    number = page_number()
    rows, total = queries.listing(g.viewer, partner.id, filters, number)
    return render(
        "tasks/index.html",
        **page_context(partner, "tasks"),
        tasks=rows,
        task_labels=labels,
        filters=filters,
        today=g.organisation.today(),
        page=Page(number, queries.PER_PAGE, total),
        link=lambda **chosen: same_page(page=None, **chosen),
    )


def _filters() -> Filters:
    state, side = request.args.get("state", "open"), request.args.get("side", "")
    return Filters(
        state if state in STATES else "open",
        side if side in SIDES else "",
        request.args.get("mine") == "1",
    )


def _columns(partner: Partner) -> list[tables.Column]:
    sides = {"host": g.organisation.name, "partner": partner.name}
    return [
        tables.Column(_("Task"), lambda row: row.title),
        tables.Column(_("Whose task"), lambda row: sides[row.side]),
        tables.Column(_("Responsible"), lambda row: row.responsible),
        tables.Column(_("Due"), lambda row: row.due),
        tables.Column(_("State"), lambda row: str(labels.STATES[row.state])),
        tables.Column(_("Verified"), lambda row: row.verified),
        tables.Column(_("Who sees it"), lambda row: str(VISIBILITIES[row.visibility])),
    ]


@blueprint.route("/partners/<int:partner_id>/tasks/new", methods=["GET", "POST"])
@requires("tasks.edit")
def new(partner_id: int) -> Any:
    """Set one side a task; one that was suggested stands filled in, and is accepted by it."""
    partner = partners.editable(g.viewer, partner_id)
    form, suggestion = _form(partner), _suggested(partner)
    if "suggestion" in request.args and suggestion is None:
        flash(_("This suggestion has been answered meanwhile."), "error")
        return redirect(url_for("tasks.index", partner_id=partner.id), 303)
    if not form.is_submitted():
        side = request.args.get("side", "host")
        form.side.data = side if side in SIDES else "host"
        if suggestion is not None:
            form.title.data, form.description.data = suggestion.title, suggestion.text
            form.due.data = add_business_days(g.organisation.today(), DAYS, business_calendar())
        return _form_page(form, partner, None)
    if form.validate():
        try:
            with atomic():
                task_id = services.create_task(
                    partner_id=partner.id,
                    responsible=form.responsible.data or "",
                    ref=next(iter(suggestion.evidence), "") if suggestion else "",
                    by=g.viewer,
                    **form.values(),
                )
                if suggestion is not None:
                    settle_suggestion(suggestion.id, f"task:{task_id}", by=g.viewer)
        except Refusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("The task is set."), url_for("tasks.show", task_id=task_id))
    return _form_page(form, partner, None, status=422)


def _suggested(partner: Partner) -> Suggestion | None:
    """The suggestion that the address names, as long as it waits for an answer."""
    id_ = row_id(request.args.get("suggestion"))
    return open_task(id_, partner.id, g.viewer) if id_ is not None else None


@blueprint.get("/tasks/<int:task_id>")
@requires("tasks.view")
def show(task_id: int) -> Any:
    """One task: what, whose, by when, its course, and what can be done about it."""
    return _page(queries.task_or_404(task_id, g.viewer))


@blueprint.route("/tasks/<int:task_id>/edit", methods=["GET", "POST"])
@requires("tasks.edit")
def edit(task_id: int) -> Any:
    """Change an open task."""
    task = queries.task_or_404(task_id, g.viewer)
    partner = partners.editable(g.viewer, task.partner_id)
    form = _form(partner, task)
    if not form.is_submitted():
        return _form_page(form, partner, task)
    versions: list[Versions] = []
    if form.validate():
        values = form.values()
        try:
            services.change_task(
                task,
                values,
                form.responsible.data or "",
                version=form.version.data,
                by=g.viewer,
            )
        except StaleTask as stale:
            task = queries.task_or_404(task_id, g.viewer)
            words = {"side": {"host": g.organisation.name, "partner": partner.name}}
            versions = differing(form, task, values, words | {"visibility": VISIBILITIES})
            form.version.data = task.version
            blame(form, stale)
        except TaskRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Saved."), url_for("tasks.show", task_id=task.id))
    return _form_page(form, partner, task, versions, 422)


@blueprint.post("/tasks/<int:task_id>/<step>")
@requires("tasks.view")
def act(task_id: int, step: str) -> Any:
    """Take a step: start, done, verify, not accepted, waive and so on."""
    task = queries.task_or_404(task_id, g.viewer)
    if step not in rules.ACTIONS:
        abort(404)
    if not (queries.actor(task, g.viewer).edits or task.user_id == g.viewer.user_id):
        abort(403)
    went, page = pages.take_step(task, step, _page)
    return saved(str(labels.STEPS[step]), url_for("tasks.show", task_id=task.id)) if went else page


def _page(task: Task, refused: tuple[str, StepForm] | None = None) -> Any:
    return render(
        "tasks/show.html",
        "tasks/_task.html",
        status=422 if refused else 200,
        partner=task.partner,
        visibilities=VISIBILITIES,
        act_url=lambda action: url_for("tasks.act", task_id=task.id, step=action),
        **pages.task_context(task, refused),
    )


def _form(partner: Partner, task: Task | None = None) -> TaskForm:
    form = TaskForm(obj=task)
    form.offer(queries.people_of(partner.id), partner.name, g.organisation.name)
    if task is not None:
        chosen = f"contact:{task.contact_id}" if task.contact_id else ""
        chosen = f"user:{task.user_id}" if task.user_id else chosen
        known = {choice.value for choice in form.responsible.choices or []}
        if not form.is_submitted():
            form.responsible.data = chosen if chosen in known else ""
    return form


def _form_page(
    form: TaskForm,
    partner: Partner,
    task: Task | None,
    versions: list[Versions] | None = None,
    status: int = 200,
) -> Any:
    return render(
        "tasks/edit.html",
        status=status,
        form=form,
        partner=partner,
        task=task,
        versions=versions or [],
    )


__all__ = ["TaskRow", "blueprint"]
