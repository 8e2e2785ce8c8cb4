"""A partner's money in the file of its whole partnership: to be kept, never to be booked again."""

from collections.abc import Mapping
from typing import Any

from app.api import Period, organisation
from plugins.incentives.ledger import accounts, words
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, PayoutLine
from plugins.incentives.programmes.models import Programme


def exported(partner_id: int) -> list[Mapping[str, Any]]:
    """Every line of a partner and of those merged into it, with where it stands and its hash."""
    calendar = organisation().calendar
    rows = (
        LedgerEntry.select(LedgerEntry, LedgerState, PayoutLine, Programme.name)
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .left_outer_join(PayoutLine, on=(LedgerState.line == PayoutLine.id), attr="line")
        .switch(LedgerEntry)
        .join(Programme, attr="plan")
        .where(LedgerEntry.partner.in_(list(accounts.family([partner_id]))))
        .order_by(LedgerEntry.id)
    )
    return [
        {
            "line": row.id,
            "programme": row.plan.name,
            "kind": row.kind,
            "amount": str(words.exact(row.amount, row.currency)),
            "currency": row.currency,
            "period": calendar.label(Period.from_key(row.period)) if row.period else None,
            "reward": row.reward,
            "tier": row.tier,
            "takes_back": row.reverses_id,
            "at": row.at.isoformat(),
            "reason": row.ledgerstate.text,
            "state": row.ledgerstate.state,
            **_payment(row.ledgerstate),
            "chain": row.chain,
            "hash": row.hash,
        }
        for row in rows
    ]


def _payment(standing: LedgerState) -> dict[str, str | None]:
    line = standing.line if standing.state == "paid" else None
    paid_on = line.settled_on if line else None
    return {
        "paid_on": paid_on.isoformat() if paid_on else None,
        "reference": line.reference if line else "",
    }
