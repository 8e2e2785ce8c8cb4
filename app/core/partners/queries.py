"""Reads about partners; each takes the viewer and restricts itself to what that person may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import abort, has_request_context, redirect, request
from peewee import JOIN, Expression, fn

from app.core import audit
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.partners.models import (
    MATTERS,
    Contact,
    Partner,
    PartnerProfile,
    PartnerTag,
    PartnerTeam,
)
from app.core.partners.rules import Facts


def readable(viewer: Viewer) -> Expression | bool:
    """The condition under which a row of `partner` may be read by somebody."""
    if viewer.is_staff:
        return Partner.merged_into.is_null()
    return Partner.id == viewer.partner_id


def editable_by(viewer: Viewer) -> Expression:
    """The condition under which a partner may be changed: own partners, or all for admins."""
    if viewer.can("partners.admin"):
        return Partner.merged_into.is_null()
    return Partner.merged_into.is_null() & own(viewer)


def own(viewer: Viewer) -> Expression:
    """The condition that somebody owns a partner or works in its team."""
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
        follow_merge(partner_id, viewer)
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


def follow_merge(partner_id: int, viewer: Viewer) -> None:
    """Send staff who ask for a merged partner to the same page of the one that was kept."""
    kept = Partner.select(Partner.merged_into).where(Partner.id == partner_id).tuples().first()
    if kept is None or kept[0] is None or not viewer.is_staff or not has_request_context():
        return
    place = request.path.replace(f"/{partner_id}", f"/{kept[0]}", 1)
    if request.method != "GET" or place == request.path:
        place = f"/partners/{kept[0]}"
    query = request.query_string.decode("latin-1") if request.method == "GET" else ""
    abort(redirect(place + (f"?{query}" if query else ""), 303))


def refuse(partner_id: int) -> None:
    """Answer 404 and leave a trace, so that reaching for others' records is seen."""
    with atomic():
        audit.record("access.refused", f"partner:{partner_id}")
    abort(404)


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
