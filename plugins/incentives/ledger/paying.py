"""What becomes of a payout: approved, handed over, confirmed line by line, or failed."""

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from app.api import Change, Viewer, atomic, audit, now, organisation, people
from plugins.incentives.ledger import four_eyes, telling
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Payout, PayoutLine
from plugins.incentives.ledger.pay import Kind, once
from plugins.incentives.ledger.payouts import (
    check_override,
    give_back,
    objecting,
    ref_of,
    take,
    unanswered,
    written,
)
from plugins.incentives.ledger.posting import Line, hold, post
from plugins.incentives.ledger.refusals import LedgerRefusal, StalePayout


def approve(payout_id: int, version: int, *, by: Viewer, reason: str = "") -> None:
    """Let a draft be handed over; whoever made it needs four eyes or a reason.

    Objections are asked for once more: those that came since stop it. Raises LedgerRefusal.
    """
    with atomic():
        payout = _held(payout_id, "draft", version)
        lines = _lines(payout)
        if not lines:
            raise LedgerRefusal("Nobody is left in it: discard it.")
        for line in lines:
            if unanswered(objecting(line.partner_id, _periods(line)), json.loads(line.objections)):
                raise LedgerRefusal(
                    "There is a new objection to paying %(partner)s: leave this partner out, or"
                    " say why it is paid all the same.",
                    partner=line.partner.name,
                )
        others = people("role:admin") - {by.user_id}
        seen_by_two = four_eyes.check(payout.created_by, by.user_id, others, reason)
        _move(
            payout,
            "approved",
            approved_by=by.user_id,
            approved_at=now(),
            four_eyes=seen_by_two,
            approval="" if seen_by_two else reason.strip()[:500],
        )
        _note(payout, "approved", reason)


def override(line_id: int, reason: str, *, by: Viewer) -> None:
    """Keep a partner in a draft in spite of objections, for a reason. Raises LedgerRefusal."""
    with atomic():
        line = _open_line(line_id, "draft")
        check_override(line.partner.name, reason, by)
        PayoutLine.update(
            objections=written(objecting(line.partner_id, _periods(line))),
            override=reason.strip()[:500],
            override_by=by.user_id,
        ).where(PayoutLine.id == line.id).execute()
        _note(line.payout, "overridden", reason, partner=line.partner_id)


def leave_out(line_id: int, reason: str, *, by: Viewer) -> None:
    """Take a partner out of a draft; what it is owed can be paid later. Raises LedgerRefusal."""
    with atomic():
        line = _open_line(line_id, "draft")
        give_back(line)
        _settle(line, "failed", by, reason=reason)
        _note(line.payout, "left_out", reason, partner=line.partner_id)


def discard(payout_id: int, version: int, *, by: Viewer) -> None:
    """Give a draft up; its lines can be paid by another. Raises LedgerRefusal."""
    with atomic():
        payout = _held(payout_id, "draft", version)
        for line in _lines(payout):
            give_back(line)
            _settle(line, "failed", by)
        _move(payout, "discarded")
        _note(payout, "discarded")


def hand_over(payout_id: int, version: int) -> None:
    """Note that an approved payout went to whoever pays. Raises LedgerRefusal."""
    with atomic():
        payout = _held(payout_id, "approved", version)
        _move(payout, "exported", exported_at=now())
        _note(payout, "exported")


def confirm(
    payout_id: int, line_ids: Collection[int], reference: str, paid_on: date, *, by: Viewer
) -> int:
    """Note that lines were paid on a day, with the payment's reference; returns how many.

    Each posts a payment to the accounts of its lines, so that they come to zero. Raises
    LedgerRefusal.
    """
    if not reference.strip():
        raise LedgerRefusal("Give the payment’s reference.", field="reference")
    if paid_on > organisation().today():
        raise LedgerRefusal("This day is still to come.", field="paid_on")
    with atomic():
        payout = _held(payout_id, "exported")
        lines = [line for line in _lines(payout) if line.id in set(line_ids)]
        if not lines or len(lines) < len(set(line_ids)):
            raise LedgerRefusal("Some of these have been settled meanwhile: look again.")
        for line in lines:
            _post_payment(payout, line, by)
            LedgerState.update(state="paid").where(
                LedgerState.line == line, LedgerState.state == "in_payout"
            ).execute()
            _settle(line, "paid", by, reference=reference, on=paid_on)
            line.reference = reference.strip()[:120]
            telling.paid(line, payout.currency)
        _note(payout, "confirmed", lines=[line.id for line in lines])
        _finish(payout)
    return len(lines)


def fail(line_id: int, reason: str, *, by: Viewer) -> int:
    """Note that a payment did not arrive: its lines go into a new draft, whose id is returned.

    Raises LedgerRefusal.
    """
    if not reason.strip():
        raise LedgerRefusal("Say why it failed.", field="reason")
    with atomic():
        line = _open_line(line_id, "exported")
        payout = line.payout
        entries = give_back(line)
        _settle(line, "failed", by, reason=reason)
        draft = Payout.get_or_none(Payout.retries == payout, Payout.state == "draft")
        # Another version, since whoever has the draft open approves what stands there alone; and
        # its lock: once it is approved nothing is added.
        grown = (
            draft is not None
            and Payout.update(version=Payout.version + 1)
            .where(Payout.id == draft.id, Payout.state == "draft")
            .execute()
        )
        if not grown:
            draft = Payout.create(
                currency=payout.currency,
                created_by=by.user_id,
                created_at=now(),
                retries=payout,
            )
            telling.payout_waits(draft, by.user_id)
        again = PayoutLine.create(
            payout=draft,
            partner=line.partner_id,
            amount=line.amount,
            objections=line.objections,
            override=line.override,
            override_by=line.override_by,
        )
        take(entries, again)
        _note(payout, "failed", reason, partner=line.partner_id, draft=draft.id)
        _finish(payout)
    return int(draft.id)


def _post_payment(payout: Payout, line: PayoutLine, by: Viewer) -> None:
    """A line for each account that the payment settles, in what its own lines come to."""
    rows = (
        LedgerEntry.select(LedgerEntry.programme, LedgerEntry.partner, LedgerEntry.amount)
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .where(LedgerState.line == line)
        .tuples()
    )
    sums: dict[tuple[int, int], int] = {}
    for programme, partner, amount in rows:
        sums[programme, partner] = sums.get((programme, partner), 0) + amount
    for (programme, partner), amount in sorted(sums.items()):
        if not amount:
            continue
        hold(programme, partner)
        payment = Line(
            programme,
            partner,
            Kind.PAYOUT,
            -amount,
            payout.currency,
            once("payout", line.id, programme, partner),
            author=by.user_id,
        )
        post(payment, state="paid", payout_line=line.id)


def _held(payout_id: int, state: str, version: int | None = None) -> Payout:
    """A payout in the state that is asked for; others wait until the transaction ends."""
    # An update of its own row is the lock, on both databases.
    Payout.update(version=Payout.version).where(Payout.id == payout_id).execute()
    payout: Payout = Payout.get_by_id(payout_id)
    if payout.state != state or version not in (None, payout.version):
        raise StalePayout("Somebody changed this payout meanwhile: look again.")
    return payout


def _open_line(line_id: int, state: str) -> PayoutLine:
    line: PayoutLine = PayoutLine.get_by_id(line_id)
    payout = _held(line.payout_id, state)
    line = PayoutLine.get_by_id(line_id)
    if line.state != "open":
        raise StalePayout("Somebody changed this payout meanwhile: look again.")
    line.payout = payout
    Payout.update(version=Payout.version + 1).where(Payout.id == payout.id).execute()
    return line


def _lines(payout: Payout) -> list[PayoutLine]:
    """The open lines of a payout."""
    rows = PayoutLine.select().where(PayoutLine.payout == payout, PayoutLine.state == "open")
    return list(rows.order_by(PayoutLine.id))


def _periods(line: PayoutLine) -> set[int]:
    rows = (
        LedgerEntry.select(LedgerEntry.period)
        .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
        .where(LedgerState.line == line, LedgerEntry.period.is_null(False))
        .distinct()
    )
    return {row[0] for row in rows.tuples()}


def _settle(
    line: PayoutLine,
    state: str,
    by: Viewer,
    *,
    reason: str = "",
    reference: str = "",
    on: date | None = None,
) -> None:
    PayoutLine.update(
        state=state,
        reason=reason.strip()[:500],
        reference=reference.strip()[:120],
        settled_on=on or organisation().today(),
        settled_by=by.user_id,
    ).where(PayoutLine.id == line.id).execute()


def _finish(payout: Payout) -> None:
    """A payout without an open line is paid, or failed where nothing of it was."""
    states = PayoutLine.select(PayoutLine.state).where(PayoutLine.payout == payout).distinct()
    found = {row[0] for row in states.tuples()}
    if "open" not in found:
        _move(payout, "paid" if "paid" in found else "failed")


def _move(payout: Payout, state: str, **changes: Any) -> None:
    Payout.update(state=state, version=Payout.version + 1, **changes).where(
        Payout.id == payout.id
    ).execute()


def _note(payout: Payout, action: str, reason: str = "", **detail: Any) -> None:
    changes = [Change("reason", None, reason.strip())] if reason.strip() else []
    audit(f"incentives_payout.{action}", ref_of(payout.id), detail, changes=changes)
