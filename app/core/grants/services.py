"""The only writer of grants: guests come and go, and an administrator breaks the glass."""

from datetime import datetime, timedelta

from app.core import audit, clock
from app.core.accounts import invitations
from app.core.accounts.models import Invitation, User, UserSession
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.grants.models import Grant
from app.core.refs import check
from app.core.refusals import Refusal

MOST = timedelta(days=366)
GLASS = timedelta(hours=1)  # for which broken glass lets an administrator look


class GrantRefused(Refusal):
    """A grant that cannot be made."""


def grant(user_id: int, ref: str, until: datetime, *, by: Viewer | None, reason: str = "") -> int:
    """Open one object to a guest who has an account, until a moment (naive UTC); returns its id.

    Raises GrantRefused where the person is no guest, or the moment has passed or is too far.
    """
    guest = User.get_or_none(User.id == user_id, User.active, User.role == "guest")
    if guest is None:
        raise GrantRefused("Only guests are let in to one object.")
    return _grant(ref, until, guest.name, guest.email, reason, by, user_id=guest.id)


def invite_guest(
    name: str, email: str, ref: str, until: datetime, *, by: Viewer, reason: str, locale: str = ""
) -> int:
    """Open one object to somebody from outside; an account is asked for by e-mail where none is.

    Raises GrantRefused.
    """
    address = email.strip().lower()
    with atomic():
        known = User.get_or_none(User.email == address, User.active, User.role == "guest")
        if known is not None:
            return grant(known.id, ref, until, by=by, reason=reason)
        invitation = invitations.invite(
            name, address, "guest", by=by.user_id, guest_ref=ref, locale=locale
        )
        return _grant(ref, until, name, address, reason, by, invitation_id=invitation.id)


def joined(row: Invitation, user: User) -> None:
    """The guest's part of an acceptance: what they were invited to opens to them."""
    if user.role == "guest":
        Grant.update(user=user.id).where(Grant.invitation_id == row.id).execute()


def revoke(found: Grant) -> bool:
    """Close an object to somebody again; whether it was open. Their invitation ends with it."""
    with atomic():
        ended = Grant.update(revoked_at=clock.now()).where(
            Grant.id == found.id, Grant.revoked_at.is_null()
        )
        if not ended.execute():
            return False
        if found.invitation_id and not found.user_id:
            invitations.revoke(Invitation.id == found.invitation_id)
        audit.record("grant.revoked", found.ref, {"grant": found.id, "user": found.user_id})
    return True


def revoke_grants(ref: str, *, user_id: int | None = None, grant_id: int | None = None) -> int:
    """Close an object to a guest again, by account or by grant; returns how many were open."""
    if user_id is None and grant_id is None:
        return 0
    mine = Grant.id == grant_id if user_id is None else Grant.user == user_id
    found = Grant.select().where(Grant.ref == ref, Grant.kind == "guest", mine)
    return sum(revoke(one) for one in list(found))


def break_glass(ref: str, reason: str, *, by: Viewer) -> int:
    """Let an administrator see a confidential object for an hour, on record; returns the grant.

    Its parties are shown who looked, when and why (`broken_glass`). Raises GrantRefused.
    """
    if by.role != "admin":
        raise GrantRefused("Only administrators break the glass.")
    if not reason.strip():
        raise GrantRefused("Give a reason: the parties will read it.")
    with atomic():
        made = Grant.create(
            ref=check(ref),
            kind="glass",
            user=by.user_id,
            name=by.name,
            email=by.email,
            reason=reason.strip()[:500],
            granted_by=by.user_id,
            until=clock.now() + GLASS,
        )
        audit.record("glass.broken", ref, {"grant": made.id})
    return int(made.id)


def close_accounts() -> None:
    """Close the accounts of guests to whom nothing is open any more."""
    now = clock.now()
    live = Grant.select(Grant.user).where(
        Grant.user.is_null(False), Grant.revoked_at.is_null(), Grant.until > now
    )
    idle = User.select(User.id).where(User.role == "guest", User.active, User.id.not_in(live))
    for (user_id,) in list(idle.tuples()):
        with atomic():
            User.update(active=False, version=User.version + 1).where(User.id == user_id).execute()
            UserSession.delete().where(UserSession.user == user_id).execute()
            audit.record("user.closed", f"user:{user_id}", actor="system")


def _grant(
    ref: str,
    until: datetime,
    name: str,
    email: str,
    reason: str,
    by: Viewer | None,
    *,
    user_id: int | None = None,
    invitation_id: int | None = None,
) -> int:
    now = clock.now()
    if not now < until <= now + MOST:
        raise GrantRefused("Give a day from tomorrow to a year from now.")
    with atomic():
        made = Grant.create(
            ref=check(ref),
            kind="guest",
            user=user_id,
            invitation_id=invitation_id,
            name=name,
            email=email,
            reason=reason[:500],
            granted_by=by.user_id if by else None,
            until=until,
        )
        audit.record("grant.made", ref, {"grant": made.id, "user": user_id})
    return int(made.id)
