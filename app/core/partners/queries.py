"""Reads about partners; each takes the viewer and restricts itself to what that person may see."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from flask import abort
from peewee import JOIN, SQL, fn

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.kept import kept
from app.core.kpis import sql
from app.core.kpis.models import Score
from app.core.partners.access import (
    editable,
    editable_by,
    follow_merge,
    get,
    may_edit,
    own,
    readable,
    refuse,
)
from app.core.partners.goal_queries import GoalRow, goals
from app.core.partners.models import (
    MATTERS,
    SIDES,
    Contact,
    Partner,
    PartnerProfile,
    PartnerRegion,
    PartnerTag,
    PartnerTeam,
)
from app.core.partners.rules import Coverage, Facts
from app.core.partners.rules import coverage as covered

# What stands in modules of its own is read through this one as well.
__all__ = [
    "GoalRow",
    "contact_or_404",
    "contacts",
    "coverage",
    "editable",
    "editable_by",
    "facts",
    "follow_merge",
    "get",
    "goals",
    "may_edit",
    "own",
    "past_collaborations",
    "profile",
    "profile_versions",
    "profiles",
    "readable",
    "refuse",
    "regions_of",
    "status_counts",
    "tags",
    "tags_of",
    "team",
    "who_for_what",
]


def status_counts(viewer: Viewer) -> dict[str, int]:
    """How many readable partners stand in each status."""
    return dict(_status_counts(viewer))


@kept
def _status_counts(viewer: Viewer) -> Any:
    return (
        Partner.select(Partner.status, fn.COUNT(SQL("*")))
        .where(readable(viewer))
        .group_by(Partner.status)
        .tuples()
    )


def tags(viewer: Viewer, limit: int = 30) -> list[str]:
    """The most used tags."""
    return [row[0] for row in _tags(viewer, limit)]


@kept
def _tags(viewer: Viewer, limit: Any) -> Any:
    return (
        PartnerTag.select(PartnerTag.tag)
        .join(Partner, on=(PartnerTag.partner == Partner.id))
        .where(readable(viewer))
        .group_by(PartnerTag.tag)
        .order_by(fn.COUNT(PartnerTag.partner).desc(), PartnerTag.tag)
        .limit(limit)
        .tuples()
    )


def tags_of(partner_ids: Iterable[int]) -> dict[int, list[str]]:
    """Each partner's tags, in alphabetical order."""
    found: dict[int, list[str]] = {}
    for chunk in sql.chunks(partner_ids):
        for partner_id, tag in sql.rows(
            "SELECT partner_id, tag FROM partner_tag"
            f" WHERE partner_id IN ({sql.marks(len(chunk))}) ORDER BY tag",
            *chunk,
        ):
            found.setdefault(partner_id, []).append(tag)
    return found


def regions_of(partner_id: int) -> list[str]:
    """A partner's regions, in alphabetical order."""
    return [
        row[0]
        for row in sql.rows(
            "SELECT region FROM partner_region WHERE partner_id = ? ORDER BY region", partner_id
        )
    ]


def contacts(partner_id: int) -> list[Contact]:
    """Active contacts of both sides, primary ones first."""
    return _contacts(partner_id)


@kept
def _contacts(partner_id: Any) -> Any:
    return (
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


def contacts_with_address(partner_id: int) -> list[Contact]:
    """The partner's own contacts that can be written to, the primary one first."""
    return list(
        Contact.select()
        .where(
            Contact.partner == partner_id,
            Contact.side == "partner",
            Contact.active,
            Contact.email != "",
        )
        .order_by(Contact.is_primary.desc(), Contact.name, Contact.id)
    )


def profile(partner_id: int) -> PartnerProfile | None:
    """The profile's present version."""
    return next(iter(_last_profile(partner_id)), None)


@kept
def _last_profile(partner_id: Any) -> Any:
    own = PartnerProfile.select().where(PartnerProfile.partner == partner_id)
    return own.order_by(PartnerProfile.n.desc()).limit(1)


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
    return _team(partner_id)


@kept
def _team(partner_id: Any) -> Any:
    return (
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


def coverage(people: Sequence[Contact], chosen: str = "") -> Coverage:
    """Which of the matters in use have somebody to reach on both sides.

    In use are those that were chosen for the partner, else those that any contact has.
    """
    host, partner = (
        {m for c in people if c.side == side for m in c.matters.split()} for side in SIDES
    )
    wanted = set(chosen.split()) or host | partner
    return covered(host, partner, [m for m in MATTERS if m in wanted])


def who_for_what(
    people: Sequence[Contact], matters: Coverage
) -> list[tuple[str, dict[str, list[Contact]]]]:
    """For each matter in use, the contacts of each side."""
    return [
        (
            matter,
            {
                side: [c for c in people if c.side == side and matter in c.matters.split()]
                for side in SIDES
            },
        )
        for matter in matters.in_use
    ]


class Past(NamedTuple):
    """A partnership that has ended."""

    id: int
    name: str
    type: str
    start_date: Any
    end_date: Any
    score: int | None  # millionths, of its last whole scorecard


def past_collaborations(viewer: Viewer, partner: Partner, limit: int = 5) -> list[Past]:
    """Ended partnerships of the same name, type or region that this person may read."""
    found = _past(viewer, partner.id, partner.name, partner.type, limit)
    scores = _last_scores([row[0] for row in found]) if found else {}
    return [Past._make((*row, scores.get(row[0]))) for row in found]


@kept
def _past(viewer: Viewer, partner_id: Any, name: Any, type_: Any, limit: Any) -> Any:
    here = PartnerRegion.select(PartnerRegion.region).where(PartnerRegion.partner == partner_id)
    alike = PartnerRegion.select(PartnerRegion.partner).where(PartnerRegion.region.in_(here))
    same_name = Partner.name == name
    return (
        Partner.select(Partner.id, Partner.name, Partner.type, Partner.start_date, Partner.end_date)
        .where(
            readable(viewer),
            Partner.status == "ended",
            Partner.id != partner_id,
            same_name | (Partner.type == type_) | Partner.id.in_(alike),
        )
        .order_by(same_name.desc(), Partner.end_date.desc(nulls="LAST"), Partner.id)
        .limit(limit)
        .tuples()
    )


def _last_scores(partner_ids: Sequence[int]) -> dict[int, int]:
    """The score of each partner's last period with a whole scorecard."""
    rows = (
        Score.select(Score.partner, Score.score)
        .where(Score.partner.in_(partner_ids), Score.decides, Score.score.is_null(False))
        .order_by(Score.period)
        .tuples()
    )
    return dict(rows)
