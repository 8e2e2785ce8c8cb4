"""Writing lines: the only place where the ledger grows."""

from datetime import date
from typing import Any, NamedTuple

from app.api import add_to_chain, lock, now
from plugins.incentives.ledger.models import LedgerEntry, LedgerState


class Line(NamedTuple):
    """A line to be written, with what it rests on."""

    programme: int
    partner: int
    kind: str
    amount: int
    currency: str
    key: str  # only one line ever has it
    period: int | None = None
    reward: str = ""
    version: int | None = None
    tier: str = ""
    sources: str = "[]"
    working: str = "{}"
    reverses: int | None = None
    author: int | None = None


def hold(programme_id: int, partner_id: int) -> None:
    """Let nobody else write to an account until the transaction ends."""
    lock(f"incentives.ledger:{programme_id}:{partner_id}")


def post(
    line: Line,
    *,
    state: str,
    due: date | None = None,
    text: str = "",
    payout_line: int | None = None,
) -> int:
    """Add a line to its account's chain, with where it stands; inside the caller's transaction."""
    values: dict[str, Any] = {
        "programme_id": line.programme,
        "partner_id": line.partner,
        "kind": str(line.kind),
        "amount": line.amount,
        "currency": line.currency,
        "period": line.period,
        "reward": line.reward,
        "version_id": line.version,
        "tier": line.tier,
        "sources": line.sources,
        "working": line.working,
        "reverses_id": line.reverses,
        "idempotency_key": line.key,
        "author": line.author,
        "at": now(),
    }
    entry = add_to_chain(LedgerEntry, f"{line.programme}-{line.partner}", values)
    LedgerState.insert(entry=entry, state=state, due=due, text=text, line=payout_line).execute()
    return entry
