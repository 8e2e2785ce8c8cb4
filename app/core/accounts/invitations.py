"""Asking somebody in by e-mail: the link works once, expires, and can be sent again or revoked.

Only the hash of a link is kept; sending it again makes a new one, so the former dies. The account
is made when the invitation is accepted, so nothing of it tells whether an address has one.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from peewee import JOIN, IntegrityError

from app.core import audit, clock
from app.core.accounts import mails, queries, throttle
from app.core.accounts.models import Invitation, User
from app.core.accounts.passwords import hash_password
from app.core.accounts.tokens import DeadLink, fresh, hashed
from app.core.db import atomic
from app.core.kept import kept
from app.core.refusals import Refusal

LIFETIME = timedelta(days=7)

# What else belongs to an acceptance, in its transaction: `contact_joined` of partners, for one.
Accepted = Callable[[Invitation, User], None]
_on_acceptance: list[Accepted] = []


class InvitationRefused(Refusal):
    """An invitation that cannot be made."""


def on_acceptance(function: Accepted) -> None:
    """Name a function that completes an acceptance; raising DeadLink in it refuses it."""
    if function not in _on_acceptance:
        _on_acceptance.append(function)


def invite(
    name: str,
    email: str,
    role: str,
    *,
    by: int | None,
    contact_id: int | None = None,
    guest_ref: str = "",
    locale: str = "",
) -> Invitation:
    """Ask somebody in; the mail goes out with the transaction.

    A contact has one open invitation: inviting again sends it again, to the address given now.
    An address that has an account gets a mail that says so, and the inviter sees no difference.
    """
    address = email.strip().lower()
    token, now = fresh(), clock.now()
    values = {
        "token_hash": hashed(token),
        "name": name,
        "email": address,
        "role": role,
        "guest_ref": guest_ref,
        "locale": locale,
        "invited_by": by,
        "sent_at": now,
        "expires_at": now + LIFETIME,
    }
    with atomic():
        row = open_for_contact(contact_id) if contact_id else None
        if row is None:
            row = Invitation.create(contact_id=contact_id, **values)
        else:
            Invitation.update(**values).where(Invitation.id == row.id).execute()
            row = Invitation.get_by_id(row.id)
        audit.record("invitation.sent", f"invitation:{row.id}", _about(row))
        _mail(row, token)
    return row


def send_again(invitation_id: int) -> Invitation:
    """Mail a new link for an open invitation; the former link is dead from now on."""
    token = fresh()
    with atomic():
        renewed = Invitation.update(
            token_hash=hashed(token), sent_at=clock.now(), expires_at=clock.now() + LIFETIME
        ).where(Invitation.id == invitation_id, Invitation.ended_at.is_null())
        if not renewed.execute():
            raise InvitationRefused("This invitation is no longer open.")
        row = Invitation.get_by_id(invitation_id)
        audit.record("invitation.sent_again", f"invitation:{row.id}", _about(row))
        _mail(row, token)
    return row


def revoke(condition: Any) -> int:
    """Take the open invitations that meet a condition back, in one transaction; how many."""
    with atomic():
        rows = list(Invitation.select().where(condition, Invitation.ended_at.is_null()))
        for row in rows:
            Invitation.update(ended_at=clock.now(), outcome="revoked").where(
                Invitation.id == row.id
            ).execute()
            audit.record("invitation.revoked", f"invitation:{row.id}", _about(row))
    return len(rows)


def find(token: str, address: str) -> Invitation:
    """The open invitation behind a link; raises DeadLink, or Throttled after many dead ones."""
    with throttle.guessing("link", address):
        row = Invitation.get_or_none(
            Invitation.token_hash == hashed(token),
            Invitation.ended_at.is_null(),
            Invitation.expires_at > clock.now(),
        )
        if row is None:
            raise DeadLink
    return row


def accept(invitation_id: int, *, name: str, password: str, cheap: bool = False) -> User:
    """Make the account; of two at the same moment one wins. Raises DeadLink."""
    secret = hash_password(password, cheap=cheap)
    try:
        with atomic():
            taken = Invitation.update(ended_at=clock.now(), outcome="accepted").where(
                Invitation.id == invitation_id,
                Invitation.ended_at.is_null(),
                Invitation.expires_at > clock.now(),
            )
            if not taken.execute():
                raise DeadLink
            row = Invitation.get_by_id(invitation_id)
            user = User.create(
                name=name,
                email=row.email,
                role=row.role,
                password_hash=secret,
                locale=row.locale or None,
            )
            audit.record(
                "invitation.accepted",
                f"invitation:{row.id}",
                {"user": user.id} | _about(row),
                actor=f"user:{user.id}",
            )
            for complete in _on_acceptance:
                complete(row, user)
    except IntegrityError as error:  # the address, or the contact, has an account by now
        raise DeadLink from error
    return user


def open_for_contact(contact_id: int) -> Invitation | None:
    """The invitation that a contact has not accepted yet, expired or not."""
    return Invitation.get_or_none(
        Invitation.contact_id == contact_id, Invitation.ended_at.is_null()
    )


def open_for_contacts(contact_ids: Collection[int]) -> dict[int, Invitation]:
    """The open invitations of some contacts."""
    rows = _open_of(list(contact_ids)) if contact_ids else []
    return {row.contact_id: row for row in rows}


@kept
def _open_of(contact_ids: Any) -> Any:
    still = Invitation.ended_at.is_null()
    return Invitation.select().where(Invitation.contact_id.in_(contact_ids), still)


def all_open(limit: int = 200) -> list[Invitation]:
    """Invitations that wait to be accepted, the latest first; expired ones can be sent again."""
    return list(
        Invitation.select(Invitation, User)
        .join(User, JOIN.LEFT_OUTER, on=(Invitation.invited_by == User.id))
        .where(Invitation.ended_at.is_null())
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
        .limit(limit)
    )


def _mail(row: Invitation, token: str) -> None:
    host = queries.current_settings().name
    owner = queries.by_email(row.email)
    if owner is None:
        mails.invitation(row, token, host)
        return
    mails.invited_again(row, owner, host)


def _about(row: Invitation) -> dict[str, Any]:
    return {"role": row.role} | ({"contact": row.contact_id} if row.contact_id else {})
