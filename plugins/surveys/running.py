"""Pages on which waves are launched, reminded of, closed, published and told of."""

from typing import Any

from flask import abort, flash, redirect, url_for
from peewee import fn

from app.api import (
    Partner,
    Refusal,
    organisation,
    render,
    requires,
    saved,
    translations,
    viewer,
)
from plugins.surveys import access, planning, publishing, repeating, waves, words
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import OutcomeForm
from plugins.surveys.models import Ballot, FollowUp, Invitation, Response, Survey, Wave
from plugins.surveys.rules import audience as audience_rules
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import schedule

_ = translations("surveys").gettext

DAYS_OPEN = 14


@staff.get("")
@requires("surveys.view")
def index() -> Any:
    """The waves: those that run or wait, and what has been published."""
    manages = viewer().can("surveys.manage")
    rows = Wave.select(Wave, Survey).join(Survey)
    if not manages:
        rows = rows.where(Wave.state == "published")
    listed = list(rows.order_by(Wave.id.desc()).limit(200))
    order = {"open": 0, "closed": 1, "draft": 2, "standing": 3, "published": 4}
    listed.sort(key=lambda wave: order[wave.state])
    return render(
        "surveys/index.html",
        waves=listed,
        answered=answered([wave for wave in listed if wave.state == "open"]),
        words=words,
        manages=manages,
        follow_ups=FollowUp.select().where(FollowUp.state != "closed").count() if manages else 0,
    )


def answered(open_waves: list[Wave]) -> dict[int, int]:
    """How many have answered so far, of waves where that may be known before the end."""
    ids = [wave.id for wave in open_waves if wave.mode != "anonymous"]
    rows = (
        Response.select(Response.wave, fn.COUNT(Response.id))
        .where(Response.wave.in_(ids), Response.complete)
        .group_by(Response.wave)
    )
    return dict.fromkeys(ids, 0) | dict(rows.tuples())


@staff.get("/waves/<int:wave_id>")
@requires("surveys.view")
def wave(wave_id: int) -> Any:
    """One wave: who is asked, how it stands, what comes next."""
    return _page(access.wave_or_404(wave_id), OutcomeForm(formdata=None))


def _page(found: Wave, form: OutcomeForm, status: int = 200) -> Any:
    if not viewer().can("surveys.manage"):
        return redirect(url_for("surveys.results", wave_id=found.id))
    form.text.data = form.text.data or found.outcome
    version = waves.latest_version_of(found)
    today = organisation().today()
    names = dict(Partner.select(Partner.id, Partner.name).tuples())
    return render(
        "surveys/wave.html",
        status=status,
        wave=found,
        survey=Survey.get_by_id(found.survey_id),
        version=version,
        definition=rules.loads(version.definition),
        coming=repeating.coming(found, today) if found.recurrence == schedule.MILESTONES else [],
        milestone=words.milestone,
        asking=planning.preview(found, viewer()) if found.state == "draft" else None,
        groups=audience_rules.loads_groups(found.cells),
        audience=audience_rules.loads(found.audience),
        names=names,
        words=words,
        form=form,
        runs=access.may_run(found),
        answered=answered([found]).get(found.id),
        waiting=Invitation.select().where(Invitation.wave == found.id, ~Invitation.mailed).count(),
        may_remind=found.state == "open"
        and schedule.may_remind(
            today, found.closes_on, found.reminders, found.last_mail_on or today
        ),
        most_reminders=schedule.MOST_REMINDERS,
        empty=found.mode == "anonymous"
        and found.state in ("closed", "published")
        and not Ballot.select().where(Ballot.wave == found.id).exists(),
    )


def _done(wave_id: int, act: Any, message: str) -> Any:
    """Run a step of a wave, and say what came of it."""
    found = access.own_wave(wave_id)
    target = url_for("surveys.wave", wave_id=wave_id)
    try:
        act(found)
    except Refusal as refusal:
        flash(_(refusal.message, **refusal.params), "error")
        return redirect(target, 303)
    return saved(message, target)


@staff.post("/waves/<int:wave_id>/launch")
@requires("surveys.manage")
def launch(wave_id: int) -> Any:
    """Ask everybody."""
    return _done(
        wave_id,
        lambda found: waves.launch(found, by=viewer()),
        _("Launched: the invitations are on their way."),
    )


@staff.post("/waves/<int:wave_id>/remind")
@requires("surveys.manage")
def remind(wave_id: int) -> Any:
    """Let a reminder go out now."""
    return _done(
        wave_id,
        lambda found: waves.remind(found, by_hand=True),
        _("The reminders are on their way."),
    )


@staff.post("/waves/<int:wave_id>/once")
@requires("surveys.manage")
def stop_repeating(wave_id: int) -> Any:
    """Hold the wave no further time."""
    found = access.own_wave(wave_id)
    if found.state != "standing":
        return _done(wave_id, repeating.stop, _("It is no longer repeated."))
    repeating.stop(found)
    return saved(_("Nobody is asked at milestones any more."), url_for("surveys.index"))


@staff.post("/waves/<int:wave_id>/close")
@requires("surveys.manage")
def close(wave_id: int) -> Any:
    """End the wave before its day."""
    return _done(
        wave_id, lambda found: waves.close(found, by=viewer()), _("Closed: no answer is taken now.")
    )


@staff.post("/waves/<int:wave_id>/publish")
@requires("surveys.manage")
def publish(wave_id: int) -> Any:
    """Let everybody concerned read the results."""
    return _done(
        wave_id,
        lambda found: publishing.publish(found, by=viewer()),
        _("Published: those who were asked can read the results."),
    )


@staff.post("/waves/<int:wave_id>/outcome")
@requires("surveys.manage")
def outcome(wave_id: int) -> Any:
    """Tell those who were asked what was done about it."""
    found, form = access.own_wave(wave_id), OutcomeForm()
    if found.state not in ("closed", "published"):
        abort(409)
    if not form.validate():
        return _page(found, form, 422)
    waves.tell_back(found, form.text.data or "", by=viewer())
    return saved(_("Told: it stands with the results."), url_for("surveys.wave", wave_id=wave_id))
