"""Reads about partners; each takes the viewer and restricts itself to what that person may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import abort
from peewee import JOIN, Expression, fn

from app.core import audit
from app.core.accounts.models import User
from app.core.contract import PartnerRef, Viewer
from app.core.db import atomic, database
from app.core.kpis.models import Score
from app.core.partners.models import (
    MATTERS,
    Contact,
    Partner,
    PartnerProfile,
    PartnerTag,
    PartnerTeam,
)
from app.core.partners.rules import Facts, fold

PER_PAGE = 50
COUNT_UP_TO = 1000
SORTS = ("name", "-name", "score", "-score", "start", "-start")


class PartnerRow(NamedTuple):
    """A partner in a list."""

    id: int
    code: str
    name: str
    type: str
    status: str
    start_date: Any
    owner_id: int | None
    owner_name: str | None
    score: int | None  # millionths, of the list's period
    coverage: int | None

    @property
    def ref(self) -> PartnerRef:
        """The partner as hooks see it."""
        return PartnerRef(self.id, self.code, self.name, self.status)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of partners is narrowed to."""

    q: str = ""
    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    tag: str = ""
    mine: bool = False
    sort: str = "name"


def readable(viewer: Viewer) -> Expression | bool:
    """The condition under which a row of `partner` may be read by somebody."""
    if viewer.is_staff:
        return Partner.id.is_null(False)
    return Partner.id == viewer.partner_id


def editable_by(viewer: Viewer) -> Expression:
    """The condition under which a partner may be changed: own partners, or all for admins."""
    if viewer.can("partners.admin"):
        return Partner.id.is_null(False)
    team = PartnerTeam.select(PartnerTeam.partner).where(PartnerTeam.user == viewer.user_id)
    return (Partner.owner == viewer.user_id) | Partner.id.in_(team)


def get(partner_id: int, viewer: Viewer) -> Partner:
    """The partner, or 404 where it does not exist for this person."""
    partner = (
        Partner.select(Partner, User)
        .join(User, JOIN.LEFT_OUTER, on=Partner.owner)
        .where(Partner.id == partner_id, readable(viewer))
        .first()
    )
    if partner is None:
        refuse(partner_id)
    return partner


def editable(viewer: Viewer, partner_id: int) -> Partner:
    """The partner for a change: 404 where it cannot be read, 403 where only reading is allowed."""
    partner = get(partner_id, viewer)
    if not may_edit(viewer, partner):
        with atomic():
            audit.record("access.refused", f"partner:{partner_id}")
        abort(403)
    return partner


def may_edit(viewer: Viewer, partner: Partner) -> bool:
    """Whether somebody may change a partner's records."""
    if not viewer.can("partners.edit"):
        return False
    return Partner.select().where(Partner.id == partner.id, editable_by(viewer)).exists()


def refuse(partner_id: int) -> None:
    """Answer 404 and leave a trace, so that reaching for others' records is seen."""
    with atomic():
        audit.record("access.refused", f"partner:{partner_id}")
    abort(404)


def listing(
    viewer: Viewer, filters: Filters, period: int | None, page: int
) -> tuple[list[PartnerRow], int, bool]:
    """One page of partners, how many there are, and whether the count stopped at 1,000."""
    query = _filtered(viewer, filters)
    score_on = (Score.partner == Partner.id) & (Score.period == (period or 0))
    rows = (
        query.select(
            Partner.id,
            Partner.code,
            Partner.name,
            Partner.type,
            Partner.status,
            Partner.start_date,
            Partner.owner,
            User.name,
            Score.score,
            Score.coverage,
        )
        .join(User, JOIN.LEFT_OUTER, on=(Partner.owner == User.id))
        .switch(Partner)
        .join(Score, JOIN.LEFT_OUTER, on=score_on)
        .order_by(*_order(filters.sort))
        .paginate(page, PER_PAGE)
        .tuples()
    )
    counted = query.select(Partner.id).limit(COUNT_UP_TO + 1)
    total = database.execute_sql(*_count(counted)).fetchone()[0]
    return [PartnerRow(*row) for row in rows], min(total, COUNT_UP_TO), total > COUNT_UP_TO


def _count(query: Any) -> tuple[str, Any]:
    sql, parameters = query.sql()
    return f"SELECT COUNT(*) FROM ({sql}) AS counted", parameters


def _filtered(viewer: Viewer, filters: Filters) -> Any:
    query = Partner.select().where(readable(viewer))
    if filters.q:
        # contains() escapes % and _ itself
        query = query.where(Partner.name_key.contains(fold(filters.q)))
    if filters.statuses:
        query = query.where(Partner.status.in_(filters.statuses))
    if filters.types:
        query = query.where(Partner.type.in_(filters.types))
    if filters.tag:
        tagged = PartnerTag.select(PartnerTag.partner).where(PartnerTag.tag == filters.tag)
        query = query.where(Partner.id.in_(tagged))
    if filters.mine:
        team = PartnerTeam.select(PartnerTeam.partner).where(PartnerTeam.user == viewer.user_id)
        query = query.where((Partner.owner == viewer.user_id) | Partner.id.in_(team))
    return query


def _order(sort: str) -> tuple[Any, ...]:
    column = {"name": Partner.name_key, "score": Score.score, "start": Partner.start_date}[
        sort.lstrip("-")
    ]
    direction = column.desc(nulls="LAST") if sort.startswith("-") else column.asc(nulls="LAST")
    return direction, Partner.id


def status_counts(viewer: Viewer) -> dict[str, int]:
    """How many readable partners stand in each status."""
    rows = (
        Partner.select(Partner.status, fn.COUNT(Partner.id))
        .where(readable(viewer))
        .group_by(Partner.status)
        .tuples()
    )
    return dict(rows)


def tags(viewer: Viewer, limit: int = 30) -> list[str]:
    """The most used tags."""
    rows = (
        PartnerTag.select(PartnerTag.tag)
        .join(Partner, on=(PartnerTag.partner == Partner.id))
        .where(readable(viewer))
        .group_by(PartnerTag.tag)
        .order_by(fn.COUNT(PartnerTag.partner).desc(), PartnerTag.tag)
        .limit(limit)
        .tuples()
    )
    return [row[0] for row in rows]


def tags_of(partner_ids: Iterable[int]) -> dict[int, list[str]]:
    """Each partner's tags, in alphabetical order."""
    found: dict[int, list[str]] = {}
    rows = (
        PartnerTag.select(PartnerTag.partner, PartnerTag.tag)
        .where(PartnerTag.partner.in_(list(partner_ids)))
        .order_by(PartnerTag.tag)
        .tuples()
    )
    for partner_id, tag in rows:
        found.setdefault(partner_id, []).append(tag)
    return found


def contacts(partner_id: int) -> list[Contact]:
    """Active contacts of both sides, primary ones first."""
    return list(
        Contact.select()
        .where(Contact.partner == partner_id, Contact.active)
        .order_by(Contact.side, Contact.is_primary.desc(), Contact.name, Contact.id)
    )


def contact_or_404(partner_id: int, contact_id: int) -> Contact:
    """A contact of this partner."""
    contact = Contact.get_or_none(
        Contact.id == contact_id, Contact.partner == partner_id, Contact.active
    )
    if contact is None:
        abort(404)
    return contact


def profile(partner_id: int) -> PartnerProfile | None:
    """The profile's present version."""
    return (
        PartnerProfile.select()
        .where(PartnerProfile.partner == partner_id)
        .order_by(PartnerProfile.n.desc())
        .first()
    )


class ProfileVersion(NamedTuple):
    """A saved version of a profile: who and when."""

    n: int
    saved_at: Any
    saved_by: str | None


def profile_versions(partner_id: int, limit: int = 200) -> list[ProfileVersion]:
    """The saved versions of a profile, the latest first."""
    rows = (
        PartnerProfile.select(PartnerProfile.n, PartnerProfile.saved_at, User.name)
        .join(User, JOIN.LEFT_OUTER, on=(PartnerProfile.saved_by == User.id))
        .where(PartnerProfile.partner == partner_id)
        .order_by(PartnerProfile.n.desc())
        .limit(limit)
        .tuples()
    )
    return [ProfileVersion(*row) for row in rows]


def profiles(partner_id: int, numbers: Iterable[int]) -> dict[int, PartnerProfile]:
    """Some versions of a profile, by number."""
    rows = PartnerProfile.select().where(
        PartnerProfile.partner == partner_id, PartnerProfile.n.in_(list(numbers))
    )
    return {row.n: row for row in rows}


def team(partner_id: int) -> list[User]:
    """Staff who work on a partnership beside its owner."""
    return list(
        User.select()
        .join(PartnerTeam, on=(PartnerTeam.user == User.id))
        .where(PartnerTeam.partner == partner_id)
        .order_by(User.name)
    )


def facts(partner: Partner, people: Sequence[Contact], text: PartnerProfile | None) -> Facts:
    """What the state table's guards look at, from rows that a page has read already."""
    primary = {c.side for c in people if c.is_primary}
    return Facts(
        has_owner=partner.owner_id is not None,
        host_primary="host" in primary,
        partner_primary="partner" in primary,
        has_goals=bool(text and text.goals),
        has_strengths=bool(text and text.strengths),
        has_audience=bool(text and text.audiences),
        selection_score=partner.selection_score,
    )


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which matters have somebody to reach on both sides (domain specification §1, [P1])."""

    covered: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...]  # matter, side without a contact


def coverage(people: Sequence[Contact]) -> Coverage:
    """The matters in use and the side that lacks a contact for them."""
    known = {
        side: {m for c in people if c.side == side for m in c.matters.split()}
        for side in ("host", "partner")
    }
    in_use = [m for m in MATTERS if m in known["host"] | known["partner"]]
    gaps = tuple((m, side) for m in in_use for side in known if m not in known[side])
    missing = {m for m, _side in gaps}
    return Coverage(tuple(m for m in in_use if m not in missing), gaps)
