"""What people decide about lines: approve, reject, write one by hand, take one back."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from app.api import (
    AuditRef,
    Change,
    Partner,
    Period,
    Viewer,
    atomic,
    audit,
    currency_exponent,
    name_history,
    now,
    once_key,
    organisation,
    own_partners,
    people,
    settings,
    translations,
)
from plugins.incentives.ledger import accounts, four_eyes, pay
from plugins.incentives.ledger.models import LedgerEntry, LedgerState
from plugins.incentives.ledger.pay import Kind
from plugins.incentives.ledger.posting import Line, hold, post
from plugins.incentives.ledger.refusals import LedgerRefusal
from plugins.incentives.programmes.models import Programme

lazy_gettext = translations("incentives").lazy_gettext

LIMIT = 10**15  # minor units: what one line may come to
MOST_AT_ONCE = 500
MOST_CHOICES = 2000

name_history(
    {
        "incentives_entry.approved": lazy_gettext("Ledger line approved"),
        "incentives_entry.rejected": lazy_gettext("Ledger line rejected"),
        "incentives_entry.written": lazy_gettext("Ledger line written by hand"),
        "incentives_entry.reversed": lazy_gettext("Ledger line reversed"),
    },
    {"partner": lazy_gettext("Partner")},
)


def ref_of(entry_id: int) -> str:
    """The ref of a line."""
    return f"incentives_entry:{entry_id}"


def mine(by: Viewer) -> Any:
    """The condition on partners whose money somebody may decide on."""
    unmerged = Partner.merged_into.is_null()
    return unmerged if by.role == "admin" else unmerged & own_partners(by)


def mine_of(partner_ids: Iterable[int], by: Viewer) -> set[int]:
    """Those of these partners whose money, or that of who they merged into, somebody decides on."""
    root = accounts.roots(partner_ids)
    own = Partner.select(Partner.id).where(Partner.id.in_(list(set(root.values()))), mine(by))
    allowed = {row[0] for row in own.tuples()}
    return {id_ for id_, kept in root.items() if kept in allowed}


def choices(by: Viewer) -> tuple[list[tuple[int, str]], list[Programme]]:
    """For whom somebody may write a line, by name, and in which programmes."""
    partners = Partner.select(Partner.id, Partner.name).where(mine(by)).order_by(Partner.name)
    programmes = Programme.select().where(Programme.status != "draft")
    return list(partners.limit(MOST_CHOICES).tuples()), list(programmes)


def limit(by: Viewer, currency: str) -> int | None:
    """Up to which amount somebody approves a line, in minor units; None: any."""
    if by.role == "admin":
        return None
    return int(settings("incentives").get("approve_limit") or 0) * 10 ** currency_exponent(currency)


def approve(entry_ids: Collection[int], *, by: Viewer, reason: str = "") -> int:
    """Let lines be paid; all of them, or none where one is refused. Returns how many.

    Raises LedgerRefusal.
    """
    with atomic():
        rows = _waiting(entry_ids, by, "approvable")
        for row in rows:
            most = limit(by, row.currency)
            if most is not None and abs(row.amount) > most:
                raise LedgerRefusal("Some of these are above what you approve: choose others.")
        for row in rows:
            others = approvers(row.partner_id) - {by.user_id}
            seen_by_two = four_eyes.check(row.author, by.user_id, others, reason)
            _decide(row, "payable", by, "" if seen_by_two else reason, seen_by_two)
    return len(rows)


def reject(entry_ids: Collection[int], reason: str, *, by: Viewer) -> int:
    """Let lines not count, for a reason; all or none. Returns how many. Raises LedgerRefusal."""
    if not reason.strip():
        raise LedgerRefusal("Say why it is rejected.", field="reason")
    with atomic():
        rows = _waiting(entry_ids, by, "approvable", "pending")
        for row in rows:
            _decide(row, "rejected", by, reason, seen_by_two=True)
    return len(rows)


def approvers(partner_id: int) -> set[int]:
    """Everybody who may decide on a partner's money."""
    return people("role:admin") | people(f"team:{partner_id}")


def write(
    programme: Programme,
    partner: Partner,
    amount: int,
    period: Period,
    reason: str,
    *,
    once: str,
    by: Viewer,
) -> int:
    """Write a line by hand, in minor units of the programme's currency; returns its id.

    `once` names the form: sent twice, it writes once. Raises LedgerRefusal.
    """
    if not amount or abs(amount) > LIMIT:
        raise LedgerRefusal("Give an amount that is not zero.", field="amount")
    if partner.currency != programme.currency:
        raise LedgerRefusal(
            "%(partner)s is kept in %(mine)s and the programme pays in %(theirs)s: amounts are"
            " never converted.",
            field="programme",
            partner=partner.name,
            mine=partner.currency,
            theirs=programme.currency,
        )
    key = once_key("manual", by, once)
    with atomic():
        hold(programme.id, partner.id)
        known = LedgerEntry.select(LedgerEntry.id).where(LedgerEntry.idempotency_key == key)
        if found := known.tuples().first():
            return int(found[0])
        line = Line(
            programme.id,
            partner.id,
            Kind.MANUAL,
            amount,
            programme.currency,
            key,
            period.key,
            author=by.user_id,
        )
        entry = post(
            line, state="approvable", due=organisation().today(), text=reason.strip()[:500]
        )
        _note("written", entry, partner.id, reason)
    return entry


def reverse(entry_id: int, reason: str, *, by: Viewer) -> int:
    """Take a line back by one that mirrors it; returns that one's id. Raises LedgerRefusal.

    It is no part of what a reward's rule has booked, so that the rule does not post it again.
    """
    if not reason.strip():
        raise LedgerRefusal("Say why it is taken back.", field="reason")
    with atomic():
        entry = LedgerEntry.get_by_id(entry_id)
        hold(entry.programme_id, entry.partner_id)
        state = LedgerState.get_by_id(entry_id).state
        if entry.kind in (Kind.PAYOUT, Kind.REVERSAL):
            raise LedgerRefusal("Payments and reversals are not reversed: write a line by hand.")
        if state in ("pending", "approvable", "rejected"):
            raise LedgerRefusal("It does not count yet: reject it instead.")
        earlier = (
            LedgerEntry.select(LedgerEntry.id, LedgerState.state)
            .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
            .where(LedgerEntry.reverses == entry_id)
            .tuples()
        )
        taken = list(earlier)
        if any(state != "rejected" for _id, state in taken):
            raise LedgerRefusal("It has been reversed already.")
        line = Line(
            entry.programme_id,
            entry.partner_id,
            Kind.REVERSAL,
            -entry.amount,
            entry.currency,
            pay.once("reversal", entry_id, len(taken)),
            entry.period,
            reverses=entry_id,
            author=by.user_id,
        )
        mirrored = post(
            line, state="approvable", due=organisation().today(), text=reason.strip()[:500]
        )
        _note("reversed", mirrored, entry.partner_id, reason)
    return mirrored


def _waiting(entry_ids: Collection[int], by: Viewer, *states: str) -> Sequence[Any]:
    """The lines to be decided on, locked; refused where one is not there, or not in this state."""
    ids = sorted(set(entry_ids))
    if not ids or len(ids) > MOST_AT_ONCE:
        raise LedgerRefusal("Choose between one line and %(most)s.", most=MOST_AT_ONCE)
    rows = list(
        LedgerEntry.select(
            LedgerEntry.id,
            LedgerEntry.programme,
            LedgerEntry.partner,
            LedgerEntry.amount,
            LedgerEntry.currency,
            LedgerEntry.author,
        ).where(LedgerEntry.id.in_(ids))
    )
    own = mine_of((row.partner_id for row in rows), by)
    rows = [row for row in rows if row.partner_id in own]
    for programme, partner in sorted({(row.programme_id, row.partner_id) for row in rows}):
        hold(programme, partner)
    now_there = LedgerState.select(LedgerState.entry, LedgerState.state).where(
        LedgerState.entry.in_(ids)
    )
    standing = dict(now_there.tuples())
    if len(rows) < len(ids) or any(standing[row.id] not in states for row in rows):
        raise LedgerRefusal("Some of these have been decided meanwhile: look again.")
    return rows


def _decide(row: Any, state: str, by: Viewer, reason: str, seen_by_two: bool) -> None:
    LedgerState.update(
        state=state,
        decided_by=by.user_id,
        decided_at=now(),
        decision=reason.strip()[:500],
        four_eyes=seen_by_two,
    ).where(LedgerState.entry == row.id).execute()
    _note("approved" if state == "payable" else "rejected", row.id, row.partner_id, reason)


def _note(action: str, entry_id: int, partner_id: int, reason: str) -> None:
    changes = [Change("partner", None, AuditRef(f"partner:{partner_id}"))]
    if reason.strip():
        changes.append(Change("reason", None, reason.strip()))
    audit(f"incentives_entry.{action}", ref_of(entry_id), changes=changes)
