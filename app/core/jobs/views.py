"""The desk's jobs, for administrators: what waits, what runs, what failed and what comes again."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import format_timedelta, lazy_gettext, ngettext
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.form_fields import strip
from app.core.host import current_host
from app.core.jobs import queries, services
from app.security import requires
from app.web import Page, page_number, render, saved

blueprint = Blueprint("jobs", __name__, url_prefix="/settings/jobs")
blueprint.add_app_template_filter(format_timedelta, "duration")
PER_PAGE = 50


class DiscardForm(FlaskForm):
    """Why a job is given up for good."""

    reason = StringField(
        lazy_gettext("Reason"),
        description=lazy_gettext("It stays in the history."),
        filters=[strip],
        validators=[DataRequired(), Length(max=200)],
    )


@blueprint.get("")
@requires("jobs.manage")
def index() -> Any:
    """The queue by what became of each job, and the schedule."""
    number, host = page_number(), current_host()
    chosen = request.args.get("state", "")
    chosen = chosen if chosen in queries.FILTERS else ""
    rows, total = queries.jobs(chosen, number, PER_PAGE, host)
    return render(
        "jobs/index.html",
        "jobs/_queue.html",
        rows=rows,
        chosen=chosen,
        counts=queries.counts(),
        schedule=queries.schedule(host),
        silent=queries.silent_since(host),
        page=Page(number, PER_PAGE, total),
    )


@blueprint.get("/<int:job_id>")
@requires("jobs.manage")
def show(job_id: int) -> Any:
    """One job: what it is, how often it was tried, and the whole of its last error."""
    return _page(job_id, DiscardForm())


@blueprint.post("/retry")
@requires("jobs.manage")
def retry_dead() -> Any:
    """Try everything again that was given up."""
    count = services.retry_dead()
    text = ngettext("One job is tried again.", "%(num)s jobs are tried again.", count)
    return saved(text if count else _("No job was given up."), url_for("jobs.index"))


@blueprint.post("/<int:job_id>/retry")
@requires("jobs.manage")
def retry(job_id: int) -> Any:
    """Try one job again now."""
    row = queries.job_or_404(job_id, current_host())
    return _done(services.retry(row.id), _("%(job)s: tried again.", job=row.label))


@blueprint.post("/<int:job_id>/discard")
@requires("jobs.manage")
def discard(job_id: int) -> Any:
    """Give one job up for good, with the reason for the history."""
    row = queries.job_or_404(job_id, current_host())
    form = DiscardForm()
    if not form.validate():
        return _page(job_id, form, 422)
    return _done(
        services.discard(job_id, form.reason.data), _("%(job)s: discarded.", job=row.label)
    )


def _done(changed: bool, message: str) -> Any:
    """To the list; whoever was too late is told that the job has moved on meanwhile."""
    if changed:
        return saved(message, url_for("jobs.index"))
    flash(_("This job is not waiting after a failure any more: look again."), "error")
    return redirect(url_for("jobs.index"), 303)


def _page(job_id: int, form: DiscardForm, status: int = 200) -> Any:
    row = queries.job_or_404(job_id, current_host())
    return render("jobs/show.html", status=status, row=row, form=form)
