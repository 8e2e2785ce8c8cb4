"""Reads about benefits and recognitions; each keeps to what its viewer may see."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple, NoReturn

from flask import abort
from peewee import SQL, fn

from app.api import Partner, Viewer, atomic, audit, kept, organisation, own_partners, readable
from plugins.incentives.programmes.definition import Reward, Tier
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.programmes.queries import definition_of, running
from plugins.incentives.rewards import refs, tiers
from plugins.incentives.rewards.giving import reward_of
from plugins.incentives.rewards.models import Grant, Recognition

PER_PAGE = 24
MOST_DRAFTS = 12  # shown on top of the wall at once
MOST_MONTHS = 12  # to choose from
MOST_BENEFITS = 200  # of one partner


class Held(NamedTuple):
    """A benefit with what it is, and the name of the tier that it was granted for."""

    grant: Grant
    reward: Reward
    tier: str


def recognition_or_404(recognition_id: int, viewer: Viewer) -> Recognition:
    """A recognition that somebody may see: staff any, contacts what their own partner was given.

    What is another's or does not exist answers 404 and leaves a trace.
    """
    rows = _recognitions(viewer).where(Recognition.id == recognition_id)
    if not viewer.is_staff:
        rows = rows.where(Recognition.state == "published")
    found: Recognition | None = rows.first()
    if found is None:
        _refuse(refs.recognition_ref(recognition_id))
    return found


def benefit_or_404(grant_id: int, viewer: Viewer) -> Held:
    """A benefit of a partner that somebody may see; else 404, which leaves a trace."""
    found: Grant | None = _grants(viewer).where(Grant.id == grant_id).first()
    if found is None:
        _refuse(refs.grant_ref(grant_id))
    return _held(found)


def _refuse(ref: str) -> NoReturn:
    with atomic():
        audit("access.refused", ref)
    abort(404)


def mine(viewer: Viewer, today: Any = None) -> Any:
    """The condition that a partner is one whose recognitions somebody decides on (on a day)."""
    condition: Any = readable(viewer)
    return condition if viewer.can("partners.admin") else condition & own_partners(viewer, today)


def is_mine(partner_id: int, viewer: Viewer) -> bool:
    """Whether somebody decides on a partner's recognitions."""
    found = Partner.select(Partner.id).where(Partner.id == partner_id, mine(viewer))
    return bool(found.exists())


def drafts(viewer: Viewer) -> tuple[list[Recognition], int]:
    """The drafts that somebody may decide on, the nearest day first, and how many there are."""
    rows = _recognitions(viewer).where(Recognition.state == "draft", mine(viewer))
    first = rows.order_by(Recognition.day, Recognition.id).limit(MOST_DRAFTS)
    return list(first), rows.count()


class Waiting(NamedTuple):
    """What waits for somebody about own partners: drafts to decide on, benefits to give."""

    drafts: int
    first: Recognition | None  # the draft of the nearest day
    benefits: int
    lapsing: list[Held]  # benefits whose last day is near, the nearest first


def waiting(viewer: Viewer, until: date, most: int) -> Waiting:
    """What every home page asks, in two reads; `until` is the last day that is near."""
    today = organisation().today()
    draft, owed = _first_draft(viewer, today), _owed(viewer, today, most)
    near = [_held(row) for row in owed if row.expires_on and row.expires_on <= until]
    return Waiting(
        draft[0].in_all if draft else 0,
        draft[0] if draft else None,
        owed[0].in_all if owed else 0,
        near,
    )


@kept
def _first_draft(viewer: Viewer, today: Any) -> Any:
    drafts = _recognitions(viewer).where(Recognition.state == "draft", mine(viewer, today))
    counted = drafts.select_extend(fn.COUNT(Recognition.id).over().alias("in_all"))
    return counted.order_by(Recognition.day, Recognition.id).limit(1)


@kept
def _owed(viewer: Viewer, today: Any, most: Any) -> Any:
    return (
        _grants(viewer)
        .select_extend(fn.COUNT(Grant.id).over().alias("in_all"))
        .where(Grant.state == "granted", mine(viewer, today))
        .order_by(Grant.expires_on.is_null(), Grant.expires_on, Grant.id)
        .limit(most)
    )


def wall(
    viewer: Viewer,
    page: int,
    *,
    first: date | None = None,
    last: date | None = None,
    partner_id: int | None = None,
) -> tuple[list[Recognition], int]:
    """One page of what was published, the latest day first, and how many there are.

    A contact's is of the own partner.
    """
    rows = _recognitions(viewer).where(Recognition.state == "published")
    if first is not None and last is not None:
        rows = rows.where(Recognition.day.between(first, last))
    if partner_id is not None:
        rows = rows.where(Recognition.partner == partner_id)
    newest = rows.order_by(Recognition.day.desc(), Recognition.id.desc())
    return list(newest.paginate(page, PER_PAGE)), rows.count()


def months(viewer: Viewer) -> list[tuple[int, int, int]]:
    """The latest months in which something was published, as year, month and how many."""
    year, month = Recognition.day.year, Recognition.day.month
    rows = (
        Recognition.select(year, month, fn.COUNT(Recognition.id))
        .join(Partner)
        .where(Recognition.state == "published", readable(viewer))
        .group_by(SQL("1"), SQL("2"))
        .order_by(SQL("1 DESC"), SQL("2 DESC"))
        .limit(MOST_MONTHS)
    )
    return [(int(y), int(m), count) for y, m, count in rows.tuples()]


class Shown(NamedTuple):
    """What every partner's contacts may read of another's recognition, and nothing else."""

    partner: str
    kind: str
    title: str
    text: str
    day: date


def shown_to_all(viewer: Viewer) -> list[Shown]:
    """The latest recognitions of other partners that are meant for every partner's contacts."""
    rows = (
        Recognition.select(
            Partner.name, Recognition.kind, Recognition.title, Recognition.text, Recognition.day
        )
        .join(Partner)
        .where(
            Recognition.state == "published",
            Recognition.audience == "all",
            Partner.merged_into.is_null(),
            Partner.id != viewer.partner_id,
        )
        .order_by(Recognition.day.desc(), Recognition.id.desc())
        .limit(PER_PAGE)
    )
    return [Shown(*row) for row in rows.tuples()]


def benefits(
    viewer: Viewer,
    state: str = "",
    partner_id: int | None = None,
    page: int = 1,
    size: int = PER_PAGE,
) -> tuple[list[Held], int]:
    """One page of benefits and how many there are: what lapses first, else the latest."""
    rows = _grants(viewer)
    if state:
        rows = rows.where(Grant.state == state)
    if partner_id is not None:
        rows = rows.where(Grant.partner == partner_id)
    order = (
        (Grant.expires_on.is_null(), Grant.expires_on, Grant.id)
        if state == "granted"
        else (Grant.granted_at.desc(), Grant.id.desc())
    )
    return [_held(row) for row in rows.order_by(*order).paginate(page, size)], rows.count()


def promised(viewer: Viewer, most: int) -> list[Held]:
    """The benefits that a contact's own partner is to be given, what lapses first on top."""
    return [_held(row) for row in _promised(viewer, most)]


@kept
def _promised(viewer: Viewer, most: Any) -> Any:
    rows = _grants(viewer).where(Grant.state == "granted", Grant.partner == viewer.partner_id)
    return rows.order_by(Grant.expires_on.is_null(), Grant.expires_on, Grant.id).limit(most)


def state_counts(viewer: Viewer) -> dict[str, int]:
    """How many benefits are in each state."""
    rows = Grant.select(Grant.state, fn.COUNT(Grant.id)).join(Partner).where(readable(viewer))
    return dict(rows.group_by(Grant.state).tuples())


def badges(partner_ids: Collection[int]) -> dict[int, list[str]]:
    """The names of the badges that partners bear today."""
    found: dict[int, list[str]] = {}
    for row in _borne(list(partner_ids), organisation().today()):
        reward = reward_of(row)
        if reward.kind == "badge":
            found.setdefault(row.partner_id, []).append(reward.name)
    return found


@kept
def _borne(partner_ids: Any, today: Any) -> Any:
    rows = Grant.select(Grant, ProgrammeVersion).join(ProgrammeVersion)
    given = (Grant.state == "fulfilled") & (Grant.expires_on >= today)
    return rows.where(Grant.partner.in_(partner_ids), given).order_by(Grant.id)


def tiers_now(partner_ids: Iterable[int]) -> dict[int, Tier]:
    """The tier that each partner holds today, in the first programme where it holds one."""
    found: dict[int, Tier] = {}
    ids, today = sorted(set(partner_ids)), organisation().today()
    for one in running(today):
        missing = [id_ for id_ in ids if id_ not in found]
        for partner_id, key in tiers.held(one, missing, today).items():
            tier = one.definition.tier(key)
            if tier is not None:
                found[partner_id] = tier
    return found


def _recognitions(viewer: Viewer) -> Any:
    return Recognition.select(Recognition, Partner).join(Partner).where(readable(viewer))


def _grants(viewer: Viewer) -> Any:
    return (
        Grant.select(Grant, ProgrammeVersion, Programme, Partner)
        .join(ProgrammeVersion)
        .join(Programme)
        .switch(Grant)
        .join(Partner)
        .where(readable(viewer))
    )


def _held(row: Grant) -> Held:
    tier = definition_of(row.programme_version).tier(row.tier)
    return Held(row, reward_of(row), tier.name if tier else row.tier)
