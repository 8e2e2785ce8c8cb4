"""Who stands where: lists of partners with their tiers, kept to what the viewer may see."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from peewee import Case, fn

from app.api import Partner, Viewer, kept, organisation, own_partners, readable
from plugins.incentives.programmes.models import Programme
from plugins.incentives.standing.models import TAKING_PART, Enrolment, Tenure
from plugins.incentives.standing.state import PROPOSED

PER_PAGE = 50
SORTS = ("tier", "name", "since", "review")


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


# As the place's own page has it: a tier by hand has a day of its own.
_SINCE = fn.COALESCE(
    Tenure.select(fn.MAX(Tenure.start)).where(Tenure.enrolment == Enrolment.id), Enrolment.since
).converter(Enrolment.since.python_value)

_COLUMNS = (
    Enrolment.id,
    Enrolment.programme,
    Partner.id,
    Partner.code,
    Partner.name,
    Enrolment.state,
    Enrolment.held,
    Enrolment.tier,
    _SINCE,
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
        .where(
            Programme.status == "running",
            TAKING_PART,
            readable(viewer),
            Partner.merged_into.is_null(),
        )
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
    proposed = [phase.value for phase in PROPOSED]
    asked = (Enrolment.override_tier != "") & ~Enrolment.override_in_force
    return Enrolment.state.in_(proposed) | asked


def one_page(
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
        "since": (_SINCE.desc(), Partner.name_key, Partner.id),
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
    found: tuple[list[Row], ...] = ([], [], [])
    for row in _calls(viewer, organisation().today(), until, 3 * limit):
        for at, told_ in enumerate(row[len(_COLUMNS) :]):
            if told_:
                found[at].append(Row(*row[: len(_COLUMNS)]))
    found[1].sort(key=lambda row: row.unknown_since or date.max)
    found[2].sort(key=lambda row: row.override_expires or date.max)
    return Calls(*(rows[:limit] for rows in found))


@kept
def _calls(viewer: Viewer, today: Any, until: Any, limit: Any) -> Any:
    mine = own_partners(viewer, today)
    unknown = mine & Enrolment.unknown_since.is_null(False)
    ends = mine & Enrolment.override_in_force & (Enrolment.override_expires <= until)
    kinds = (_waits() & _decides(viewer, today), unknown, ends)
    told = [Case(None, [(kind, 1)], 0) for kind in kinds]
    return (
        _places(viewer, Filters())
        .select(*_COLUMNS, *told)
        .where(kinds[0] | kinds[1] | kinds[2])
        .order_by(told[0].desc(), Enrolment.state, Partner.id)
        .limit(limit)
        .tuples()
    )


def _decides(viewer: Viewer, today: Any = None) -> Any:
    """Whether somebody decides about a place that waits."""
    mine = own_partners(viewer, today)
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
