"""Reads about grants: whether somebody may see an object, and who may."""

from typing import Any

from peewee import JOIN

from app.core import clock
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.grants.models import Grant
from app.core.partners.models import Partner


def is_granted(viewer: Viewer, ref: str) -> bool:
    """Whether this person may see an object by a grant that holds now."""
    return bool(
        Grant.select().where(Grant.user == viewer.user_id, Grant.ref == ref, _holds()).exists()
    )


def granted_to(viewer: Viewer, kind: str = "") -> list[str]:
    """The refs of what this person may see by grants, of one kind of object or of all."""
    rows = (
        Grant.select(Grant.ref)
        .where(Grant.user == viewer.user_id, _holds())
        .order_by(Grant.granted_at, Grant.id)
        .tuples()
    )
    return [ref for (ref,) in rows if not kind or ref.startswith(f"{kind}:")]


def granted_partners(viewer: Viewer) -> list[Partner]:
    """The partnerships that are open to a guest, by name."""
    ids = [int(ref.partition(":")[2]) for ref in granted_to(viewer, "partner")]
    found = Partner.select().where(Partner.id.in_(ids), Partner.merged_into.is_null())
    return list(found.order_by(Partner.name)) if ids else []


def granted_partner(viewer: Viewer, partner_id: int) -> Partner | None:
    """One partnership, where it is open to this guest."""
    if not is_granted(viewer, f"partner:{partner_id}"):
        return None
    return Partner.get_or_none(Partner.id == partner_id, Partner.merged_into.is_null())


def grants_of(ref: str, kind: str = "guest") -> list[Grant]:
    """Everybody to whom an object was opened, the latest first: guests, or whoever broke the glass.

    Those who broke the glass are shown to the parties of a confidential object.
    """
    return list(
        Grant.select(Grant, User)
        .join(User, JOIN.LEFT_OUTER, on=(Grant.user == User.id))
        .where(Grant.ref == ref, Grant.kind == kind)
        .order_by(Grant.id.desc())
        .limit(200)
    )


def by_id(grant_id: int, ref: str) -> Grant | None:
    """One grant of an object."""
    return Grant.get_or_none(Grant.id == grant_id, Grant.ref == ref)


def state(grant: Grant) -> str:
    """One of revoked, over, invited, open."""
    if grant.revoked_at:
        return "revoked"
    if grant.until <= clock.now():
        return "over"
    return "open" if grant.user_id else "invited"


def _holds() -> Any:
    return Grant.revoked_at.is_null() & (Grant.until > clock.now())
