"""Reads of payouts."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import abort
from peewee import Case, fn

from app.api import Partner
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine

PER_PAGE = 50


class PayoutRow(NamedTuple):
    """A payout in a list."""

    id: int
    currency: str
    state: str
    created_by: int | None
    created_at: datetime
    lines: int
    amount: int
    open: int


class PaidLine(NamedTuple):
    """What one partner is paid in a payout."""

    id: int
    partner_id: int
    partner_code: str
    partner_name: str
    amount: int
    state: str
    reference: str
    reason: str
    settled_on: date | None
    objections: list[dict[str, str]]
    override: str
    override_by: int | None
    entries: Sequence[Any] = ()


def payouts(page: int, size: int = PER_PAGE) -> list[PayoutRow]:
    """One page of the payouts, the latest first; lines that were left out do not count."""
    counted = PayoutLine.state != "failed"
    rows = (
        Payout.select(
            Payout.id,
            Payout.currency,
            Payout.state,
            Payout.created_by,
            Payout.created_at,
            fn.COALESCE(fn.SUM(Case(None, [(counted, 1)], 0)), 0),
            fn.COALESCE(fn.SUM(Case(None, [(counted, PayoutLine.amount)], 0)), 0),
            fn.COALESCE(fn.SUM(Case(None, [(PayoutLine.state == "open", 1)], 0)), 0),
        )
        .left_outer_join(PayoutLine, on=(PayoutLine.payout == Payout.id))
        .group_by(Payout.id)
        .order_by(Payout.id.desc())
        .paginate(page, size)
        .tuples()
    )
    return [PayoutRow(*row[:5], *(int(number) for number in row[5:])) for row in rows]


def count() -> int:
    """How many payouts there are."""
    return int(Payout.select().count())


def payout_or_404(payout_id: int) -> Payout:
    """A payout by its id."""
    found: Payout | None = Payout.get_or_none(Payout.id == payout_id)
    if found is None:
        abort(404)
    return found


def line_or_404(line_id: int) -> PayoutLine:
    """A payout's line by its id."""
    found: PayoutLine | None = PayoutLine.get_or_none(PayoutLine.id == line_id)
    if found is None:
        abort(404)
    return found


def lines(payout_id: int) -> list[PaidLine]:
    """The lines of a payout by partner, each with what it is made of."""
    parts: dict[int, list[Any]] = {}
    entries = (
        LedgerEntry.select(
            LedgerState.line,
            LedgerEntry.id,
            LedgerEntry.kind,
            LedgerEntry.amount,
            LedgerEntry.period,
        )
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .join(PayoutLine, on=(LedgerState.line == PayoutLine.id))
        .where(PayoutLine.payout == payout_id, LedgerEntry.kind != "payout")
        .order_by(LedgerEntry.id)
        .tuples()
    )
    for line, *rest in entries:
        parts.setdefault(line, []).append(tuple(rest))
    rows = (
        PayoutLine.select(
            PayoutLine.id,
            Partner.id,
            Partner.code,
            Partner.name,
            PayoutLine.amount,
            PayoutLine.state,
            PayoutLine.reference,
            PayoutLine.reason,
            PayoutLine.settled_on,
            PayoutLine.objections,
            PayoutLine.override,
            PayoutLine.override_by,
        )
        .join(Partner, on=(PayoutLine.partner == Partner.id))
        .where(PayoutLine.payout == payout_id)
        .order_by(fn.LOWER(Partner.name), PayoutLine.id)
        .tuples()
    )
    return [
        PaidLine(*row)._replace(objections=json.loads(row[9]), entries=parts.get(row[0], ()))
        for row in rows
    ]


def payments(entry_ids: Sequence[int]) -> list[tuple[date, str, int, str]]:
    """The payments that settled some lines: day, reference, amount, currency; the latest first."""
    held = LedgerState.select(LedgerState.line).where(
        LedgerState.entry.in_(list(entry_ids)), LedgerState.state == "paid"
    )
    rows = (
        PayoutLine.select(
            PayoutLine.settled_on, PayoutLine.reference, PayoutLine.amount, Payout.currency
        )
        .join(Payout, on=(PayoutLine.payout == Payout.id))
        .where(PayoutLine.id.in_(held), PayoutLine.state == "paid")
        .order_by(PayoutLine.settled_on.desc(), PayoutLine.id.desc())
        .tuples()
    )
    return list(rows)
