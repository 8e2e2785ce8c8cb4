"""What the ledger holds on people: whose acts its lines are, and the reasons that they wrote.

Chain rows hold numbers of accounts and stay; reasons lie beside them and can be erased.
"""

from collections.abc import Sequence
from typing import Any

from app.api import PersonalRows, Subject, erase_names, translations
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine

_ = translations("incentives").gettext

_TEXTS = (
    *(LedgerState.text, LedgerState.decision),
    Payout.approval,
    *(PayoutLine.reason, PayoutLine.override),
)


def held(subject: Subject) -> Sequence[PersonalRows]:
    """The lines that somebody wrote or decided on, and the payouts that somebody made."""
    if subject.user_id is None:
        return []
    written = (
        LedgerEntry.select(LedgerEntry.id, LedgerEntry.at, LedgerState.text)
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .where(LedgerEntry.author == subject.user_id)
        .order_by(LedgerEntry.id)
        .tuples()
    )
    decided = (
        LedgerState.select(LedgerState.entry, LedgerState.decided_at, LedgerState.decision)
        .where(LedgerState.decided_by == subject.user_id)
        .order_by(LedgerState.entry)
        .tuples()
    )
    made = (
        Payout.select(Payout.id, Payout.created_at, Payout.approval)
        .where((Payout.created_by == subject.user_id) | (Payout.approved_by == subject.user_id))
        .order_by(Payout.id)
        .tuples()
    )
    return [
        PersonalRows(_("Ledger lines written"), _rows(written)),
        PersonalRows(_("Ledger lines decided on"), _rows(decided)),
        PersonalRows(_("Payouts made or approved"), _rows(made)),
    ]


def _rows(rows: Any) -> list[dict[str, Any]]:
    return [
        {"id": id_, "at": at.isoformat() if at else None, "text": text} for id_, at, text in rows
    ]


def erase(subject: Subject) -> None:
    """Where reasons name the person, the alias takes that place; numbers in the chain stay."""
    erase_names(subject, _TEXTS)
