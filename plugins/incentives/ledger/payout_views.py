"""Payouts on the page: making one, approving it, handing it over, confirming it line by line."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import request, url_for

from app.api import (
    Column,
    Objection,
    Page,
    blame,
    download_table,
    organisation,
    page_number,
    people,
    render,
    requires,
    row_id,
    saved,
    translations,
    viewer,
    visible_refs,
    wanted_format,
)
from plugins.incentives.blueprints import staff
from plugins.incentives.ledger import four_eyes, paying, payout_queries, words
from plugins.incentives.ledger import payouts as batches
from plugins.incentives.ledger.forms import ConfirmForm, PayoutForm, ReasonForm
from plugins.incentives.ledger.models import Payout
from plugins.incentives.ledger.payout_queries import PaidLine
from plugins.incentives.ledger.refusals import LedgerRefusal

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext


@staff.get("/payouts")
@requires("incentives.money")
def payouts() -> Any:
    """Every payout, the latest first, and the currencies in which something can be paid."""
    number = page_number()
    rows = payout_queries.payouts(number)
    return render(
        "incentives/ledger/payouts.html",
        rows=rows,
        currencies=batches.currencies(viewer()),
        people=_names(row.created_by for row in rows),
        page=Page(number, payout_queries.PER_PAGE, payout_queries.count()),
        words=words,
    )


@staff.route("/payouts/new", methods=["GET", "POST"])
@requires("incentives.money")
def new_payout() -> Any:
    """Choose whom to pay in a currency; what speaks against somebody stands beside."""
    form = PayoutForm(formdata=None)
    offered = batches.currencies(viewer())
    asked = request.values.get("currency", "")
    currency = asked if asked in offered else (offered[0] if offered else "")
    if request.method == "POST":
        chosen = {
            id_: request.form.get(f"override-{id_}", "")[:500]
            for text in request.form.getlist("partners")[:2000]
            if (id_ := row_id(text)) is not None
        }
        try:
            if not chosen or currency != asked:
                raise LedgerRefusal("Choose at least one partner.")
            made = batches.create(currency, chosen, by=viewer())
        except LedgerRefusal as refusal:
            blame(form, refusal)
        else:
            message = _("The draft is made; an administrator approves it.")
            return saved(message, url_for("incentives.payout", payout_id=made))
    return render(
        "incentives/ledger/new_payout.html",
        status=422 if request.method == "POST" else 200,
        form=form,
        currency=currency,
        currencies=offered,
        candidates=batches.candidates(currency, viewer()) if currency else [],
        chosen=request.form.getlist("partners") if request.method == "POST" else None,
        typed=request.form,
        minimum=batches.minimum(currency) if currency else 0,
        words=words,
    )


@staff.get("/payouts/<int:payout_id>")
@requires("incentives.money")
def payout(payout_id: int) -> Any:
    """A payout: whom it pays what for, what was objected, and what became of it."""
    found = payout_queries.payout_or_404(payout_id)
    if kind := wanted_format():
        lines = [line for line in payout_queries.lines(payout_id) if line.state != "failed"]
        return download_table(lines, _columns(found), f"payout-{payout_id}", kind)
    return _page(found)


@staff.post("/payouts/<int:payout_id>/approve")
@requires("incentives.payouts")
def approve_payout(payout_id: int) -> Any:
    """Let a draft be handed over to whoever pays."""

    def act(form: PayoutForm, version: int) -> None:
        paying.approve(payout_id, version, by=viewer(), reason=form.reason.data or "")

    return _step(payout_id, act, _("Approved."))


@staff.post("/payouts/<int:payout_id>/discard")
@requires("incentives.payouts")
def discard_payout(payout_id: int) -> Any:
    """Give a draft up; what is in it can be paid by another."""

    def act(_form: PayoutForm, version: int) -> None:
        paying.discard(payout_id, version, by=viewer())

    return _step(payout_id, act, _("Discarded: its lines can be paid by another payout."))


@staff.post("/payouts/<int:payout_id>/hand-over")
@requires("incentives.payouts")
def hand_over(payout_id: int) -> Any:
    """Note that the payout went to whoever pays."""

    def act(_form: PayoutForm, version: int) -> None:
        paying.hand_over(payout_id, version)

    return _step(payout_id, act, _("Handed over. Confirm each payment once it was made."))


def _step(payout_id: int, act: Callable[[PayoutForm, int], None], message: str) -> Any:
    """A step of a payout, as of the version that the page showed."""
    found, form = payout_queries.payout_or_404(payout_id), PayoutForm()
    if form.validate():
        try:
            act(form, form.version.data or 0)
        except LedgerRefusal as refusal:
            blame(form, refusal)
        else:
            return _done(message, payout_id)
    return _page(found, form, 422)


@staff.post("/payouts/<int:payout_id>/confirm")
@requires("incentives.payouts")
def confirm_payout(payout_id: int) -> Any:
    """Note that lines were paid, with the payment's reference and day."""
    found, form = payout_queries.payout_or_404(payout_id), ConfirmForm()
    day = form.paid_on.data
    if not form.validate() or day is None:
        return _page(found, confirming=form, status=422)
    try:
        done = paying.confirm(
            payout_id, form.ids.data or [], form.reference.data or "", day, by=viewer()
        )
    except LedgerRefusal as refusal:
        blame(form, refusal)
        return _page(found, confirming=form, status=422)
    message = ngettext("%(num)s payment confirmed.", "%(num)s payments confirmed.", done)
    return _done(message, payout_id)


@staff.post("/payouts/lines/<int:line_id>/fail")
@requires("incentives.payouts")
def fail_line(line_id: int) -> Any:
    """Note that a payment did not arrive; it goes into a new draft."""
    return _on_line(line_id, paying.fail, _("Noted; it waits in a new draft."))


@staff.post("/payouts/lines/<int:line_id>/leave-out")
@requires("incentives.payouts")
def leave_out(line_id: int) -> Any:
    """Take a partner out of a draft."""
    return _on_line(line_id, paying.leave_out, _("Left out; it can be paid by another payout."))


@staff.post("/payouts/lines/<int:line_id>/override")
@requires("incentives.payouts")
def override_line(line_id: int) -> Any:
    """Pay a partner in spite of an objection, for a reason."""
    return _on_line(line_id, paying.override, _("Noted; the payout can be approved."))


def _on_line(line_id: int, act: Any, message: str) -> Any:
    line, form = payout_queries.line_or_404(line_id), _reason_of(line_id)
    found = payout_queries.payout_or_404(line.payout_id)
    if form.validate():
        try:
            act(line_id, form.reason.data or "", by=viewer())
        except LedgerRefusal as refusal:
            blame(form, refusal)
        else:
            return _done(message, found.id)
    return _page(found, on_line=(line_id, form), status=422)


def _reason_of(line_id: int, **kwargs: Any) -> ReasonForm:
    """The form of one line, which stands on the page beside those of others."""
    form = ReasonForm(**kwargs)
    form.reason.id = f"reason-{line_id}"
    return form


def _page(
    found: Payout,
    form: PayoutForm | None = None,
    status: int = 200,
    *,
    confirming: ConfirmForm | None = None,
    on_line: tuple[int, ReasonForm] | None = None,
) -> Any:
    found = payout_queries.payout_or_404(found.id)  # as it stands after a refusal
    lines = payout_queries.lines(found.id)
    form = form or PayoutForm(formdata=None)
    form.version.data = found.version
    confirming = confirming or ConfirmForm(formdata=None, paid_on=organisation().today())
    own = found.created_by == viewer().user_id
    others = people("role:admin") - {viewer().user_id}
    named = (found.created_by, found.approved_by, *(one.override_by for one in lines))
    return render(
        "incentives/ledger/payout.html",
        status=status,
        payout=found,
        lines=lines,
        total=sum(line.amount for line in lines if line.state != "failed"),
        form=form,
        confirming=confirming,
        against=_against(found, lines),
        reason_of=_reason_of,
        on_line=on_line,
        own=own,
        may_approve=not own or four_eyes.may_approve_own(others),
        retried=Payout.get_or_none(Payout.retries == found.id),
        people=_names(named),
        words=words,
    )


def _against(found: Payout, lines: Sequence[PaidLine]) -> dict[int, tuple[Objection, ...]]:
    """What nobody has answered of the objections to a draft's lines, which stops its approval."""
    if found.state != "draft":
        return {}
    asked = {
        line.id: batches.objecting(line.partner_id, {part[-1] for part in line.entries} - {None})
        for line in lines
        if line.state == "open"
    }
    return {
        line.id: new
        for line in lines
        if (new := batches.unanswered(asked.get(line.id, ()), line.objections))
    }


def _done(message: str, payout_id: int) -> Any:
    return saved(message, url_for("incentives.payout", payout_id=payout_id))


def _names(ids: Any) -> Any:
    return visible_refs(sorted({f"user:{id_}" for id_ in ids if id_}), viewer())


def _columns(found: Payout) -> list[Column]:
    """What whoever pays needs: one row for each partner."""

    def reference(line: PaidLine) -> str:
        return f"{found.id}-{line.partner_code}"

    return [
        Column(_("Payout"), lambda _line: found.id),
        Column(_("Code"), lambda line: line.partner_code),
        Column(_("Partner"), lambda line: line.partner_name),
        Column(_("Amount"), lambda line: words.exact(line.amount, found.currency)),
        Column(_("Currency"), lambda _line: found.currency),
        Column(_("Purpose"), reference),
        Column(_("State"), lambda line: _("Paid") if line.state == "paid" else _("Open")),
        Column(_("Reference"), lambda line: line.reference),
    ]
