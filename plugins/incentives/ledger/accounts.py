"""What stands booked: sums over the lines of the ledger, those of merged partners included."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from app.api import Partner
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, PayoutLine
from plugins.incentives.ledger.pay import Account


class Booked(NamedTuple):
    """The account of a reward, a partner and a period, and what its last line was."""

    account: Account
    last: int = 0  # id of the last line, rejected ones included
    rejected: tuple[Any, ...] = ()  # what the last line rested on, where it was rejected
    held: tuple[date, ...] = ()  # when each line that waits is released


NONE = Booked(Account())


def family(partner_ids: Iterable[int]) -> dict[int, int]:
    """These partners and those that were merged into them, each with whom it stands for.

    Lines are never moved: they stay with the partner that they were posted for.
    """
    root = {id_: id_ for id_ in partner_ids}
    fresh = list(root)
    while fresh:
        rows = Partner.select(Partner.id, Partner.merged_into).where(Partner.merged_into.in_(fresh))
        found = [(id_, kept) for id_, kept in rows.tuples() if id_ not in root]
        root |= {id_: root[kept] for id_, kept in found}
        fresh = [id_ for id_, _kept in found]
    return root


def roots(partner_ids: Iterable[int]) -> dict[int, int]:
    """These partners, each with the one that it was merged into at last, or itself."""
    kept = {id_: id_ for id_ in partner_ids}
    while True:
        rows = Partner.select(Partner.id, Partner.merged_into).where(
            Partner.id.in_(list(set(kept.values()))), Partner.merged_into.is_null(False)
        )
        moved = dict(rows.tuples())
        if not moved:
            return kept
        kept = {id_: moved.get(at, at) for id_, at in kept.items()}


def booked(programme_id: int, partner_ids: Sequence[int]) -> dict[tuple[int, str, int], Booked]:
    """What is booked by partner, reward and period of a programme, as of now."""
    root = family(partner_ids)
    rows = (
        LedgerEntry.select(
            LedgerEntry.id,
            LedgerEntry.partner,
            LedgerEntry.reward,
            LedgerEntry.period,
            LedgerEntry.amount,
            LedgerEntry.version,
            LedgerEntry.tier,
            LedgerEntry.sources,
            LedgerEntry.working,
            LedgerState.state,
            LedgerState.due,
            PayoutLine.settled_on,
        )
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .left_outer_join(PayoutLine, on=(LedgerState.line == PayoutLine.id))
        .where(
            LedgerEntry.programme == programme_id,
            LedgerEntry.partner.in_(list(root)),
            LedgerEntry.reward != "",
        )
        .order_by(LedgerEntry.id)
        .tuples()
    )
    found: dict[tuple[int, str, int], Booked] = {}
    for id_, partner, reward, period, *rest in rows:
        key = (root[partner], reward, period)
        found[key] = _with(found.get(key, NONE), id_, *rest)
    return found


def _with(
    before: Booked,
    id_: int,
    amount: int,
    version: int,
    tier: str,
    sources: str,
    working: str,
    state: str,
    due: date | None,
    settled_on: date | None,
) -> Booked:
    account = before.account
    if state == "rejected":
        rested = (version, tier, tuple(json.loads(sources)), json.loads(working).get("due"))
        account = account._replace(entries=account.entries + 1)
        return Booked(account, id_, rested, before.held)
    paid, paid_on = account.paid, account.paid_on
    if state == "paid":
        paid += amount
        paid_on = max(filter(None, (paid_on, settled_on)), default=None)
    held = (*before.held, due) if state == "pending" and due else before.held
    return Booked(
        Account(account.booked + amount, paid, paid_on, account.entries + 1), id_, (), held
    )
