"""What is done to figures beside reporting and approving: withdraw, lock, declare, comment."""

from typing import Any

from flask import abort, g, request
from flask_babel import gettext as _

from app.core.ids import row_id
from app.core.kpis import queries, services
from app.core.kpis.blueprint import blueprint
from app.core.kpis.forms import CommentForm, MissForm, ReasonForm, blame
from app.core.kpis.impact import effects as effects_of
from app.core.kpis.queries.own_approvals import own_approvals
from app.core.kpis.scorecard_views import kpi_or_404
from app.core.kpis.services.four_eyes import is_required
from app.core.kpis.totals import Figure
from app.core.kpis.value_views import address, kpi_page, only_of
from app.core.partners import queries as partners
from app.core.periods import Period, PeriodError
from app.security import requires
from app.web import Page, page_number, render, saved

PER_PAGE = 50


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/withdraw")
@requires("kpis.submit")
def withdraw_here(partner_id: int, kpi_id: int) -> Any:
    """Take an own submission back."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    revision_id = row_id(request.form.get("revision")) or 0
    only_of(partner_id, kpi_id, [revision_id])
    form = ReasonForm(formdata=None)
    try:
        services.withdraw_value(revision_id, by=g.viewer)
    except services.KpiRefusal as refusal:
        blame(form, refusal)
        return kpi_page(partner, kpi, 422, refused=form)
    return saved(_("Withdrawn."), address(partner_id, kpi_id))


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/lock")
@requires("kpis.lock")
def lock_value(partner_id: int, kpi_id: int) -> Any:
    """Lock an approved figure at once."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    period, form = _period(), ReasonForm(formdata=None)
    try:
        services.lock_value(partner_id, kpi_id, period, by=g.viewer)
    except services.KpiRefusal as refusal:
        blame(form, refusal)
        return kpi_page(partner, kpi, 422, refused=form)
    return saved(_("Locked."), address(partner_id, kpi_id, period))


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/unlock")
@requires("kpis.lock")
def unlock_value(partner_id: int, kpi_id: int) -> Any:
    """Open a locked figure for a correction."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    period, form = _period(), ReasonForm(prefix="unlock-")
    if form.validate():
        try:
            services.unlock_value(partner_id, kpi_id, period, form.reason.data or "", by=g.viewer)
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(
                _("Unlocked. It stays open until it is changed and approved, or locked again."),
                address(partner_id, kpi_id, period),
            )
    return kpi_page(partner, kpi, 422, unlock=form)


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/missed")
@requires("kpis.approve")
def declare_missed(partner_id: int, kpi_id: int) -> Any:
    """Let streaks count an unreported period as missed."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    form = MissForm(kpi, prefix="miss-")
    if form.validate():
        try:
            services.declare_missed(
                partner_id, kpi_id, form.period.data, form.reason.data or "", by=g.viewer
            )
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Declared missed."), address(partner_id, kpi_id))
    return kpi_page(partner, kpi, 422, miss=form)


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/missed/undo")
@requires("kpis.approve")
def undo_missed(partner_id: int, kpi_id: int) -> Any:
    """Take a declared miss back."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    form = ReasonForm(formdata=None)
    try:
        services.undo_missed(partner_id, kpi_id, _period(), by=g.viewer)
    except services.KpiRefusal as refusal:
        blame(form, refusal)
        return kpi_page(partner, kpi, 422, refused=form)
    return saved(_("No longer declared missed."), address(partner_id, kpi_id))


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/comments")
@requires("kpis.submit")
def add_comment(partner_id: int, kpi_id: int) -> Any:
    """Say something of a figure."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    form = CommentForm(kpi, prefix="comment-")
    if form.validate():
        try:
            services.add_comment(
                partner_id,
                kpi_id,
                form.period.data,
                form.text.data or "",
                by=g.viewer,
                visibility=form.visibility.data,
            )
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Said."), address(partner_id, kpi_id) + "#comments")
    return kpi_page(partner, kpi, 422, comment=form)


@blueprint.get("/approvals/<int:revision_id>/effects")
@requires("kpis.approve")
def effects(revision_id: int) -> Any:
    """What a waiting restatement changes, before anybody approves it."""
    found = queries.revisions([revision_id])
    if not found or found[0].state != "submitted":
        abort(404)
    row = found[0]
    partner = partners.editable(g.viewer, row.partner_id)
    period = Period.from_key(row.period)
    return render(
        "kpis/effects.html",
        "kpis/_effects.html",
        partner=partner,
        kpi=kpi_or_404(row.kpi_id),
        period=period,
        effects=effects_of(row.partner_id, row.kpi_id, period, Figure(row.value, row.num, row.den)),
        linked=True,
    )


@blueprint.get("/approvals/own")
@requires("settings.manage")
def own() -> Any:
    """Figures that their submitter approved."""
    number = page_number()
    rows, total = own_approvals(number, PER_PAGE)
    return render(
        "kpis/own_approvals.html",
        required=is_required(),
        rows=rows,
        kpis=queries.definitions(active_only=False),
        page=Page(number, PER_PAGE, total),
    )


def _period() -> Period:
    """The period that a button names; nonsense is not found."""
    try:
        return g.organisation.calendar.parse(request.form.get("period", ""))  # type: ignore[no-any-return]
    except PeriodError:
        abort(404)
