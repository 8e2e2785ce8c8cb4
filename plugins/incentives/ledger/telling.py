"""Who hears about money: approvers that lines wait, contacts that a payment was made."""

from datetime import date
from functools import partial

from app.api import NotificationEvent, Partner, notify, people, site_path, translations
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine
from plugins.incentives.ledger.words import money

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

APPROVAL = "incentives.approval_needed"
PAYOUT = "incentives.payout_waiting"
PAID = "incentives.payout_paid"


def events() -> list[NotificationEvent]:
    """What people may be told of about money."""
    return [
        NotificationEvent(APPROVAL, lazy_gettext("Ledger lines wait for approval"), "daily"),
        NotificationEvent(PAYOUT, lazy_gettext("A payout waits for approval"), roles=("admin",)),
        NotificationEvent(PAID, lazy_gettext("A payment was made"), roles=("contact",)),
    ]


def approvals_needed(today: date) -> None:
    """Tell those who approve a partner's money that lines wait, once a day and partner."""
    rows = (
        LedgerEntry.select(LedgerEntry.partner, Partner.name)
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .join(Partner, on=(LedgerEntry.partner == Partner.id))
        .where(LedgerState.state == "approvable", LedgerState.due == today)
        .distinct()
        .tuples()
    )
    for partner_id, name in rows:
        notify(
            APPROVAL,
            people(f"team:{partner_id}") or people("role:admin"),
            title=partial(_approval_title, name),
            url=site_path("incentives.ledger", partner=partner_id, state="approvable"),
            ref=f"partner:{partner_id}",
            key=f"incentives.approval:{partner_id}:{today.isoformat()}",
        )


def payout_waits(payout: Payout, by: int) -> None:
    """Tell administrators that a payout waits for approval."""
    notify(
        PAYOUT,
        people("role:admin"),
        title=partial(_payout_title, payout.id, payout.currency),
        url=site_path("incentives.payout", payout_id=payout.id),
        ref=f"incentives_payout:{payout.id}",
        key=f"incentives.payout:{payout.id}",
        by=by,
    )


def paid(line: PayoutLine, currency: str) -> None:
    """Tell a partner's contacts that a payment was made."""
    notify(
        PAID,
        people(f"contacts:{line.partner_id}"),
        title=partial(_paid_title, line.amount, currency),
        text=partial(_paid_text, line.reference),
        url=site_path("incentives_portal.own_statement"),
        ref=f"incentives_payout_line:{line.id}",
        key=f"incentives.paid:{line.id}",
    )


def _approval_title(partner: str) -> str:
    return _("Rewards of %(partner)s wait for approval", partner=partner)


def _payout_title(number: int, currency: str) -> str:
    return _(
        "Payout %(number)s in %(currency)s waits for approval", number=number, currency=currency
    )


def _paid_title(amount: int, currency: str) -> str:
    return _("A payment of %(amount)s was made to you", amount=money(amount, currency))


def _paid_text(reference: str) -> str:
    return _("Its reference is %(reference)s.", reference=reference)
