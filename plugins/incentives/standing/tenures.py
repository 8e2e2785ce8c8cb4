"""Which tiers partners hold, held on a day, reached and lost."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from peewee import JOIN, fn

from app.api import Partner, Viewer, kept, organisation, own_partners, readable
from plugins.incentives.standing.models import Enrolment, Tenure


def tiers_on(programme_id: int, partner_ids: Collection[int], day: date) -> dict[int, str]:
    """The tier that each partner held on a day; whoever held none is missing."""
    return {
        partner_id: tier
        for partner_id, (tier, _start) in tenures_on(partner_ids, day, programme_id).items()
        if tier
    }


def tenures_on(
    partner_ids: Collection[int], day: date, programme_id: int | None = None
) -> dict[int, tuple[str, date]]:
    """Each partner's tier on a day and from when on it is held; "" for none.

    Of several programmes, the one that was joined first.
    """
    query = (
        Tenure.select(Enrolment.partner, Enrolment.id, Tenure.tier, Tenure.start)
        .join(Enrolment, on=(Enrolment.id == Tenure.enrolment))
        .where(Enrolment.partner.in_(list(partner_ids)), Tenure.start <= day)
        .order_by(Enrolment.id.desc(), Tenure.start, Tenure.id)
    )
    if programme_id is not None:
        query = query.where(Enrolment.programme == programme_id)
    return {partner_id: (tier, start) for partner_id, _id, tier, start in query.tuples()}


def held_since(enrolment_ids: Collection[int]) -> dict[int, date]:
    """Since when each place has the tier that counts there, by hand or not, or none."""
    rows = Tenure.select(Tenure.enrolment, fn.MAX(Tenure.start)).where(
        Tenure.enrolment.in_(list(enrolment_ids))
    )
    return dict(rows.group_by(Tenure.enrolment).tuples())


def taken_over(partner_id: int) -> list[tuple[Tenure, int]]:
    """The tiers that a partner held when decisions began to be kept, each with its programme."""
    rows = (
        Tenure.select(Tenure, Enrolment.programme)
        .join(Enrolment, on=(Enrolment.id == Tenure.enrolment), attr="place")
        .where(Enrolment.partner == partner_id, Tenure.evaluation.is_null())
        .order_by(Tenure.start.desc(), Tenure.id.desc())
    )
    return [(row, row.place.programme_id) for row in rows]


class Move(NamedTuple):
    """A partner that changed tier, for lists of who moved."""

    partner_id: int
    partner_name: str
    programme_id: int
    tier: str
    reason: str
    start: date


def moves(viewer: Viewer, since: date, limit: int) -> list[Move]:
    """Who reached or lost a tier since a day, the latest first."""
    return [Move(*row) for row in _moves(viewer, organisation().today(), since, limit, falls=False)]


def falls(viewer: Viewer, since: date, limit: int) -> list[Move]:
    """The own partners that were demoted since a day, the latest first."""
    return [Move(*row) for row in _moves(viewer, organisation().today(), since, limit, falls=True)]


@kept
def _moves(viewer: Viewer, today: Any, since: Any, limit: Any, *, falls: bool) -> Any:
    if falls:
        which = (Tenure.reason == "demoted") & own_partners(viewer, today)
    else:
        which = (Tenure.reason != "enrolled") & readable(viewer)
    return (
        Tenure.select(
            Partner.id, Partner.name, Enrolment.programme, Tenure.tier, Tenure.reason, Tenure.start
        )
        # In this order: SQLite else begins with every partner that somebody owns.
        .join(Enrolment, JOIN.CROSS)
        .join(Partner, JOIN.CROSS)
        .where(
            Tenure.start >= since,
            Enrolment.id == Tenure.enrolment,
            Enrolment.partner == Partner.id,
            which,
        )
        .order_by(Tenure.start.desc(), Tenure.id.desc())
        .limit(limit)
        .tuples()
    )


def held_by(partner_ids: Collection[int]) -> list[tuple[int, int, str]]:
    """Partner, programme and tier of these partners' places; one query."""
    return _held(list(partner_ids))


@kept
def _held(partner_ids: Any) -> Any:
    rows = Enrolment.select(Enrolment.partner, Enrolment.programme, Enrolment.held).where(
        Enrolment.partner.in_(partner_ids), Enrolment.held != ""
    )
    return rows.order_by(Enrolment.id).tuples()
