"""Another e-mail address: it holds once both mailboxes, the new one and the old one, say so.

The answer to whoever asks is the same whether the address is somebody's: one job looks.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts import mails, queries, throttle
from app.core.accounts.mailed_links import make, use
from app.core.accounts.models import MailedLink, User
from app.core.accounts.second_factor import end_other_sessions
from app.core.accounts.throttle import RESETS, Limit
from app.core.accounts.tokens import DeadLink
from app.core.db import atomic, lock
from app.core.events import enqueue

LIFETIME = timedelta(days=1)
JOB = "accounts.change_email"
NEW, OLD = "email", "email_old"  # the purposes of the two links

# What else follows an account's address, in its transaction: (user id, former, new).
Moved = Callable[[int, str, str], None]
_on_change: list[Moved] = []


class Pending(NamedTuple):
    """A change that waits: for which address, who has confirmed, and until when it can."""

    email: str
    new_confirmed: bool
    old_confirmed: bool
    until: datetime


def on_change(function: Moved) -> None:
    """Name a function that follows an account to its new address."""
    if function not in _on_change:
        _on_change.append(function)


def ask(user_id: int, email: str) -> None:
    """Ask to sign in with another address; a job writes to both, so that the answer tells nothing.

    Raises Throttled.
    """
    throttle.take(Limit(f"email|{user_id}", RESETS))
    with atomic():
        enqueue(JOB, {"user_id": user_id, "email": email.strip().lower()})
        audit.record("user.email_asked", f"user:{user_id}")


def send_links(user_id: int, email: str) -> None:
    """The job: both mailboxes are asked; an address in use is only told so."""
    user = User.get_or_none(User.id == user_id, User.active)
    if user is None or user.email == email:
        return
    old = make(user.id, OLD, LIFETIME, email)
    new = make(user.id, NEW, LIFETIME, email)
    mails.leave_address(user, email, old)
    owner = queries.by_email(email)
    if owner is not None:
        mails.address_taken(owner)
        return
    mails.confirm_address(user, email, new)


def pending(user_id: int) -> Pending | None:
    """The change that somebody has asked for and that waits for a mailbox."""
    links = {
        row.purpose: row
        for row in MailedLink.select().where(
            MailedLink.user == user_id,
            MailedLink.purpose.in_((NEW, OLD)),
            MailedLink.expires_at > clock.now(),
        )
    }
    if len(links) < 2:
        return None
    new, old = links[NEW], links[OLD]
    return Pending(new.email, bool(new.confirmed_at), bool(old.confirmed_at), new.expires_at)


def confirm(link: MailedLink, *, keep_session: int | None = None) -> bool:
    """One mailbox says yes; whether both have now, so that the new address holds.

    Then other sessions end. Raises DeadLink, also where the address became somebody's meanwhile.
    """
    try:
        with atomic():
            lock(f"address of {link.user_id}")  # both mailboxes at the same moment
            now = clock.now()
            mine = MailedLink.update(confirmed_at=now).where(
                MailedLink.id == link.id,
                MailedLink.token_hash == link.token_hash,
                MailedLink.confirmed_at.is_null(),
                MailedLink.expires_at > now,
            )
            if not mine.execute():
                raise DeadLink
            audit.record(
                "user.email_confirmed",
                f"user:{link.user_id}",
                {"mailbox": "new" if link.purpose == NEW else "present"},
                actor=f"user:{link.user_id}",
            )
            waits = pending(link.user_id)
            if waits is None or not (waits.new_confirmed and waits.old_confirmed):
                return False
            _change(link, keep_session)
    except IntegrityError as error:
        raise DeadLink from error
    return True


def _change(link: MailedLink, keep_session: int | None) -> None:
    user = User.get_by_id(link.user_id)
    former = user.email
    User.update(email=link.email, version=User.version + 1).where(User.id == user.id).execute()
    MailedLink.delete().where(MailedLink.user == user.id).execute()
    end_other_sessions(user.id, keep_session)
    audit.record("user.email_changed", f"user:{user.id}", actor=f"user:{user.id}")
    user.email = link.email
    for follow in _on_change:
        follow(user.id, former, user.email)
    mails.address_changed(user, former)


def stop(link: MailedLink) -> None:
    """The present address says no: nothing changes, and the other link is dead. Raises DeadLink."""
    with atomic():
        user = use(link)
        _drop(user.id)


def call_off(user_id: int) -> None:
    """Whoever asked thinks better of it; without a change that waits, nothing happens."""
    with atomic():
        if pending(user_id):
            _drop(user_id)


def _drop(user_id: int) -> None:
    ours = (MailedLink.user == user_id) & MailedLink.purpose.in_((NEW, OLD))
    MailedLink.delete().where(ours).execute()
    audit.record("user.email_stopped", f"user:{user_id}", actor=f"user:{user_id}")
