"""What staff see of the ledger: its lines, what they come to, and decisions on them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import abort, request, url_for

from app.api import (
    Column,
    Page,
    Period,
    Refusal,
    blame,
    download_table,
    kpis,
    organisation,
    page_number,
    render,
    requires,
    row_id,
    saved,
    translations,
    viewer,
    wanted_format,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.ledger import decisions, four_eyes, queries, words
from plugins.incentives.ledger.forms import DecideForm
from plugins.incentives.ledger.queries import Filters, Row
from plugins.incentives.ledger.refusals import LedgerRefusal
from plugins.incentives.ledger.statement import title

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext

EVERYTHING = 100_000


@staff.get("/ledger")
@requires("incentives.money")
def ledger() -> Any:
    """The lines of every partner, the latest first, and what they come to."""
    if kind := wanted_format():
        rows = queries.listing(_filters(), viewer(), 1, EVERYTHING)
        return download_table(rows, _columns(rows), "ledger", kind)
    return _list(DecideForm(formdata=None))


@staff.post("/ledger")
@requires("incentives.money")
def decide() -> Any:
    """Approve or reject the chosen lines, all or none."""
    form = DecideForm()
    if not form.validate():
        return _list(form, 422)
    rejecting = request.form.get("do") == "reject"
    ids, reason = form.ids.data or [], form.reason.data or ""
    try:
        if rejecting:
            done = decisions.reject(ids, reason, by=viewer())
        else:
            done = decisions.approve(ids, by=viewer(), reason=reason)
    except LedgerRefusal as refusal:
        blame(form, refusal)
        return _list(form, 422)
    if rejecting:
        message = ngettext("%(num)s line rejected.", "%(num)s lines rejected.", done)
    else:
        message = ngettext("%(num)s line approved.", "%(num)s lines approved.", done)
    return saved(message, url_for("incentives.ledger", **_chosen()))


def _list(form: DecideForm, status: int = 200) -> Any:
    filters, number = _filters(), page_number()
    rows = queries.listing(filters, viewer(), number)
    rewards = queries.rewards_of({row.version_id for row in rows})
    partners, programmes = queries.choices(viewer())
    waiting = (row.partner_id for row in rows if row.state in ("approvable", "pending"))
    mine = decisions.mine_of(waiting, viewer())
    return render(
        "incentives/ledger/index.html",
        "incentives/ledger/_list.html",
        status=status,
        form=form,
        rows=[(row, title(row, rewards), may_decide(row, mine)) for row in rows],
        totals=queries.totals(filters, viewer()),
        unsettled=queries.unsettled(filters, viewer()),
        filters=filters,
        chosen=_chosen(),
        partner_choices=partners,
        programme_choices=programmes,
        page=Page(number, queries.PER_PAGE, queries.count(filters, viewer())),
        words=words,
        why=partial(_why, {row.code: row.name for row in kpis(active_only=False).values()}),
    )


def _why(names: Mapping[str, str], waiting: queries.Waiting) -> str:
    """What a reward that cannot be told waits for; `names` are those of KPIs by their codes."""
    name = names.get(waiting.about, waiting.about)
    if waiting.reason == "currency":
        return _(
            "The partner is kept in %(currency)s: nothing is converted", currency=waiting.about
        )
    if waiting.reason == "requirement":
        return _("Whether its requirement is met is not known yet")
    if waiting.reason == "merge":
        return _("Due only since partners were merged: if it is owed, write a line by hand")
    if waiting.reason == "carry":
        return _("An earlier figure of %(kpi)s is missing", kpi=name)
    return _("Approved figures of %(kpi)s are missing", kpi=name)


def may_decide(row: Row, mine: set[int]) -> str:
    """Whether the viewer approves a line: "yes", or "own" with a reason; else why not."""
    if row.partner_id not in mine or row.state not in ("approvable", "pending"):
        return ""
    if row.state == "pending":
        return "hold"
    most = decisions.limit(viewer(), row.currency)
    if most is not None and abs(row.amount) > most:
        return "limit"
    if row.author == viewer().user_id:
        others = decisions.approvers(row.partner_id) - {viewer().user_id}
        return "own" if four_eyes.may_approve_own(others) else "others"
    return "yes"


def _filters() -> Filters:
    """What the address narrows the list to; nonsense narrows nothing, but no period is nonsense."""
    partner, programme = (row_id(request.args.get(name)) or 0 for name in ("partner", "programme"))
    state = request.args.get("state", "")
    return Filters(partner, programme, state if state in words.STATES else "", _period())


def _period() -> Period | None:
    label = request.args.get("period", "")
    try:
        return organisation().calendar.parse(label) if label else None
    except Refusal:
        abort(404)


def _chosen() -> dict[str, Any]:
    """The filters as the address writes them."""
    filters = _filters()
    found: dict[str, Any] = {
        "partner": filters.partner,
        "programme": filters.programme,
        "state": filters.state,
        "period": organisation().calendar.label(filters.period) if filters.period else "",
    }
    return {key: value for key, value in found.items() if value}


def _columns(rows: list[Row]) -> list[Column]:
    rewards = queries.rewards_of({row.version_id for row in rows})
    return [
        Column(_("Line"), lambda row: row.id),
        Column(_("Written (UTC)"), lambda row: row.at),
        Column(_("Partner"), lambda row: row.partner_name),
        Column(_("Code"), lambda row: row.partner_code),
        Column(_("Programme"), lambda row: row.programme_name),
        Column(_("For"), lambda row: title(row, rewards)),
        Column(_("Period"), lambda row: words.period(row.period)),
        Column(_("Kind"), lambda row: str(words.KINDS[row.kind])),
        Column(_("Amount"), lambda row: words.exact(row.amount, row.currency)),
        Column(_("Currency"), lambda row: row.currency),
        Column(_("State"), lambda row: str(words.STATES[row.state])),
        Column(_("Reference"), lambda row: row.reference),
    ]
