"""Batching payable lines into payouts; one currency each, one line for each partner.

Money is recorded here and never moved: a payout is handed over to whoever pays, and confirmed.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.api import (
    Objection,
    Partner,
    Period,
    Viewer,
    atomic,
    audit,
    currency_exponent,
    lock,
    name_history,
    now,
    objections,
    organisation,
    settings,
    translations,
)
from plugins.incentives.ledger import accounts, telling
from plugins.incentives.ledger.decisions import mine_of
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine
from plugins.incentives.ledger.pay import Net, net
from plugins.incentives.ledger.refusals import LedgerRefusal

lazy_gettext = translations("incentives").lazy_gettext

HOOK = "incentives_payout_objections"
SHORTEST = 10  # letters of a reason to pay in spite of an objection

name_history(
    {
        "incentives_payout.created": lazy_gettext("Payout made"),
        "incentives_payout.approved": lazy_gettext("Payout approved"),
        "incentives_payout.exported": lazy_gettext("Payout handed over"),
        "incentives_payout.confirmed": lazy_gettext("Payments confirmed"),
        "incentives_payout.failed": lazy_gettext("Payment failed"),
        "incentives_payout.left_out": lazy_gettext("Partner left out of a payout"),
        "incentives_payout.overridden": lazy_gettext("Paid in spite of an objection"),
        "incentives_payout.discarded": lazy_gettext("Payout discarded"),
    }
)


class Candidate(NamedTuple):
    """What one partner would be paid, and what speaks against it."""

    partner: int
    code: str
    name: str
    entries: tuple[int, ...]
    periods: tuple[int, ...]
    net: Net
    objections: tuple[Objection, ...] = ()


def ref_of(payout_id: int) -> str:
    """The ref of a payout."""
    return f"incentives_payout:{payout_id}"


def minimum(currency: str) -> int:
    """The smallest amount that is paid out, in minor units."""
    return int(settings("incentives").get("payout_minimum") or 0) * 10 ** currency_exponent(
        currency
    )


def currencies(by: Viewer) -> list[str]:
    """The currencies in which something of one's partners can be paid."""
    rows = _payable(by).select(LedgerEntry.currency).distinct().order_by(LedgerEntry.currency)
    return [row[0] for row in rows.tuples()]


def candidates(currency: str, by: Viewer) -> list[Candidate]:
    """What can be paid in a currency to one's partners, by name; those who are owed too little too.

    Other plugins are asked for objections to each that would be paid.
    """
    rows = _payable(by).where(LedgerEntry.currency == currency).order_by(LedgerEntry.id).tuples()
    entries: dict[int, list[tuple[int, int, int | None]]] = {}
    found = list(rows)
    root = accounts.roots({partner for _id, partner, _amount, _period in found})
    for id_, partner, amount, period in found:
        entries.setdefault(root[partner], []).append((id_, amount, period))
    names = {
        id_: (code, name)
        for id_, code, name in Partner.select(Partner.id, Partner.code, Partner.name)
        .where(Partner.id.in_(list(entries)))
        .tuples()
    }
    least = minimum(currency)
    listed = [_candidate(id_, names[id_], entries[id_], least) for id_ in entries]
    return sorted(listed, key=lambda one: (one.name.casefold(), one.partner))


def _candidate(
    partner: int,
    name: tuple[str, str],
    entries: Sequence[tuple[int, int, int | None]],
    least: int,
) -> Candidate:
    come_to = net([amount for _id, amount, _period in entries], least)
    periods = tuple(sorted({period for _id, _amount, period in entries if period is not None}))
    against = objecting(partner, periods) if come_to.payout else ()
    ids = tuple(id_ for id_, _amount, _period in entries)
    return Candidate(partner, *name, ids, periods, come_to, against)


def objecting(partner_id: int, periods: Collection[int]) -> tuple[Objection, ...]:
    """What plugins object to paying a partner for these periods, each objection once."""
    calendar = organisation().calendar
    found: dict[Objection, None] = {}
    for key in sorted(periods):
        label = calendar.label(Period.from_key(key))
        found |= dict.fromkeys(objections(HOOK, partner_id=partner_id, period=label))
    return tuple(found)


def _payable(by: Viewer) -> Any:
    """The payable lines of one's partners, those of partners merged into them included."""
    standing = LedgerState.select(LedgerState.entry).where(LedgerState.state == "payable")
    rows = LedgerEntry.select(LedgerEntry.partner).where(LedgerEntry.id.in_(standing)).distinct()
    ids = list(mine_of((row[0] for row in rows.tuples()), by))
    return (
        LedgerEntry.select(
            LedgerEntry.id, LedgerEntry.partner, LedgerEntry.amount, LedgerEntry.period
        )
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .where(LedgerState.state == "payable", LedgerEntry.partner.in_(ids))
    )


def create(currency: str, chosen: Mapping[int, str], *, by: Viewer) -> int:
    """Make a draft payout for partners, each with the reason to pay in spite of objections, or "".

    Everything payable of a partner in the currency goes into its line, what it owes included.
    Raises LedgerRefusal; then nothing is written.
    """
    with atomic():
        lock(f"incentives.payouts:{currency}")
        found = {one.partner: one for one in candidates(currency, by)}
        wanted = [found[id_] for id_ in sorted(chosen) if id_ in found and found[id_].net.payout]
        if not wanted or len(wanted) < len(chosen):
            raise LedgerRefusal("Some of these cannot be paid any more: look again.")
        payout = Payout.create(currency=currency, created_by=by.user_id, created_at=now())
        for one in wanted:
            _add_line(payout, one, chosen[one.partner], by)
        audit("incentives_payout.created", ref_of(payout.id), {"lines": len(wanted)})
        telling.payout_waits(payout, by.user_id)
    return int(payout.id)


def _add_line(payout: Payout, one: Candidate, override: str, by: Viewer) -> None:
    if one.objections:
        check_override(one.name, override, by)
    line = PayoutLine.create(
        payout=payout,
        partner=one.partner,
        amount=one.net.payout,
        objections=written(one.objections),
        override=override.strip()[:500] if one.objections else "",
        override_by=by.user_id if one.objections else None,
    )
    take(one.entries, line)
    if one.objections:
        audit("incentives_payout.overridden", ref_of(payout.id), {"partner": one.partner})


def take(entries: Collection[int], line: PayoutLine) -> None:
    """Put payable lines of the ledger into a payout's line, all of them or none."""
    moved = (
        LedgerState.update(state="in_payout", line=line)
        .where(LedgerState.entry.in_(list(entries)), LedgerState.state == "payable")
        .execute()
    )
    if moved != len(entries):
        raise LedgerRefusal("Some of these cannot be paid any more: look again.")


def give_back(line: PayoutLine) -> list[int]:
    """Let the lines of the ledger in a payout's line be payable again; returns their ids."""
    rows = LedgerState.select(LedgerState.entry).where(LedgerState.line == line)
    ids = [row[0] for row in rows.tuples()]
    LedgerState.update(state="payable", line=None).where(LedgerState.line == line).execute()
    return ids


def check_override(partner: str, reason: str, by: Viewer) -> None:
    """Refuse to pay in spite of an objection, but for an administrator who says why."""
    if by.role != "admin":
        raise LedgerRefusal(
            "There is an objection to paying %(partner)s: an administrator decides.",
            partner=partner,
        )
    if len(reason.strip()) < SHORTEST:
        raise LedgerRefusal(
            "Say in at least %(letters)s letters why %(partner)s is paid all the same.",
            letters=SHORTEST,
            partner=partner,
        )


def written(found: Collection[Objection]) -> str:
    """Objections as they are kept: each reason with its source."""
    rows = [{"reason": one.reason[:500], "source": one.source, "ref": one.ref} for one in found]
    return json.dumps(rows, ensure_ascii=False, sort_keys=True)


def unanswered(
    found: Iterable[Objection], kept: Iterable[Mapping[str, str]]
) -> tuple[Objection, ...]:
    """The objections that are not among those that were kept.

    What stands behind it tells, not its words: those are in the language of whoever asked. One
    that names nothing is told by its words alone.
    """
    known = {row["ref"] or row["reason"] for row in kept}
    return tuple(one for one in found if (one.ref or one.reason[:500]) not in known)
