"""Pages of low answers that are followed up, and of single answers where they may be read."""

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
from plugins.surveys import access, followups, people, portal, words
from plugins.surveys.answering import sheet_of
from plugins.surveys.blueprints import staff
from plugins.surveys.forms import FollowUpForm, ReasonForm
from plugins.surveys.models import FollowUp, Invitation, Response, Wave

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
                    int(form.version.data or 0),
                    by=viewer(),
                )
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
        "person": _name(sheet.invitation) if named else "",
        "said": portal.told(sheet) if named else [],
        "words": words,
    }


def _name(invitation: Invitation) -> str:
    found = people.reached(
        [invitation.contact] if invitation.contact else [],
        [invitation.user] if invitation.user else [],
    )
    return next((one.name for one in found.values()), "")


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
    if wave.mode == "anonymous" or wave.state == "draft":
        abort(404)
    ref = f"surveys_wave:{wave.id}"
    form = ReasonForm(formdata=None)
    if wave.mode == "confidential":
        if not viewer().can("surveys.confidential"):
            abort(403)
        if not is_granted(viewer(), ref):
            return render("surveys/answers.html", wave=wave, told=[], form=form)
    rows = (
        Response.select(Response.invitation)
        .where(Response.wave == wave.id, Response.complete)
        .order_by(Response.id.desc())
        .limit(SHOWN)
    )
    sheets = [sheet_of(id_) for (id_,) in rows.tuples()]
    names = people.reached(
        [s.invitation.contact for s in sheets if s.invitation.contact],
        [s.invitation.user for s in sheets if s.invitation.user],
    )
    told = [
        (
            getattr(
                names.get(
                    f"contact:{s.invitation.contact}"
                    if s.invitation.contact
                    else f"user:{s.invitation.user}"
                ),
                "name",
                "",
            ),
            portal.told(s),
        )
        for s in sheets
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
