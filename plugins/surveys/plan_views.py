"""Pages on which waves are planned, changed while they are plans, and dropped."""

from datetime import timedelta
from typing import Any

from flask import abort, request, url_for

from app.api import (
    Partner,
    Refusal,
    departments,
    options,
    organisation,
    own_partners,
    partner_tags,
    readable,
    render,
    requires,
    saved,
    settings,
    translations,
    viewer,
)
from plugins.surveys import access, people, planning, words
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import WaveForm
from plugins.surveys.models import PLANS, Survey, Wave
from plugins.surveys.rules import audience as audience_rules
from plugins.surveys.rules import schedule
from plugins.surveys.rules.audience import Audience

_ = translations("surveys").gettext

DAYS_OPEN = 14


@staff.route("/surveys/<int:survey_id>/waves/new", methods=["GET", "POST"])
@requires("surveys.manage")
def plan(survey_id: int) -> Any:
    """Plan a wave; nobody is asked yet."""
    survey = access.survey_or_404(survey_id)
    form = _wave_form()
    if request.method == "GET":
        _propose(form, survey)
    if request.method == "POST" and form.validate():
        try:
            made = planning.plan(survey, _plan_of(form), by=viewer())
        except Refusal as refusal:
            form.form_errors.append(_(refusal.message, **refusal.params))
        else:
            return saved(_planned(made), url_for("surveys.wave", wave_id=made.id))
    status = 422 if request.method == "POST" else 200
    return render("surveys/plan.html", survey=survey, wave=None, form=form, status=status)


@staff.route("/waves/<int:wave_id>/plan", methods=["GET", "POST"])
@requires("surveys.manage")
def change_plan(wave_id: int) -> Any:
    """Change a wave before anybody is asked."""
    found = access.own_wave(wave_id)
    if found.state not in PLANS:
        abort(409)
    form = _wave_form()
    if request.method == "GET":
        _fill(form, found)
    if request.method == "POST" and form.validate():
        try:
            planning.change(found, _plan_of(form), form.version.data)
        except Refusal as refusal:
            form.form_errors.append(_(refusal.message, **refusal.params))
        else:
            return saved(
                _planned(Wave.get_by_id(wave_id)), url_for("surveys.wave", wave_id=wave_id)
            )
    survey = Survey.get_by_id(found.survey_id)
    status = 422 if request.method == "POST" else 200
    return render("surveys/plan.html", survey=survey, wave=found, form=form, status=status)


def _planned(wave: Wave) -> str:
    if wave.state == "standing":
        return _("Planned: nobody is asked before a milestone.")
    return _("Planned. Check who is asked, then launch it.")


def _wave_form() -> WaveForm:
    form = WaveForm()
    form.mode.choices = options((k, f"{v} – {words.MODE_HELP[k]}") for k, v in words.MODES.items())
    who = viewer()
    mine = readable(who) if who.can("partners.admin") else own_partners(who)
    named = Partner.select(Partner.id, Partner.name).where(mine, Partner.merged_into.is_null())
    form.partners.choices = options(
        [
            ("none", _("None")),
            ("all", _("All active partners that I look after")),
            *((f"tag:{tag}", _("Filed under “%(tag)s”", tag=tag)) for tag in partner_tags()),
            *((f"partner:{id_}", name) for id_, name in named.order_by(Partner.name).tuples()),
        ]
    )
    form.staff.choices = options(
        [
            *(
                (rule, label)
                for rule, label in zip(
                    people.STAFF_RULES,
                    (_("All administrators"), _("All managers"), _("All viewers")),
                    strict=True,
                )
            ),
            *((f"department:{name}", str(words.DEPARTMENTS[name])) for name in departments()),
        ]
    )
    return form


def _propose(form: WaveForm, survey: Survey) -> None:
    """What a new wave usually is."""
    today = organisation().today()
    form.title.data = f"{survey.name} {today:%Y-%m}"[:120]
    form.k.data = settings("surveys")["k"]
    form.closes_on.data = today + timedelta(DAYS_OPEN)
    internal = survey.audience == "internal"
    form.partners.data = "none" if internal else "all"
    form.breakdown.data = "department" if internal else "side"
    form.team.data = survey.audience == "partner"
    form.staff.data = [f"department:{name}" for name in departments()] if internal else []
    form.recurrence.data = {"relationship": "half_yearly", "nps": "quarterly"}.get(
        survey.template, "none"
    )


def _fill(form: WaveForm, wave: Wave) -> None:
    """What was planned."""
    audience = audience_rules.loads(wave.audience)
    for name in ("title", "mode", "k", "breakdown", "closes_on", "recurrence", "version"):
        form[name].data = getattr(wave, name)
    for name in ("partners", "contacts", "team"):
        form[name].data = getattr(audience, name)
    form.staff.data = list(audience.staff)
    if wave.state == "standing":
        form.recurrence.data = "standing"


def _plan_of(form: WaveForm) -> planning.Plan:
    audience = Audience(
        form.partners.data, form.contacts.data, bool(form.team.data), tuple(form.staff.data or ())
    )
    return planning.Plan(
        form.title.data or "",
        form.mode.data,
        form.k.data or 0,
        form.breakdown.data,
        audience,
        form.closes_on.data,
        schedule.MILESTONES if form.recurrence.data == "standing" else form.recurrence.data,
        standing=form.recurrence.data == "standing",
    )


@staff.post("/waves/<int:wave_id>/drop")
@requires("surveys.manage")
def drop(wave_id: int) -> Any:
    """Forget a plan."""
    found = access.own_wave(wave_id)
    if found.state != "draft":
        abort(409)
    planning.drop(found)
    return saved(_("The plan is gone."), url_for("surveys.build", survey_id=found.survey_id))
