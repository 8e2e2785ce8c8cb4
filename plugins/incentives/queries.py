"""Reads about standings; what lists partners takes the viewer and keeps to what they may see."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from operator import gt, ne
from typing import Any, NamedTuple

from peewee import SQL, Case, fn

from app.api import (
    Kind,
    Partner,
    Period,
    Viewer,
    organisation,
    own_partners,
    readable,
    settings,
    translations,
)
from plugins.incentives.models import Standing
from plugins.incentives.rules import MILLION, Tier

_ = translations("incentives").gettext

PER_PAGE = 50
UNDETERMINED, NO_TIER = -1, 0  # beside the tiers' ranks, which begin at 1


class Figures(NamedTuple):
    """What a standing is computed from; shares in millionths."""

    score: int
    coverage: int
    grey: int
    decides: bool


class Row(NamedTuple):
    """A partner's standing in a list."""

    partner_id: int
    partner_code: str
    partner_name: str
    score: int
    coverage: int
    grey: int
    decides: bool


class Step(NamedTuple):
    """A partner who climbed or fell between two periods; the ranks are 0 without a tier."""

    partner_id: int
    partner_name: str
    before: int
    now: int


def ladder() -> tuple[Tier, ...]:
    """The tiers from the lowest to the highest, as the settings stand now."""
    percent = settings("incentives")
    names = {"member": _("Member"), "silver": _("Silver"), "gold": _("Gold")}
    return tuple(
        Tier(rank, key, name, percent[key] * MILLION // 100)
        for rank, (key, name) in enumerate(names.items(), start=1)
    )


def standing(viewer: Viewer, partner_id: int | None, period: Period | None) -> Standing | None:
    """One partner's standing, if the viewer may see that partner and there is one."""
    if period is None:
        return None
    found: Standing | None = (
        Standing.select()
        .join(Partner)
        .where(Standing.period == period.key, Partner.id == partner_id, readable(viewer))
        .first()
    )
    return found


def standings(partner_ids: Collection[int], period: Period) -> dict[int, Standing]:
    """The standings of partners whom the viewer sees already, by partner id; one query."""
    rows = Standing.select().where(
        Standing.period == period.key, Standing.partner.in_(list(partner_ids))
    )
    return {row.partner_id: row for row in rows}


def known(viewer: Viewer, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Of these standings, by partner id and period key, those that the viewer may see, with the
    partner's name; one query."""
    rows = (
        Standing.select(Partner.id, Standing.period, Partner.name)
        .join(Partner)
        .where(
            Partner.id.in_([key[0] for key in keys]),
            Standing.period.in_([key[1] for key in keys]),
            readable(viewer),
        )
        .tuples()
    )
    found = {(row[0], row[1]): row[2] for row in rows}
    return {key: found[key] for key in keys if key in found}


def course(partner_id: int) -> list[Standing]:
    """A partner's standings in the finest kind of period that has any, the oldest first."""
    rows = Standing.select().where(Standing.partner == partner_id).order_by(Standing.period)
    by_kind: dict[Kind, list[Standing]] = {}
    for row in rows:
        by_kind.setdefault(Period.from_key(row.period).kind, []).append(row)
    return min(by_kind.items(), key=lambda item: item[0].rank)[1] if by_kind else []


def courses(partner_ids: Collection[int]) -> dict[int, list[Standing]]:
    """What `course` tells of one partner, of several; one query."""
    rows = Standing.select().where(Standing.partner.in_(list(partner_ids)))
    found: dict[int, dict[Kind, list[Standing]]] = {}
    for row in rows.order_by(Standing.partner, Standing.period):
        kind = Period.from_key(row.period).kind
        found.setdefault(row.partner_id, {}).setdefault(kind, []).append(row)
    finest = {id_: min(kinds, key=lambda kind: kind.rank) for id_, kinds in found.items()}
    return {id_: kinds[finest[id_]] for id_, kinds in found.items()}


def figures(
    partner_ids: Sequence[int], periods: Sequence[Period]
) -> dict[tuple[int, int], Figures]:
    """What is stored, by partner id and period key; one query."""
    rows = Standing.select(
        Standing.partner,
        Standing.period,
        Standing.score,
        Standing.coverage,
        Standing.grey,
        Standing.decides,
    ).where(
        Standing.partner.in_(list(partner_ids)),
        Standing.period.in_([period.key for period in periods]),
    )
    return {(row[0], row[1]): Figures(*row[2:]) for row in rows.tuples()}


def history(partner_id: int) -> list[dict[str, Any]]:
    """A partner's standings by period, as the file of a whole partnership has them."""
    calendar = organisation().calendar
    rows = Standing.select(Standing.period, Standing.score, Standing.coverage, Standing.decides)
    found = rows.where(Standing.partner == partner_id).order_by(Standing.period).tuples()
    return [
        {
            "period": calendar.label(Period.from_key(period)),
            "score": score,
            "coverage": coverage,
            "decides": bool(decides),
        }
        for period, score, coverage, decides in found
    ]


def listing(
    viewer: Viewer,
    period: Period,
    rank: int | None,
    tiers: Sequence[Tier],
    page: int,
    size: int = PER_PAGE,
) -> list[Row]:
    """One page of the standings of a period, of one rank only where it is given.

    The best scorecards come first, those that do not decide last, by name.
    """
    judged = Case(None, ((Standing.decides, Standing.score),), -1)
    query = (
        Standing.select(
            Partner.id,
            Partner.code,
            Partner.name,
            Standing.score,
            Standing.coverage,
            Standing.grey,
            Standing.decides,
        )
        .join(Partner)
        .where(Standing.period == period.key, readable(viewer))
        .order_by(judged.desc(), Partner.name_key, Partner.id)
        .paginate(page, size)
    )
    if rank is not None:
        query = query.where(_rank(Standing, tiers) == rank)
    return [Row(*row) for row in query.tuples()]


def counts(viewer: Viewer, period: Period, tiers: Sequence[Tier]) -> dict[int, int]:
    """How many partners stand at each rank in a period."""
    rows = (
        Standing.select(_rank(Standing, tiers), fn.COUNT(Partner.id))
        .join(Partner)
        .where(Standing.period == period.key, readable(viewer))
        .group_by(SQL("1"))
    )
    return dict(rows.tuples())


def steps(
    viewer: Viewer, period: Period, before: Period | None, tiers: Sequence[Tier], limit: int
) -> tuple[list[Step], int]:
    """Who changed tier between two periods, the best scorecards first, and how many did in all.

    Somebody whose tier is undetermined in one of the two has neither climbed nor fallen.
    """
    if before is None:
        return [], 0
    moved = _moved(viewer, period, before, tiers)
    first = moved.order_by(Standing.score.desc(), Partner.id).limit(limit)
    return [Step(*row) for row in first.tuples()], moved.count()


class Fall(NamedTuple):
    """A partner that holds a lower tier than before; the rank now is 0 without a tier."""

    partner_id: int
    partner_name: str
    before: int
    now: int


def falls(
    viewer: Viewer, period: Period, before: Period, tiers: Sequence[Tier], since: datetime
) -> list[Fall]:
    """The viewer's own partners that fell between two periods, as computed since a moment."""
    rows = (
        _moved(viewer, period, before, tiers, only=gt)
        .where(Standing.computed_at >= since, own_partners(viewer))
        .order_by(Standing.score, Partner.id)
        .limit(20)
    )
    return [Fall(*row) for row in rows.tuples()]


def _moved(
    viewer: Viewer,
    period: Period,
    before: Period,
    tiers: Sequence[Tier],
    only: Callable[[Any, Any], Any] = ne,
) -> Any:
    """Whose tier before and now stand in a relation: by default, differ."""
    earlier = Standing.alias("earlier")
    was, now = _rank(earlier, tiers), _rank(Standing, tiers)
    return (
        Standing.select(Partner.id, Partner.name, was, now)
        .join(Partner)
        .join(
            earlier,
            on=(earlier.partner == Standing.partner) & (earlier.period == before.key),
        )
        .where(
            Standing.period == period.key,
            Standing.decides,
            earlier.decides,
            only(was, now),
            readable(viewer),
        )
    )


def _rank(table: Any, tiers: Sequence[Tier]) -> Any:
    """A standing's rank in SQL, as `rules.place` finds it."""
    reached = [(table.score >= tier.threshold, tier.rank) for tier in reversed(tiers)]
    return Case(None, ((~table.decides, UNDETERMINED), *reached), NO_TIER)
