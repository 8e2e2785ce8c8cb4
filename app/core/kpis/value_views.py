"""One KPI of one partner: its trend, every figure with who stands behind it, and the forms."""

from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _

from app import tables
from app.core.ids import row_id
from app.core.kpis import queries, services
from app.core.kpis.blueprint import blueprint
from app.core.kpis.exports import lists
from app.core.kpis.forms import (
    ApproveForm,
    CommentForm,
    MissForm,
    ReasonForm,
    ReturnForm,
    TargetForm,
    ValueForm,
    blame,
    target_form,
    value_form,
)
from app.core.kpis.impact import kept_effects
from app.core.kpis.presentation import period_code
from app.core.kpis.reporting import kept_files, report
from app.core.kpis.scorecard_views import kpi_or_404
from app.core.kpis.trend import later_and_earlier, newest_period, trend, unreported
from app.core.partners import queries as partners
from app.core.partners.models import Partner
from app.core.partners.views import page_context
from app.core.periods import Period
from app.security import requires
from app.web import Page, page_number, render, saved

REVISIONS_PER_PAGE = 24


@blueprint.get("/partners/<int:partner_id>/kpis/<int:kpi_id>")
@requires("kpis.view")
def show(partner_id: int, kpi_id: int) -> Any:
    """The trend with target and threshold, the history, and the forms for those who may write."""
    partner, kpi = partners.get(partner_id, g.viewer), kpi_or_404(kpi_id)
    if kind := tables.wanted():
        rows = queries.value_history(g.viewer, partner_id, kpi_id, size=lists.EVERYTHING)
        return tables.download(rows, lists.history(kpi), f"{kpi.code}-{partner.code}", kind)
    return kpi_page(partner, kpi)


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/values")
@requires("kpis.submit")
def submit_value(partner_id: int, kpi_id: int) -> Any:
    """Report a figure; it waits for approval unless a reason for approving it comes along."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    form = _value_form(partner_id, kpi)
    done = report(form, partner_id, kpi_id)
    if done.revision_id is None:
        return kpi_page(partner, kpi, done.status, value=form, effects=done.effects)
    own = form.approval and form.approval.data
    message = _("Recorded.") if own else _("Submitted; it awaits approval.")
    return saved(message, address(partner_id, kpi_id, form.period.data))


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/targets")
@requires("targets.edit")
def set_target(partner_id: int, kpi_id: int) -> Any:
    """Propose a target for a period, or set what both sides have agreed already."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    form = target_form(kpi, prefix="target-")
    stale = None
    if form.validate():
        try:
            services.set_target(
                partner_id,
                kpi_id,
                form.period.data,
                form.figures(),
                by=g.viewer,
                n=form.n.data,
                agreed=form.agreed.data or "",
                terms=_pair(partner, kpi, form.period.data).terms,
            )
        except services.StaleVersion:
            pair = _pair(partner, kpi, form.period.data)
            stale, form.n.data = pair.figures, pair.latest_n
            form.form_errors.append(
                _("A target stands for this period already. Compare, then save again.")
            )
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            message = _("The target is set.") if form.agreed.data else _("Proposed to the partner.")
            return saved(message, address(partner_id, kpi_id, form.period.data))
    return kpi_page(partner, kpi, 422, target=form, stale_target=stale)


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/approve")
@requires("kpis.approve")
def approve_here(partner_id: int, kpi_id: int) -> Any:
    """Let submitted figures of this KPI count."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    form = ApproveForm(prefix="approve-")
    if form.validate():
        only_of(partner_id, kpi_id, form.ids.data)
        try:
            services.approve(form.ids.data, by=g.viewer, reason=form.reason.data or "")
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Approved."), address(partner_id, kpi_id))
    return kpi_page(partner, kpi, 422, approve=form)


@blueprint.post("/partners/<int:partner_id>/kpis/<int:kpi_id>/return")
@requires("kpis.approve")
def return_here(partner_id: int, kpi_id: int) -> Any:
    """Give a submitted figure of this KPI back with the reason."""
    partner, kpi = partners.editable(g.viewer, partner_id), kpi_or_404(kpi_id)
    form = ReturnForm(prefix="return-")
    revision_id = row_id(request.form.get("revision")) or 0
    if form.validate():
        only_of(partner_id, kpi_id, [revision_id])
        try:
            services.return_value(revision_id, form.reason.data or "", by=g.viewer)
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return saved(_("Returned."), address(partner_id, kpi_id))
    return kpi_page(partner, kpi, 422, returned=form)


def kpi_page(
    partner: Partner,
    kpi: Any,
    status: int = 200,
    *,
    value: ValueForm | None = None,
    target: TargetForm | None = None,
    approve: ApproveForm | None = None,
    returned: ReturnForm | None = None,
    stale_target: Any = None,
    effects: Any = (),
    refused: Any = None,
    miss: MissForm | None = None,
    comment: CommentForm | None = None,
    unlock: ReasonForm | None = None,
) -> Any:
    calendar, today = g.organisation.calendar, g.organisation.today()
    number = page_number()
    history = queries.value_history(
        g.viewer, partner.id, kpi.id, page=number, size=REVISIONS_PER_PAGE + 1
    )
    context = page_context(partner, "kpis")
    until = newest_period(g.viewer, partner.id, kpi, calendar, today)
    drawn = trend(partner, kpi, until, calendar, today)
    forms: dict[str, Any] = {"value_form": None, "target_form": None}
    if context["may_edit"]:
        if value or not kpi.formula:  # what a formula works out nobody reports
            forms["value_form"] = value or _value_form(
                partner.id, kpi, formdata=None, period=drawn.next_value
            )
        forms["target_form"] = target or _target_form(partner, kpi, drawn.next_target)
    waiting = [row for row in history if row.state == "submitted"]
    return render(
        "kpis/show.html",
        status=status,
        **context,
        **forms,
        kpi=kpi,
        trend=drawn,
        earlier_later=later_and_earlier(drawn, calendar, today),
        history=history[:REVISIONS_PER_PAGE],
        page=_history_page(number, len(history)),
        targets=queries.target_history(g.viewer, partner.id, kpi.id),
        waiting=waiting,
        approve_form=approve or ApproveForm(formdata=None, prefix="approve-"),
        return_form=returned or ReturnForm(formdata=None, prefix="return-"),
        returning=request.form.get("revision", ""),
        stale_target=stale_target,
        effects=effects,
        refused=refused,
        **_surroundings(partner, kpi, drawn, history, context["may_edit"], miss, comment, unlock),
        kept=kept_files(forms["value_form"], history, _code(forms["value_form"])),
        unlocking=request.form.get("unlock-period", ""),
        target_open=bool(target or request.args.get("target")),
    )


def _surroundings(
    partner: Partner,
    kpi: Any,
    drawn: Any,
    history: Any,
    may_edit: bool,
    miss: MissForm | None,
    comment: CommentForm | None,
    unlock: ReasonForm | None,
) -> dict[str, Any]:
    """What stands around the figures: files, effects, comments, declared misses, locks."""
    ids = [row.id for row in history]
    latest = drawn.latest.period if drawn.latest else drawn.next_value
    blank = CommentForm(kpi, formdata=None, prefix="comment-", period=latest)
    may_declare = may_edit and g.viewer.can("kpis.approve")
    return {
        "evidence": queries.evidence(ids),
        "kept_effects": kept_effects([row.id for row in history if row.n > 1]),
        "comments": queries.comments(g.viewer, partner.id, kpi.id),
        "comment_form": (comment or blank) if may_edit else None,
        "misses": queries.declared_misses(partner.id, kpi.id),
        "missing": unreported(drawn, kpi, g.organisation) if may_declare else [],
        "miss_form": miss or MissForm(kpi, formdata=None, prefix="miss-"),
        "unlockings": queries.unlockings(partner.id, kpi.id),
        "unlock_form": unlock or ReasonForm(formdata=None, prefix="unlock-"),
        "may_approve_own": services.may_approve_own(partner.id) if may_edit else False,
    }


def _value_form(partner_id: int, kpi: Any, **given: Any) -> ValueForm:
    """The form of a figure; without the own approval where the organisation forbids it."""
    form = value_form(kpi, prefix="value-", **given)
    if not services.may_approve_own(partner_id):
        del form.approval
    return form


def _code(form: ValueForm | None) -> str:
    """The period that a form begins with, as the address writes it."""
    return str(period_code(form.period.data)) if form and form.period.data else ""


def _history_page(number: int, found: int) -> Page:
    """The pager of a list whose end is known from one row too many."""
    before = (number - 1) * REVISIONS_PER_PAGE
    more = found > REVISIONS_PER_PAGE
    return Page(number, REVISIONS_PER_PAGE, before + min(found, REVISIONS_PER_PAGE), capped=more)


def _target_form(partner: Partner, kpi: Any, following: Period) -> TargetForm:
    """The form of the period that the address names, else of the first one without a target."""
    wanted = request.args.get("target", "")
    calendar = g.organisation.calendar
    try:
        period = calendar.parse(wanted) if wanted else following
    except ValueError:
        abort(404)
    pair = _pair(partner, kpi, period)
    like = pair.figures or _pair(partner, kpi, calendar.shift(following, -1)).figures
    given = {"period": period, "n": pair.latest_n}
    if like:
        given |= {
            part: getattr(like, part)
            for part in services.TargetFigures._fields
            if getattr(like, part) is not None
        }
    return target_form(kpi, formdata=None, prefix="target-", **given)


def _pair(partner: Partner, kpi: Any, period: Period) -> queries.TargetPair:
    """The target of a period as it stands, and what is open beside it."""
    pairs = queries.target_pairs(g.viewer, partner.id, [period.key], [kpi.id])
    return pairs.get((kpi.id, period.key), queries.TargetPair())


def only_of(partner_id: int, kpi_id: int, ids: list[int]) -> None:
    """404 where a revision is of another KPI or partner: its id says nothing here."""
    rows = queries.revisions(ids)
    if len(rows) < len(set(ids)) or any(
        (row.partner_id, row.kpi_id) != (partner_id, kpi_id) for row in rows
    ):
        abort(404)


def address(partner_id: int, kpi_id: int, period: Period | None = None) -> str:
    code = g.organisation.calendar.label(period) if period else None
    return url_for("kpis.show", partner_id=partner_id, kpi_id=kpi_id, period=code)
