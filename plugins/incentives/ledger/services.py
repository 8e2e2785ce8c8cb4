"""Accruing: the ledger follows what is due by approved figures, in deltas alone."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from app.api import Partner, atomic, enqueue, now, organisation, revisions, upsert
from plugins.incentives.ledger import accounts, pay, telling
from plugins.incentives.ledger.accounts import Booked
from plugins.incentives.ledger.due import Claim, Standings, claims
from plugins.incentives.ledger.models import LedgerEntry, LedgerState, Unsettled
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
    """The programmes whose ledger follows figures: those that run, and those that have ended.

    An ended one posts nothing for what it never booked, see `owed`.
    """
    rows = Programme.select().where(Programme.status.in_(("running", "ended")))
    return list(rows.order_by(Programme.id))


def owed(
    programme: Programme, found: Iterable[Claim], stand: Mapping[tuple[int, str, int], Booked]
) -> list[Claim]:
    """The claims that the ledger follows.

    What an ended programme has booked is corrected as ever; nothing else is paid by it.
    """
    if programme.status == "running":
        return list(found)
    return [one for one in found if (one.partner, one.reward.key, one.period) in stand]


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
    stand = accounts.booked(programme.id, partner_ids)
    open_ = bool(stand) or programme.status == "running"
    due = claims(programme, partner_ids, standings, today) if open_ else []
    found = owed(programme, due, stand)
    written = 0
    for claim in found:
        written += _settle(
            programme, claim, stand.get((claim.partner, claim.reward.key, claim.period)), today
        )
    _note_unsettled(programme, partner_ids, found)
    return written


def _settle(programme: Programme, claim: Claim, stand: Booked | None, today: date) -> int:
    """Post what is missing between what is due and what is booked; 1 where a line was written."""
    stand = stand or accounts.NONE
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


def _note_unsettled(
    programme: Programme, partner_ids: Sequence[int], found: Sequence[Claim]
) -> None:
    """Keep what cannot be told, with what it waits for, and let go of what can be told now."""
    now_open = {
        (claim.partner, claim.reward.key, claim.period): (claim.reason, claim.about)
        for claim in found
        if claim.amount is None
    }
    rows = Unsettled.select().where(
        Unsettled.programme == programme.id, Unsettled.partner.in_(list(partner_ids))
    )
    before = {(row.partner_id, row.reward, row.period): (row.reason, row.about) for row in rows}
    for partner, reward, period in before.keys() - now_open.keys():
        Unsettled.delete().where(
            Unsettled.programme == programme.id,
            Unsettled.partner == partner,
            Unsettled.reward == reward,
            Unsettled.period == period,
        ).execute()
    at = now()
    upsert(
        Unsettled,
        [
            {
                "programme": programme.id,
                "partner": partner,
                "reward": reward,
                "period": period,
                "reason": why[0],
                "about": why[1][:64],
                "since": at,
            }
            for (partner, reward, period), why in sorted(now_open.items())
            if before.get((partner, reward, period)) != why
        ],
    )


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
