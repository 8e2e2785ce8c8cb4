"""The sample desk's ledger: lines on every step of their way, a payout paid and one waiting."""

from datetime import timedelta

from app.api import (
    Kind,
    Partner,
    Period,
    Viewer,
    atomic,
    organisation,
    people,
    translations,
)
from plugins.incentives.ledger import decisions, paying, payouts, services
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, PayoutLine
from plugins.incentives.programmes.queries import running

_ = translations("incentives").gettext


def ledger() -> None:
    """Accrue what the sample's figures are due, and let the older part of it be paid."""
    if LedgerEntry.select().exists():
        return
    services.accrue()
    admins = sorted(people("role:admin"))
    if not admins or not LedgerEntry.select().exists():
        return
    by = Viewer(admins[0], organisation().name, "", "admin", frozenset())
    _let_holds_end()
    services.release()
    _pay(by)
    _write(by)


def _let_holds_end() -> None:
    """As if each line had been written when its period ended."""
    calendar, today = organisation().calendar, organisation().today()
    with atomic():
        for entry in LedgerEntry.select(LedgerEntry.id, LedgerEntry.period):
            due = calendar.end(Period.from_key(entry.period)) + timedelta(days=40)
            LedgerState.update(due=min(due, today)).where(LedgerState.entry == entry.id).execute()


def _pay(by: Viewer) -> None:
    """The lines of all but the last two quarters are paid, those of the one before wait."""
    calendar, today = organisation().calendar, organisation().today()
    quarter = calendar.containing(today, Kind.QUARTER)
    for back, paid in ((3, True), (2, False)):
        until = calendar.end(calendar.shift(quarter, -back))
        ids = [
            entry.id
            for entry in LedgerEntry.select(LedgerEntry.id, LedgerEntry.period)
            .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
            .where(LedgerState.state == "approvable")
            if calendar.end(Period.from_key(entry.period)) <= until
        ]
        if not ids:
            continue
        decisions.approve(ids, by=by)
        for currency in payouts.currencies(by):
            chosen = {one.partner: "" for one in payouts.candidates(currency, by) if one.net.payout}
            if chosen:
                made = payouts.create(currency, chosen, by=by)
                if paid:
                    _settle(made, by)


def _settle(payout_id: int, by: Viewer) -> None:
    today = organisation().today()
    paying.approve(payout_id, 1, by=by, reason=_("Nobody else administers this sample."))
    paying.hand_over(payout_id, 2)
    lines = PayoutLine.select(PayoutLine.id).where(PayoutLine.payout == payout_id)
    ids = [row[0] for row in lines.tuples()]
    reference = f"SEPA-{today:%Y}-{payout_id:04}"
    paying.confirm(payout_id, ids, reference, today - timedelta(days=3), by=by)


def _write(by: Viewer) -> None:
    """A line by hand that waits for somebody."""
    calendar, today = organisation().calendar, organisation().today()
    for one in running():
        partner = (
            Partner.select()
            .where(Partner.status == "active", Partner.currency == one.programme.currency)
            .order_by(Partner.id)
            .first()
        )
        if partner is not None:
            month = calendar.shift(calendar.containing(today, Kind.MONTH), -1)
            reason = _("Our share of the fair, agreed with %(partner)s", partner=partner.name)
            decisions.write(
                one.programme, partner, 150_00, month, reason, once=one.programme.name, by=by
            )
            return
