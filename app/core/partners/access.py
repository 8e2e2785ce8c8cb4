"""Which partners somebody may read and change; whoever reaches further leaves a trace."""

from typing import Any

from flask import abort, has_request_context, redirect, request
from peewee import JOIN, Expression

from app.core import audit
from app.core.accounts.models import User
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kept import kept
from app.core.partners.models import Partner, PartnerTeam


def readable(viewer: Viewer) -> Expression | bool:
    """The condition under which a row of `partner` may be read by somebody."""
    if viewer.is_staff:
        return Partner.merged_into.is_null()
    return Partner.id == viewer.partner_id


def editable_by(viewer: Viewer) -> Expression:
    """The condition under which a partner may be changed: own partners, or all for admins."""
    return editable_on(viewer, current_settings().today())


def editable_on(viewer: Viewer, today: Any) -> Expression:
    """As `editable_by` on some day: a date, or its place in a statement that is kept."""
    if viewer.can("partners.admin"):
        return Partner.merged_into.is_null()
    return Partner.merged_into.is_null() & own(viewer, today)


def own(viewer: Viewer, today: Any = None) -> Expression:
    """The condition that somebody owns a partner, works in its team, or is its owner's deputy.

    A deputy acts while the owner is absent: on the day that is given, which may be its place in a
    statement that is kept, else today.
    """
    if today is None:
        today = current_settings().today()
    team = PartnerTeam.select(PartnerTeam.partner).where(PartnerTeam.user == viewer.user_id)
    absent = User.select(User.id).where(
        User.deputy == viewer.user_id,
        User.absent_from <= today,
        User.absent_until.is_null() | (User.absent_until >= today),
    )
    mine = (Partner.owner == viewer.user_id) | Partner.id.in_(team)
    return mine | Partner.owner.in_(absent)


def get(partner_id: int, viewer: Viewer) -> Partner:
    """The partner, or 404 where it does not exist for this person."""
    found = _with_owner(viewer, partner_id)
    if not found:
        follow_merge(partner_id, viewer)
        refuse(partner_id)
    partner: Partner = found[0]
    return partner


@kept
def _with_owner(viewer: Viewer, partner_id: Any) -> Any:
    return (
        Partner.select(Partner, User)
        .join(User, JOIN.LEFT_OUTER, on=Partner.owner)
        .where(Partner.id == partner_id, readable(viewer))
    )


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
    return is_editable(viewer, partner.id)


def is_editable(viewer: Viewer, partner_id: int) -> bool:
    """Whether a partner is among those that somebody's role lets them change."""
    return bool(_editable(viewer, partner_id, current_settings().today()))


@kept
def _editable(viewer: Viewer, partner_id: Any, today: Any) -> Any:
    changeable = Partner.select(Partner.id).where(editable_on(viewer, today))
    return changeable.where(Partner.id == partner_id).tuples()


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
