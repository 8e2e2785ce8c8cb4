"""Accruing: the ledger follows what is due by approved figures, in deltas alone."""

import json
from collections.abc import Iterable, Sequence
from datetime import date

from app.api import KpiFigure, Partner, atomic, enqueue, organisation, revisions
from plugins.incentives.ledger import accounts, pay, telling, unsettled
from plugins.incentives.ledger.accounts import Booked
from plugins.incentives.ledger.due import Claim, Standings, claims
from plugins.incentives.ledger.models import LedgerEntry, LedgerState
from plugins.incentives.ledger.posting import Line, hold, post
from plugins.incentives.ledger.standings import CURRENT
from plugins.incentives.programmes.models import Programme

JOB = "incentives.accrue"
AT_ONCE = 50  # partners whose accounts are held in one transaction


def accrue(partner_ids: Iterable[int] | None = None, standings: Standings = CURRENT) -> int:
    """Bring the ledger to what these partners, or all, are due; returns how many lines it took.

    Idempotent: what is booked already is not booked again, and a delta that was rejected not
    before something changes that it rests on.
    """
    if partner_ids is None:
        partner_ids = [row[0] for row in Partner.select(Partner.id).tuples()]
    ids = sorted(set(partner_ids))
    today = organisation().today()
    written = 0
    for programme in programmes():
        for at in range(0, len(ids), AT_ONCE):
            with atomic():
                written += _accrue(programme, ids[at : at + AT_ONCE], standings, today)
    return written


def programmes() -> list[Programme]:
    """The programmes whose ledger follows figures: those that run, and those that have ended."""
    rows = Programme.select().where(Programme.status.in_(("running", "ended")))
    return list(rows.order_by(Programme.id))


def owed(
    programme: Programme,
    partner_ids: Sequence[int],
    standings: Standings,
    today: date,
    proposed: Sequence[KpiFigure] = (),
) -> list[tuple[Claim, Booked]]:
    """The claims that the ledger follows, each with what is booked.

    One that opens nothing is followed where something is booked or was waited for already; one
    that only a merge made due is not.
    """
    stand = accounts.booked(programme.id, partner_ids)
    noted = unsettled.noted(programme.id, partner_ids)
    found = []
    for claim in claims(programme, partner_ids, standings, today, proposed):
        note = noted.get(claim.place)
        if note != unsettled.MERGED and (claim.opens or note or claim.place in stand):
            found.append((claim, stand.get(claim.place, accounts.NONE)))
    return found


def accrue_all(after: int = 0, partner_ids: Sequence[int] = ()) -> None:
    """The nightly job: some partners now, the others by jobs that follow it.

    A job is one transaction, which must not hold the database for long.
    """
    if partner_ids:
        accrue(partner_ids)
        return
    rows = Partner.select(Partner.id).where(Partner.id > after).order_by(Partner.id)
    ids = [row[0] for row in rows.limit(AT_ONCE).tuples()]
    accrue(ids)
    if len(ids) == AT_ONCE:
        enqueue(JOB, {"after": ids[-1]}, plugin="incentives")


def accrue_later(partner_ids: Iterable[int]) -> None:
    """Bring these partners' ledger up to date: few at once, many by jobs."""
    ids = sorted(set(partner_ids))
    accrue(ids[:AT_ONCE])
    for at in range(AT_ONCE, len(ids), AT_ONCE):
        enqueue(JOB, {"partner_ids": ids[at : at + AT_ONCE]}, plugin="incentives")


def accrue_after(value_ids: Iterable[int]) -> None:
    """Bring to the ledger what these approved figures change."""
    accrue_later({row.partner_id for row in revisions(value_ids)})


def _accrue(
    programme: Programme, partner_ids: Sequence[int], standings: Standings, today: date
) -> int:
    for id_ in partner_ids:
        hold(programme.id, id_)  # before anything is read: two at once must not both see nothing
    found = owed(programme, partner_ids, standings, today)
    written = sum(_settle(programme, claim, stand, today) for claim, stand in found)
    unsettled.note(programme.id, partner_ids, [claim for claim, _stand in found])
    return written


def _settle(programme: Programme, claim: Claim, stand: Booked, today: date) -> int:
    """Post what is missing between what is due and what is booked; 1 where a line was written."""
    posting = delta(claim, stand, today)
    if posting is None or claim.amount is None:
        return 0
    reward, due = claim.reward, claim.amount.minor
    released = pay.released_on(today, reward.hold_days, posting.minor, stand.held)
    working = {
        "base": None if claim.base is None else str(claim.base),
        "carried": str(claim.carried),
        "due": due,
        "booked": stand.account.booked,
    }
    key = pay.entry_key(programme.id, reward.key, claim.partner, claim.period, stand.last, due)
    post(
        Line(
            programme.id,
            claim.partner,
            posting.kind,
            posting.minor,
            programme.currency,
            key,
            claim.period,
            reward.key,
            claim.version,
            claim.tier,
            json.dumps(list(claim.sources), separators=(",", ":")),
            json.dumps(working, sort_keys=True, separators=(",", ":")),
        ),
        state="pending" if released > today else "approvable",
        due=released,
    )
    return 1


def delta(claim: Claim, stand: Booked, today: date) -> pay.Posting | None:
    """The line that a claim would post now; None where nothing is known or missing."""
    if claim.amount is None:
        return None
    rests_on = (claim.version, claim.tier, claim.sources, claim.amount.minor)
    if stand.rejected == rests_on:
        return None  # it was rejected, and nothing has changed since
    return pay.posting(
        claim.amount.minor,
        stand.account,
        today=today,
        clawback_days=claim.reward.clawback_days,
    )


def follow_merge(kept: int, gone: int, standings: Standings = CURRENT) -> None:
    """Bring the ledger to what two partners are due that are one now.

    Lines stay where they are and count for the kept one, which also waits for what the other
    waited for. What was due to neither before, and is now by the figures of the one at the tier of
    the other, is not booked.
    """
    today = organisation().today()
    with atomic():
        unsettled.move(kept, gone)
        for programme in programmes():
            found = owed(programme, [kept], standings, today)
            made = [claim for claim, stand in found if not stand.last and claim.amount]
            unsettled.close(programme.id, made)
    accrue([kept], standings)


def release() -> None:
    """Let lines whose hold is over be decided on, and tell those who decide."""
    today = organisation().today()
    with atomic():
        waiting = (
            LedgerEntry.select(LedgerEntry.id, LedgerEntry.partner)
            .join(LedgerState, on=(LedgerState.entry == LedgerEntry.id))
            .where(LedgerState.state == "pending", LedgerState.due <= today)
            .tuples()
        )
        found = dict(waiting)
        ids = sorted(found)
        for at in range(0, len(ids), 500):
            LedgerState.update(state="approvable").where(
                LedgerState.entry.in_(ids[at : at + 500]), LedgerState.state == "pending"
            ).execute()
        telling.approvals_needed(today)
