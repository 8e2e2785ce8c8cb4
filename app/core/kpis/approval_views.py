"""The inbox of figures that wait for approval."""

from typing import Any

from flask import abort, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app import tables
from app.core.host import current_host
from app.core.ids import row_id
from app.core.kpis import queries, services
from app.core.kpis.blueprint import blueprint
from app.core.kpis.exports import lists
from app.core.kpis.forms import ApproveForm, ReturnForm, blame
from app.core.kpis.inbox import Waiting, inbox
from app.core.partners import queries as partners
from app.security import requires
from app.web import Page, is_partial, page_number, render, saved

PER_PAGE = 50


@blueprint.route("/approvals", methods=["GET", "POST"])
@requires("kpis.approve")
def approvals() -> Any:
    """What waits, and the approval of several at once."""
    form = ApproveForm()
    if not form.is_submitted():
        if kind := tables.wanted():
            rows = queries.pending(g.viewer, size=lists.EVERYTHING, only=_only())
            return tables.download(rows, lists.waiting(), "approvals", kind)
        return _page()
    if form.validate():
        _check_rights(form.ids.data)
        try:
            done = services.approve(form.ids.data, by=g.viewer, reason=form.reason.data or "")
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            message = ngettext("%(num)s value approved.", "%(num)s values approved.", len(done))
            return _done(message)
    return _page(422, approve=form)


@blueprint.get("/kpis/overdue")
@requires("kpis.view")
def overdue() -> Any:
    """Figures with a target that should have been reported by now."""
    today = g.organisation.today()
    rows = queries.overdue(g.viewer, g.organisation.calendar, today, limit=lists.EVERYTHING)
    if kind := tables.wanted():
        return tables.download(rows, lists.overdue(), "overdue", kind)
    number = page_number()
    return render(
        "kpis/overdue.html",
        rows=rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        page=Page(number, PER_PAGE, len(rows)),
        today=today,
    )


@blueprint.post("/approvals/<int:revision_id>/return")
@requires("kpis.approve")
def return_value(revision_id: int) -> Any:
    """Give one figure back to whoever submitted it."""
    _check_rights([revision_id])
    form = ReturnForm(prefix=f"return-{revision_id}-")
    if form.validate():
        try:
            services.return_value(revision_id, form.reason.data or "", by=g.viewer)
        except services.KpiRefusal as refusal:
            blame(form, refusal)
        else:
            return _done(_("Returned."), after=revision_id)
    return _page(422, returned=form, returning=revision_id)


def _done(message: str, after: int = 0) -> Any:
    """Say what was done: the list without it where htmx asks for it, else the page anew.

    The focus then goes on to the row that follows `after`, else to the message.
    """
    if is_partial():
        return _page(message=message, after=after)
    return saved(message, url_for("kpis.approvals", **_chosen()))


def _only() -> queries.Narrowed:
    """What the address narrows the list to; nonsense narrows nothing."""
    partner, kpi = (row_id(request.args.get(name)) or 0 for name in ("partner", "kpi"))
    side = request.args.get("side", "")
    return queries.Narrowed(
        partner,
        kpi,
        side if side in ("host", "partner") else "",
    )


def _chosen() -> dict[str, Any]:
    """The filters as the address writes them."""
    only = _only()
    found = {"partner": only.partner_id, "kpi": only.kpi_id, "side": only.side}
    return {key: value for key, value in found.items() if value}


def _page(
    status: int = 200,
    *,
    approve: ApproveForm | None = None,
    returned: ReturnForm | None = None,
    returning: int = 0,
    message: str = "",
    after: int = 0,
) -> Any:
    number, only = page_number(), _only()
    rows = inbox(g.viewer, g.organisation.calendar, number, PER_PAGE, only)
    return_forms = {
        waiting.row.id: ReturnForm(formdata=None, prefix=f"return-{waiting.row.id}-")
        for waiting in rows
    }
    if returned:
        return_forms[returning] = returned
    partner_choices, kpi_choices = queries.pending_choices(g.viewer)
    chosen = _chosen()
    return render(
        "kpis/approvals.html",
        "kpis/_approvals.html",
        status=status,
        rows=rows,
        form=approve or ApproveForm(formdata=None),
        return_forms=return_forms,
        returning=returning,
        message=message,
        next_id=_following(rows, after) if after else 0,
        only=only,
        chosen=chosen,
        others=[] if chosen else current_host().collect("approval_items", viewer=g.viewer),
        partner_choices=partner_choices,
        kpi_choices=kpi_choices,
        page=Page(number, PER_PAGE, queries.pending_count(g.viewer, only)),
    )


def _following(rows: list[Waiting], decided: int) -> int:
    """The id of the row that followed a decided one in the list, the oldest first; 0: none."""
    found = queries.submitted_at(decided)
    later = (w.row for w in rows if found and (w.row.submitted_at, w.row.id) > (found, decided))
    return next((row.id for row in later), 0)


def _check_rights(ids: list[int]) -> None:
    """404 for what does not exist for this person, 403 for what is another manager's."""
    found = {row.id: row.partner_id for row in queries.revisions(ids)}
    if len(found) < len(set(ids)):
        abort(404)
    for partner_id in sorted(set(found.values())):
        partners.editable(g.viewer, partner_id)
