"""Reads about enrolments and decisions; what lists partners keeps to what the viewer may see."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import abort
from peewee import Case, fn

from app.api import Partner, Viewer, own_partners, readable
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.standing.models import Appeal, Enrolment, Evaluation, Reason, Tenure
from plugins.incentives.standing.state import Phase

PER_PAGE = 50
SORTS = ("tier", "name", "since", "review")
TAKING_PART = Enrolment.state != Phase.LEFT.value
_RUNS = Programme.status == "running"


class Row(NamedTuple):
    """A partner's place in a list."""

    enrolment_id: int
    programme_id: int
    partner_id: int
    partner_code: str
    partner_name: str
    state: str
    held: str
    tier: str
    since: date
    next_review: date
    grace_until: date | None
    proposed_tier: str
    falls_on: date | None
    override_tier: str
    override_expires: date | None
    unknown_since: date | None


_COLUMNS = (
    Enrolment.id,
    Enrolment.programme,
    Partner.id,
    Partner.code,
    Partner.name,
    Enrolment.state,
    Enrolment.held,
    Enrolment.tier,
    Enrolment.since,
    Enrolment.next_review,
    Enrolment.grace_until,
    Enrolment.proposed_tier,
    Enrolment.falls_on,
    Enrolment.override_tier,
    Enrolment.override_expires,
    Enrolment.unknown_since,
)


class Filters(NamedTuple):
    """What a list is narrowed to; empty for all."""

    programme: int | None = None
    tier: str = ""
    state: str = ""


def _places(viewer: Viewer, filters: Filters) -> Any:
    query = (
        Enrolment.select(*_COLUMNS)
        .join(Partner)
        .switch(Enrolment)
        .join(Programme)
        .where(_RUNS, TAKING_PART, readable(viewer), Partner.merged_into.is_null())
    )
    if filters.programme is not None:
        query = query.where(Enrolment.programme == filters.programme)
    if filters.tier:
        query = query.where(Enrolment.held == filters.tier)
    if filters.state == "waiting":
        return query.where(_waits())
    return query.where(Enrolment.state == filters.state) if filters.state else query


def _waits() -> Any:
    """Whether somebody has to decide: a proposal, or an override that is not approved."""
    proposed = (Phase.PROMOTION_PROPOSED.value, Phase.DEMOTION_PROPOSED.value)
    asked = (Enrolment.override_tier != "") & ~Enrolment.override_in_force
    return Enrolment.state.in_(proposed) | asked


def listing(
    viewer: Viewer,
    filters: Filters,
    ladder: Sequence[str],
    sort: str,
    page: int,
    size: int = PER_PAGE,
) -> list[Row]:
    """One page of who stands where; `ladder` orders tiers from the lowest to the highest."""
    place = _case(Enrolment.held, {key: n for n, key in enumerate(ladder, start=1)})
    order = {
        "name": (Partner.name_key, Partner.id),
        "since": (Enrolment.since.desc(), Partner.name_key, Partner.id),
        "review": (Enrolment.next_review, Partner.name_key, Partner.id),
    }.get(sort, (place.desc(), Partner.name_key, Partner.id))
    query = _places(viewer, filters).order_by(*order).paginate(page, size)
    return [Row(*row) for row in query.tuples()]


def _case(column: Any, ranks: dict[str, int]) -> Any:
    return Case(column, tuple(ranks.items()), 0) if ranks else column


def counts(viewer: Viewer, programme_id: int | None) -> tuple[dict[str, int], dict[str, int]]:
    """How many partners hold each tier, and how many are in each state."""
    query = _places(viewer, Filters(programme_id))
    tiers: dict[str, int] = {}
    states: dict[str, int] = {}
    rows = (
        query.select(Enrolment.held, Enrolment.state, fn.COUNT(Enrolment.id))
        .group_by(Enrolment.held, Enrolment.state)
        .tuples()
    )
    for held, state, count in rows:
        tiers[held] = tiers.get(held, 0) + count
        states[state] = states.get(state, 0) + count
    states["waiting"] = _places(viewer, Filters(programme_id, state="waiting")).count()
    return tiers, states


def total(viewer: Viewer, filters: Filters) -> int:
    """How many partners a list has."""
    return int(_places(viewer, filters).count())


class Calls(NamedTuple):
    """The places that call for somebody; one may call for more than one reason."""

    waiting: list[Row]  # somebody has to decide, those in danger first
    undecided: list[Row]  # the review waits for figures
    expiring: list[Row]  # the tier set by hand ends soon


def waiting(viewer: Viewer, limit: int) -> list[Row]:
    """The own partners about whom somebody has to decide, those in danger first."""
    query = _places(viewer, Filters(state="waiting")).where(_decides(viewer))
    return [Row(*row) for row in query.order_by(Enrolment.state, Partner.id).limit(limit).tuples()]


def calls(viewer: Viewer, until: date, limit: int) -> Calls:
    """All that calls for somebody about own partners, in one read: every home page asks.

    `until` is the last day of what ends soon, `limit` the most of each kind.
    """
    waits, mine = _waits(), own_partners(viewer)
    unknown = mine & Enrolment.unknown_since.is_null(False)
    ends = mine & Enrolment.override_in_force & (Enrolment.override_expires <= until)
    kinds = (waits & _decides(viewer), unknown, ends)
    told = [Case(None, [(kind, 1)], 0) for kind in kinds]
    rows = (
        _places(viewer, Filters())
        .select(*_COLUMNS, *told)
        .where(kinds[0] | kinds[1] | kinds[2])
        .order_by(told[0].desc(), Enrolment.state, Partner.id)
        .limit(3 * limit)
        .tuples()
    )
    found: tuple[list[Row], ...] = ([], [], [])
    for row in rows:
        for at, told_ in enumerate(row[len(_COLUMNS) :]):
            if told_:
                found[at].append(Row(*row[: len(_COLUMNS)]))
    found[1].sort(key=lambda row: row.unknown_since or date.max)
    found[2].sort(key=lambda row: row.override_expires or date.max)
    return Calls(*(rows[:limit] for rows in found))


def _decides(viewer: Viewer) -> Any:
    """Whether somebody decides about a place that waits."""
    mine = own_partners(viewer)
    if viewer.can("incentives.override"):
        mine |= (Enrolment.override_tier != "") & ~Enrolment.override_in_force
    return mine


def coming(viewer: Viewer, start: date, end: date, limit: int = 500) -> list[Row]:
    """Own places with a grace period or an approved demotion that ends in these days."""
    query = _places(viewer, Filters()).where(
        own_partners(viewer),
        Enrolment.grace_until.between(start, end) | Enrolment.falls_on.between(start, end),
    )
    return [Row(*row) for row in query.order_by(Enrolment.id).limit(limit).tuples()]


def reviews(viewer: Viewer, start: date, end: date) -> list[tuple[date, str]]:
    """The review days of the programmes that somebody's partners take part in."""
    rows = (
        _places(viewer, Filters())
        .select(Enrolment.next_review, Programme.name)
        .where(Enrolment.next_review.between(start, end))
        .distinct()
        .order_by(Enrolment.next_review, Programme.name)
    )
    return list(rows.tuples())


def open_appeals(viewer: Viewer, limit: int) -> list[tuple[Appeal, str]]:
    """The own partners' appeals that wait for an answer, the oldest first."""
    rows = (
        Appeal.select(Appeal, Partner)
        .join(Partner)
        .where(Appeal.state == "open", own_partners(viewer), Partner.merged_into.is_null())
        .order_by(Appeal.asked_at)
        .limit(limit)
    )
    return [(row, row.partner.name) for row in rows]


# ---- One partner


def enrolments_of(viewer: Viewer, partner_id: int | None) -> list[Enrolment]:
    """A partner's places in the programmes that run, if the viewer may see the partner."""
    rows = (
        Enrolment.select(Enrolment, Partner, Programme)
        .join(Partner)
        .switch(Enrolment)
        .join(Programme)
        .where(Partner.id == partner_id, readable(viewer), _RUNS, TAKING_PART)
        .order_by(Programme.name)
    )
    return list(rows)


def enrolment_or_404(viewer: Viewer, id_: int) -> Enrolment:
    """An enrolment of a partner that the viewer may see."""
    row = (
        Enrolment.select(Enrolment, Partner)
        .join(Partner)
        .where(Enrolment.id == id_, readable(viewer))
        .first()
    )
    if row is None:
        abort(404)
    found: Enrolment = row
    return found


def decision_or_404(viewer: Viewer, id_: int) -> tuple[Evaluation, Enrolment]:
    """A decision with the enrolment that it is about, where the viewer may see the partner."""
    row = (
        Evaluation.select(Evaluation, ProgrammeVersion)
        .join(ProgrammeVersion)
        .where(Evaluation.id == id_)
        .first()
    )
    if row is None:
        abort(404)
    return row, enrolment_or_404(viewer, row.enrolment)


def appeal_or_404(viewer: Viewer, id_: int) -> Appeal:
    """An appeal of a partner that the viewer may see."""
    row = (
        Appeal.select(Appeal, Partner)
        .join(Partner)
        .where(Appeal.id == id_, readable(viewer))
        .first()
    )
    if row is None:
        abort(404)
    found: Appeal = row
    return found


class Decision(NamedTuple):
    """A line of the history of decisions."""

    id: int
    enrolment: int
    as_of: date
    at: datetime
    event: str
    outcome: str
    by: int | None
    four_eyes: bool
    reason: str | None


def decisions(enrolments: Collection[int], limit: int) -> list[Decision]:
    """The latest decisions on these enrolments, the latest first."""
    rows = (
        Evaluation.select(
            Evaluation.id,
            Evaluation.enrolment,
            Evaluation.as_of,
            Evaluation.at,
            Evaluation.event,
            Evaluation.outcome,
            Evaluation.by,
            Evaluation.four_eyes,
            Reason.text,
        )
        .left_outer_join(Reason, on=(Reason.evaluation == Evaluation.id))
        .where(Evaluation.enrolment.in_(list(enrolments)))
        .order_by(Evaluation.id.desc())
        .limit(limit)
    )
    return [Decision(*row) for row in rows.tuples()]


def reason_of(evaluation_id: int) -> str:
    """Why somebody decided so, in their words."""
    row = Reason.get_or_none(Reason.evaluation == evaluation_id)
    return str(row.text) if row else ""


def appeals_of(evaluations: Collection[int]) -> list[Appeal]:
    """What was asked about these decisions, the latest first."""
    rows = Appeal.select().where(Appeal.evaluation.in_(list(evaluations)))
    return list(rows.order_by(Appeal.id.desc()))


def appeals_by_partner(partner_id: int, limit: int) -> list[Appeal]:
    """A partner's appeals, the latest first."""
    rows = Appeal.select().where(Appeal.partner == partner_id)
    return list(rows.order_by(Appeal.id.desc()).limit(limit))


def eligible_partners(
    viewer: Viewer, programme_id: int, types: Collection[str], limit: int
) -> list[tuple[int, str, str]]:
    """Own partners that could take part and do not: id, code, name."""
    inside = Enrolment.select(Enrolment.partner).where(
        Enrolment.programme == programme_id, TAKING_PART
    )
    query = Partner.select(Partner.id, Partner.code, Partner.name).where(
        readable(viewer) if viewer.can("partners.admin") else own_partners(viewer),
        Partner.merged_into.is_null(),
        Partner.status.not_in(("suspended", "ended", "declined")),
        Partner.id.not_in(inside),
    )
    if types:
        query = query.where(Partner.type.in_(list(types)))
    return list(query.order_by(Partner.name_key, Partner.id).limit(limit).tuples())


def is_own(viewer: Viewer, partner_id: int) -> bool:
    """Whether the viewer decides about a partner: an administrator, its owner or team."""
    mine = readable(viewer) if viewer.can("partners.admin") else own_partners(viewer)
    return Partner.select().where(Partner.id == partner_id, mine).exists()


# ---- Tiers on a day


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


def tenures(partner_id: int) -> list[tuple[Tenure, int]]:
    """A partner's tiers in order of time, each with its programme."""
    rows = (
        Tenure.select(Tenure, Enrolment.programme)
        .join(Enrolment, on=(Enrolment.id == Tenure.enrolment), attr="place")
        .where(Enrolment.partner == partner_id)
        .order_by(Tenure.start, Tenure.id)
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
    rows = (
        Tenure.select(
            Partner.id, Partner.name, Enrolment.programme, Tenure.tier, Tenure.reason, Tenure.start
        )
        .join(Enrolment, on=(Enrolment.id == Tenure.enrolment))
        .join(Partner, on=(Enrolment.partner == Partner.id))
        .where(Tenure.start >= since, Tenure.reason != "enrolled", readable(viewer))
        .order_by(Tenure.start.desc(), Tenure.id.desc())
        .limit(limit)
    )
    return [Move(*row) for row in rows.tuples()]


def falls(viewer: Viewer, since: date, limit: int) -> list[Move]:
    """The own partners that were demoted since a day, the latest first."""
    rows = (
        Tenure.select(
            Partner.id, Partner.name, Enrolment.programme, Tenure.tier, Tenure.reason, Tenure.start
        )
        .join(Enrolment, on=(Enrolment.id == Tenure.enrolment))
        .join(Partner, on=(Enrolment.partner == Partner.id))
        .where(Tenure.start >= since, Tenure.reason == "demoted", own_partners(viewer))
        .order_by(Tenure.start.desc(), Tenure.id.desc())
        .limit(limit)
    )
    return [Move(*row) for row in rows.tuples()]


def held_by(partner_ids: Collection[int]) -> list[tuple[int, int, str]]:
    """Partner, programme and tier of these partners' places; one query."""
    rows = Enrolment.select(Enrolment.partner, Enrolment.programme, Enrolment.held).where(
        Enrolment.partner.in_(list(partner_ids)), Enrolment.held != ""
    )
    return list(rows.order_by(Enrolment.id).tuples())


# ---- Refs


def known_partners(viewer: Viewer, ids: Collection[int]) -> list[tuple[int, str]]:
    """Of these partners, those that the viewer may see, with their names."""
    query = Partner.select(Partner.id, Partner.name)
    return list(query.where(Partner.id.in_(list(ids)), readable(viewer)).tuples())


def known_enrolments(viewer: Viewer, ids: Collection[int]) -> list[tuple[int, int, str]]:
    """Of these enrolments, those that the viewer may see, with their partners."""
    query = Enrolment.select(Enrolment.id, Partner.id, Partner.name).join(Partner)
    return list(query.where(Enrolment.id.in_(list(ids)), readable(viewer)).tuples())


def known_evaluations(viewer: Viewer, ids: Collection[int]) -> list[tuple[int, str]]:
    """Of these decisions, those that the viewer may see, with their partners' names."""
    query = (
        Evaluation.select(Evaluation.id, Partner.name)
        .join(Enrolment, on=(Enrolment.id == Evaluation.enrolment))
        .join(Partner, on=(Enrolment.partner == Partner.id))
    )
    return list(query.where(Evaluation.id.in_(list(ids)), readable(viewer)).tuples())
