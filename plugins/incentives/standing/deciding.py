"""What staff do about tiers: enrol, decide what is proposed, set by hand, answer appeals."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, url_for

from app.api import (
    Refusal,
    editable_partner,
    partner_or_404,
    render,
    requires,
    saved,
    translations,
    viewer,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.programmes.pages import blame, refusal_words
from plugins.incentives.programmes.queries import Running
from plugins.incentives.standing import appeals, queries, services, views
from plugins.incentives.standing.forms import AnswerForm, EnrolForm, OverrideForm, ReasonForm
from plugins.incentives.standing.models import Enrolment

_ = translations("incentives").gettext

OFFERED = 500  # partners of one form


def _own(enrolment_id: int) -> Enrolment:
    """The enrolment for a decision: 404 unseen, 403 where the partner is another's."""
    row = queries.enrolment_or_404(viewer(), enrolment_id)
    editable_partner(row.partner_id)
    return row


def _home(row: Enrolment) -> str:
    return url_for("incentives.partner", partner_id=row.partner_id)


@staff.get("/enrol/<int:programme_id>")
@requires("incentives.enrol")
def enrol_form(programme_id: int) -> Any:
    """The own partners that could take part in a programme."""
    return _enrol_page(EnrolForm(formdata=None), *_offered(programme_id))


@staff.post("/enrol/<int:programme_id>")
@requires("incentives.enrol")
def enrol_many(programme_id: int) -> Any:
    """Enrol those that were chosen."""
    form = EnrolForm()
    programme, offered = _offered(programme_id)
    form.partners.choices = [(id_, name) for id_, _code, name in offered]
    if not form.validate():
        return _enrol_page(form, programme, offered, 422)
    chosen = set(form.partners.data or ())
    refused = []
    for id_, _code, name in offered:
        if id_ not in chosen:
            continue
        try:
            services.enrol_partner(programme_id, id_, viewer().user_id)
        except Refusal as refusal:
            refused.append(f"{name}: {refusal_words(refusal)}")
    for words in refused[:10]:
        flash(words, "error")
    return saved(
        _("%(num)s partners enrolled.", num=len(chosen) - len(refused)),
        url_for("incentives.index", programme=programme_id),
    )


def _offered(programme_id: int) -> tuple[Running, list[tuple[int, str, str]]]:
    try:
        found = services.programme_of(programme_id)
    except Refusal:
        abort(404)
    types = found.definition.eligible
    return found, queries.eligible_partners(viewer(), programme_id, types, OFFERED)


def _enrol_page(
    form: EnrolForm,
    programme: Running,
    offered: list[tuple[int, str, str]],
    status: int = 200,
) -> Any:
    form.partners.choices = [(id_, name) for id_, _code, name in offered]
    return render(
        "incentives/standing/enrol.html",
        "incentives/standing/_enrol.html",
        status=status,
        form=form,
        programme=programme,
        offered=offered,
    )


@staff.post("/partners/<int:partner_id>/enrol/<int:programme_id>")
@requires("incentives.enrol")
def enrol_one(partner_id: int, programme_id: int) -> Any:
    """Enrol a partner in a programme."""
    found = editable_partner(partner_id)
    back = url_for("incentives.partner", partner_id=found.id)
    try:
        services.enrol_partner(programme_id, found.id, viewer().user_id)
    except Refusal as refusal:
        return views.partner_page(found, 422, fault=refusal_words(refusal))
    return saved(_("Enrolled."), back)


@staff.post("/enrolments/<int:enrolment_id>/leave")
@requires("incentives.enrol")
def leave(enrolment_id: int) -> Any:
    """Take a partner out of a programme."""
    return _act(
        enrolment_id,
        lambda row, form: services.leave(row, form.reason.data or "", viewer()),
        _("The partner takes no part any more."),
    )


@staff.post("/enrolments/<int:enrolment_id>/decide/<any(approve, reject):decision>")
@requires("incentives.enrol")
def decide_tier(enrolment_id: int, decision: str) -> Any:
    """Approve or reject what was proposed."""
    return _act(
        enrolment_id,
        lambda row, form: services.decide(
            row, decision, form.reason.data or "", form.version.data or 0, viewer()
        ),
        _("Decided."),
    )


@staff.post("/enrolments/<int:enrolment_id>/declare")
@requires("incentives.enrol")
def declare(enrolment_id: int) -> Any:
    """Let what is unreported count as missed."""
    return _act(
        enrolment_id,
        lambda row, form: services.declare_missed(row, form.reason.data or "", viewer()),
        _("Declared missed."),
    )


@staff.post("/enrolments/<int:enrolment_id>/override")
@requires("incentives.enrol")
def ask_override(enrolment_id: int) -> Any:
    """Ask that a tier is set by hand."""
    row = _own(enrolment_id)
    form = OverrideForm()
    form.tier.choices = views.tier_choices(services.programme_of(row.programme_id))
    fault = ""
    if form.validate():
        try:
            services.ask_override(
                row, form.tier.data, form.expires.data, form.reason.data or "", viewer()
            )
        except Refusal as refusal:
            fault = refusal_words(refusal)
        else:
            return saved(_("Asked for: it waits for an administrator."), _home(row))
    found = partner_or_404(row.partner_id)
    return views.partner_page(found, 422, override_form=form, faulty=row.id, fault=fault)


@staff.post("/enrolments/<int:enrolment_id>/override/<any(confirm, decline, revoke):decision>")
@requires("incentives.override")
def decide_override(enrolment_id: int, decision: str) -> Any:
    """Approve, decline or revoke an override."""
    return _act(
        enrolment_id,
        lambda row, form: services.decide_override(
            row, decision, form.reason.data or "", viewer(), form.version.data or 0
        ),
        _("Decided."),
    )


@staff.post("/appeals/<int:appeal_id>/<any(accepted, declined):verdict>")
@requires("incentives.enrol")
def answer_appeal(appeal_id: int, verdict: str) -> Any:
    """Answer a partner's appeal."""
    row = queries.appeal_or_404(viewer(), appeal_id)
    editable_partner(row.partner_id)
    form = AnswerForm()
    if form.validate():
        try:
            appeals.answer(row, verdict, form.answer.data or "", viewer())
        except Refusal as refusal:
            blame(form, refusal, "answer")
        else:
            back = url_for("incentives.decision", evaluation_id=row.evaluation)
            return saved(_("Answered, and the partner is told."), back)
    return views.decision_page(row.evaluation, 422, form)


def _act(enrolment_id: int, act: Callable[[Enrolment, ReasonForm], None], done: str) -> Any:
    """One decision with a reason: refused ones come back with what is missing."""
    row = _own(enrolment_id)
    form = ReasonForm()
    if form.validate():
        try:
            act(row, form)
        except Refusal as refusal:
            blame(form, refusal, "reason")
        else:
            return saved(done, _home(row))
    found = partner_or_404(row.partner_id)
    return views.partner_page(found, 422, reason_form=form, faulty=row.id)
