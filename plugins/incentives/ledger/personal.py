"""What the ledger holds on people: whose acts its lines are, and the reasons that they wrote.

Chain rows hold numbers of accounts and stay; reasons lie beside them and can be erased.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.api import PersonalRows, Subject, translations
from plugins.incentives.ledger import accounts, words
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine

_ = translations("incentives").gettext

# Where somebody's number stands beside what they wrote: table, number, text.
_TEXTS: tuple[tuple[Any, Any], ...] = (
    (LedgerState, LedgerState.text),
    (LedgerState, LedgerState.decision),
    (Payout, Payout.approval),
    (PayoutLine, PayoutLine.reason),
    (PayoutLine, PayoutLine.override),
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
    names = sorted({*subject.names, *subject.emails}, key=len, reverse=True)
    if not names:
        return
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)", re.IGNORECASE
    )
    for table, column in _TEXTS:
        key = table._meta.primary_key
        for id_, text in table.select(key, column).where(column != "").tuples():
            cleaned = pattern.sub(subject.alias, text)[:500]
            if cleaned != text:
                table.update({column: cleaned}).where(key == id_).execute()


def export(partner_id: int) -> list[Mapping[str, Any]]:
    """A partner's lines, for whoever takes the partnership away."""
    rows = (
        LedgerEntry.select(LedgerEntry, LedgerState)
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .where(LedgerEntry.partner.in_(list(accounts.family([partner_id]))))
        .order_by(LedgerEntry.id)
    )
    return [
        {
            "kind": row.kind,
            "amount": str(words.exact(row.amount, row.currency)),
            "currency": row.currency,
            "period": row.period,
            "reward": row.reward,
            "tier": row.tier,
            "at": row.at.isoformat(),
            "state": row.ledgerstate.state,
            "hash": row.hash,
        }
        for row in rows
    ]
