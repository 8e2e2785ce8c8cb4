"""Rewards of periods that are not booked: what each waits for, or why it never will be."""

from collections.abc import Sequence

from app.api import now, upsert
from plugins.incentives.ledger.due import Claim
from plugins.incentives.ledger.models import Unsettled

Place = tuple[int, str, int]  # partner, reward, period
Why = tuple[str, str]  # reason, about
MERGED: Why = ("merge", "")  # only a merge made it due: nobody waits for it


def noted(programme: int, partner_ids: Sequence[int]) -> dict[Place, Why]:
    """What was not booked of these partners when it was last looked at, and why."""
    rows = Unsettled.select().where(
        Unsettled.programme == programme, Unsettled.partner.in_(list(partner_ids))
    )
    return {(row.partner_id, row.reward, row.period): (row.reason, row.about) for row in rows}


def note(programme: int, partner_ids: Sequence[int], found: Sequence[Claim]) -> None:
    """Keep what cannot be told, with what it waits for, and let go of what can be told now."""
    waiting = {one.place: (one.reason, one.about[:64]) for one in found if one.amount is None}
    before = noted(programme, partner_ids)
    for place, why in before.items():
        if place not in waiting and why != MERGED:
            _forget(programme, *place)
    _keep(programme, {place: why for place, why in waiting.items() if before.get(place) != why})


def close(programme: int, made: Sequence[Claim]) -> None:
    """Never book what only a merge made due, but nothing at all."""
    _keep(programme, {one.place: MERGED for one in made if one.amount and one.amount.minor})


def move(kept: int, gone: int) -> None:
    """Let one partner wait for what another did that was merged into it."""
    mine = Unsettled.select(Unsettled.programme, Unsettled.reward, Unsettled.period)
    for programme, reward, period in mine.where(Unsettled.partner == kept).tuples():
        _forget(programme, gone, reward, period)
    Unsettled.update(partner=kept).where(Unsettled.partner == gone).execute()


def _keep(programme: int, notes: dict[Place, Why]) -> None:
    at = now()
    upsert(
        Unsettled,
        [
            {
                "programme": programme,
                "partner": partner,
                "reward": reward,
                "period": period,
                "reason": reason,
                "about": about,
                "since": at,
            }
            for (partner, reward, period), (reason, about) in sorted(notes.items())
        ],
    )


def _forget(programme: int, partner: int, reward: str, period: int) -> None:
    Unsettled.delete().where(
        Unsettled.programme == programme,
        Unsettled.partner == partner,
        Unsettled.reward == reward,
        Unsettled.period == period,
    ).execute()
