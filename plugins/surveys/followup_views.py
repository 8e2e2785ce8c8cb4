"""Pages of low answers that are followed up, and of single answers where they may be read."""

import json
from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from peewee import JOIN

from app.api import (
    Partner,
    Refusal,
    break_glass,
    editable_partner,
    is_granted,
    partner_or_404,
    render,
    requires,
    saved,
    translations,
    viewer,
)
from plugins.surveys import access, followups, people, portal, waves, words
from plugins.surveys.answering import sheet_of
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import FollowUpForm, ReasonForm
from plugins.surveys.models import ASKED, FollowUp, Invitation, Response, Wave
from plugins.surveys.rules import definition as rules

_ = translations("surveys").gettext

SHOWN = 200


@staff.get("/follow-ups")
@requires("surveys.manage")
def follow_ups() -> Any:
    """Low answers, the open ones first."""
    rows = (
        FollowUp.select(FollowUp, Wave, Partner)
        .join(Wave)
        .join_from(FollowUp, Partner, JOIN.LEFT_OUTER)
        .order_by((FollowUp.state == "closed"), FollowUp.id.desc())
        .limit(SHOWN)
    )
    return render("surveys/follow_ups.html", rows=list(rows), words=words)


@staff.route("/follow-ups/<int:followup_id>", methods=["GET", "POST"])
@requires("surveys.manage")
def follow_up(followup_id: int) -> Any:
    """What somebody answered low, and what was found and done."""
    row = access.followup_or_404(followup_id)
    form = FollowUpForm(obj=row)
    if request.method == "POST":
        _editable(row)
        if form.validate():
            try:
                followups.write(
                    row,
                    form.state.data,
                    form.cause.data or "",
                    form.action.data or "",
                    form.version.data,
                    by=viewer(),
                )
            except followups.MissingStep as refusal:
                form[refusal.field].errors = [_(refusal.message, **refusal.params)]
            except followups.StaleFollowUp:
                form.form_errors.append(_("Somebody else has written here in the meantime."))
            else:
                return saved(
                    _("Written down."), url_for("surveys.follow_up", followup_id=followup_id)
                )
    status = 422 if request.method == "POST" else 200
    return render("surveys/follow_up.html", status=status, form=form, **_told(row))


def _editable(row: FollowUp) -> None:
    if row.partner_id is not None:
        editable_partner(row.partner_id)


def _told(row: FollowUp) -> dict[str, Any]:
    """The answers, where they were given by name; in confidence only that something is low."""
    wave = Wave.get_by_id(row.wave_id)
    sheet = sheet_of(Response.get_by_id(row.response_id).invitation_id)
    named = wave.mode == "identified"
    partner = partner_or_404(row.partner_id) if row.partner_id else None
    return {
        "row": row,
        "wave": wave,
        "partner": partner,
        "person": _names([sheet.invitation])[sheet.invitation.id] if named else "",
        "said": portal.told(sheet.definition, sheet.answers) if named else [],
        "words": words,
    }


def _names(invitations: Sequence[Invitation]) -> dict[int, str]:
    """What invited people are called, by their invitation; nothing of those who are gone."""
    found = people.reached(
        [one.contact for one in invitations if one.contact],
        [one.user for one in invitations if one.user],
    )
    names = {key: one.name for key, one in found.items()}
    return {one.id: names.get(one.person, "") for one in invitations}


@staff.post("/follow-ups/<int:followup_id>/conflict")
@requires("surveys.manage")
def conflict(followup_id: int) -> Any:
    """Suggest a conflict, now that somebody has looked at it."""
    row = access.followup_or_404(followup_id)
    _editable(row)
    target = url_for("surveys.follow_up", followup_id=followup_id)
    if followups.suggest_conflict(row, by=viewer()):
        return saved(_("Suggested: it waits among the suggestions."), target)
    flash(_("Nobody takes it: conflicts are not kept here, or it was suggested before."), "error")
    return redirect(target, 303)


@staff.get("/waves/<int:wave_id>/answers")
@requires("surveys.manage")
def answers(wave_id: int) -> Any:
    """Single answers: of waves by name; in confidence for administrators, on record."""
    wave = access.wave_or_404(wave_id)
    if wave.mode == "anonymous" or wave.state not in ASKED:
        abort(404)
    ref = f"surveys_wave:{wave.id}"
    form = ReasonForm(formdata=None)
    if wave.mode == "confidential":
        if not viewer().can("surveys.confidential"):
            abort(403)
        if not is_granted(viewer(), ref):
            return render("surveys/answers.html", wave=wave, told=[], form=form)
    rows = list(
        Response.select(Response, Invitation)
        .join(Invitation)
        .where(Response.wave == wave.id, Response.complete)
        .order_by(Response.id.desc())
        .limit(SHOWN)
    )
    definition = rules.loads(waves.latest_version_of(wave).definition)
    names = _names([row.invitation for row in rows])
    about = dict(
        Partner.select(Partner.id, Partner.name)
        .where(Partner.id.in_([row.invitation.partner_id for row in rows]))
        .tuples()
    )
    told = [
        (
            names[row.invitation.id],
            about.get(row.invitation.partner_id, ""),
            portal.told(definition, json.loads(row.answers)),
        )
        for row in rows
    ]
    return render("surveys/answers.html", wave=wave, told=told, form=None)


@staff.post("/waves/<int:wave_id>/answers")
@requires("surveys.confidential")
def open_answers(wave_id: int) -> Any:
    """Open confidential answers for an hour, with a reason that stays on record."""
    wave, form = access.wave_or_404(wave_id), ReasonForm()
    if wave.mode == "confidential":
        if not form.validate():
            return render("surveys/answers.html", status=422, wave=wave, told=[], form=form)
        try:
            break_glass(f"surveys_wave:{wave.id}", form.reason.data or "", by=viewer())
        except Refusal as refusal:
            flash(_(refusal.message, **refusal.params), "error")
    return redirect(url_for("surveys.answers", wave_id=wave.id), 303)
