"""What staff see of benefits: what is owed to whom, and each with what became of it."""

from typing import Any

from flask import request, url_for

from app.api import (
    Column,
    Page,
    Refusal,
    blame,
    download_table,
    editable_partner,
    organisation,
    page_number,
    period_label,
    render,
    requires,
    saved,
    translations,
    viewer,
    visible_refs,
    wanted_format,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.rewards import evidence, granting, queries, words
from plugins.incentives.rewards.forms import GivenForm, ProlongForm, ReasonForm
from plugins.incentives.rewards.queries import Held

_ = translations("incentives").gettext

EVERYTHING = 100_000  # rows of one file


@staff.get("/benefits")
@requires("incentives.view")
def benefits() -> Any:
    """What partners were granted, narrowed to a state: what is to be given first."""
    chosen = request.args.get("state", "granted")
    chosen = chosen if chosen in words.STATES or chosen == "all" else "granted"
    state = "" if chosen == "all" else chosen
    if kind := wanted_format():
        found, _total = queries.benefits(viewer(), state, size=EVERYTHING)
        return download_table(found, _columns(), "benefits", kind)
    number = page_number()
    rows, total = queries.benefits(viewer(), state, page=number)
    counts = queries.state_counts(viewer())
    return render(
        "incentives/rewards/benefits.html",
        "incentives/rewards/_benefits.html",
        rows=rows,
        chosen=chosen,
        counts=counts | {"all": sum(counts.values())},
        page=Page(number, queries.PER_PAGE, total),
        today=organisation().today(),
        words=words,
    )


@staff.get("/benefits/<int:benefit_id>")
@requires("incentives.view")
def benefit(benefit_id: int) -> Any:
    """A benefit: for whom and why, and what became of it."""
    return _page(queries.benefit_or_404(benefit_id, viewer()))


@staff.post("/benefits/<int:benefit_id>/give")
@requires("incentives.recognise")
def give_benefit(benefit_id: int) -> Any:
    """Say that a benefit was given."""
    held, form = _changeable(benefit_id), GivenForm()
    if not form.validate():
        return _page(held, given=form)
    try:
        upload = form.evidence.data
        file_id = evidence.store(upload, by=viewer()) if upload else None
        granting.fulfil(
            held.grant,
            by=viewer(),
            version=form.version.data,
            note=form.note.data or "",
            evidence=file_id,
        )
    except Refusal as refused:
        blame(form, refused)
        return _page(held, given=form)
    return saved(_("Noted as given. The partner is told."), _url(held))


@staff.post("/benefits/<int:benefit_id>/prolong")
@requires("incentives.recognise")
def prolong_benefit(benefit_id: int) -> Any:
    """Let a benefit be had for longer."""
    held, form = _changeable(benefit_id), ProlongForm()
    if not form.validate():
        return _page(held, prolong=form)
    try:
        granting.prolong(held.grant, form.day.data, version=form.version.data, by=viewer())
    except Refusal as refused:
        blame(form, refused)
        return _page(held, prolong=form)
    return saved(_("Saved."), _url(held))


@staff.post("/benefits/<int:benefit_id>/revoke")
@requires("incentives.recognise")
def revoke_benefit(benefit_id: int) -> Any:
    """Take a benefit back."""
    held, form = _changeable(benefit_id), ReasonForm()
    if not form.validate():
        return _page(held, revoke=form)
    try:
        reason = form.reason.data or ""
        granting.revoke(held.grant, reason, version=form.version.data, by=viewer())
    except Refusal as refused:
        blame(form, refused)
        return _page(held, revoke=form)
    return saved(_("Taken back. The partner is told."), _url(held))


def _changeable(benefit_id: int) -> Held:
    held = queries.benefit_or_404(benefit_id, viewer())
    editable_partner(held.grant.partner_id)
    return held


def _url(held: Held) -> str:
    return url_for("incentives.benefit", benefit_id=held.grant.id)


def _page(
    held: Held,
    given: GivenForm | None = None,
    prolong: ProlongForm | None = None,
    revoke: ReasonForm | None = None,
) -> Any:
    grant = held.grant
    refs = [f"task:{grant.task}"] if grant.task else []
    refs += [f"user:{grant.fulfilled_by}"] if grant.fulfilled_by else []
    return render(
        "incentives/rewards/benefit.html",
        status=422 if given or prolong or revoke else 200,
        held=held,
        names=visible_refs(refs, viewer()),
        decides=viewer().can("incentives.recognise")
        and queries.is_mine(grant.partner_id, viewer()),
        given=given or GivenForm(formdata=None),
        prolong=prolong or ProlongForm(formdata=None, data={"day": grant.expires_on}),
        revoke=revoke or ReasonForm(formdata=None),
        today=organisation().today(),
        words=words,
    )


def _columns() -> list[Column]:
    return [
        Column(_("Code"), lambda row: row.grant.partner.code),
        Column(_("Partner"), lambda row: row.grant.partner.name),
        Column(_("Benefit"), lambda row: row.reward.name),
        Column(_("Kind"), lambda row: str(words.REWARDS[row.reward.kind])),
        Column(_("By the programme"), lambda row: row.grant.programme_version.programme.name),
        Column(_("Tier"), lambda row: row.tier),
        Column(_("Period"), lambda row: period_label(row.grant.period)),
        Column(_("State"), lambda row: str(words.STATES[row.grant.state])),
        Column(_("To be had until"), lambda row: row.grant.expires_on),
    ]
