"""A forgotten password, and another e-mail address: changes that a link in a mailbox completes.

Asking costs the same and answers the same whether the address has an account: one job looks.
"""

from datetime import timedelta

from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts import mails, other_access, queries, throttle
from app.core.accounts.models import MailedLink, User
from app.core.accounts.passwords import hash_password
from app.core.accounts.second_factor import end_other_sessions
from app.core.accounts.throttle import RESETS, RESETS_PER_NETWORK, Limit
from app.core.accounts.tokens import DeadLink, fresh, hashed
from app.core.db import atomic
from app.core.events import enqueue

RESET_LIFETIME = timedelta(hours=1)
EMAIL_LIFETIME = timedelta(days=1)
RESET_JOB = "accounts.reset"
EMAIL_JOB = "accounts.change_email"


def ask_reset(email: str, address: str) -> None:
    """Ask for a new password; raises Throttled for a network that asks too often.

    Nothing here depends on whether the address has an account.
    """
    wanted = email.strip().lower()
    throttle.take(Limit(f"reset|{throttle.network(address)}", RESETS_PER_NETWORK))
    try:
        throttle.take(Limit(f"reset|{wanted[:80]}", RESETS))
    except throttle.Throttled:
        wanted = ""  # nobody's mailbox is filled; the answer stays the same
    with atomic():
        enqueue(RESET_JOB, {"email": wanted})


def send_reset(email: str) -> None:
    """The job: mail a link where the address is an active person's; the former link dies."""
    user = queries.by_email(email) if email else None
    if user is None or not user.active:
        return
    mails.reset(user, reset_token(user))
    audit.record("user.reset_asked", f"user:{user.id}")


def reset_token(user: User) -> str:
    """A fresh secret that sets a new password, in place of any other, in the caller's `atomic`."""
    return _make(user.id, "reset", RESET_LIFETIME)


def reset(
    link: MailedLink, password: str, *, end_others: bool = False, cheap: bool = False
) -> None:
    """Set a new password and end every session; raises DeadLink where the link has been used.

    With `end_others` all ends that opens without a password: calendar and API tokens.
    """
    secret = hash_password(password, cheap=cheap)
    with atomic():
        user = _use(link)
        User.update(password_hash=secret, version=User.version + 1).where(
            User.id == user.id
        ).execute()
        end_other_sessions(user.id, None)
        if end_others:
            other_access.end(user.id)
        MailedLink.delete().where(MailedLink.user == user.id).execute()
        audit.record("user.password_reset", f"user:{user.id}", actor=f"user:{user.id}")
        mails.password_changed(user)


def ask_email(user_id: int, email: str) -> None:
    """Ask to sign in with another address; a job writes to both, so that the answer tells nothing.

    Raises Throttled.
    """
    throttle.take(Limit(f"email|{user_id}", RESETS))
    with atomic():
        enqueue(EMAIL_JOB, {"user_id": user_id, "email": email.strip().lower()})
        audit.record("user.email_asked", f"user:{user_id}")


def send_email_links(user_id: int, email: str) -> None:
    """The job: the new address confirms, the old one can stop it; an address in use is told so."""
    user = User.get_or_none(User.id == user_id, User.active)
    if user is None or user.email == email:
        return
    stop = _make(user.id, "email_stop", EMAIL_LIFETIME, email)
    confirm = _make(user.id, "email", EMAIL_LIFETIME, email)
    mails.stop_address(user, email, stop)
    owner = queries.by_email(email)
    if owner is not None:
        mails.address_taken(owner)
        return
    mails.confirm_address(user, email, confirm)


def change_email(link: MailedLink, *, keep_session: int | None = None) -> User:
    """The new address is confirmed: it holds from now on, and other sessions end.

    Raises DeadLink, also where the address has become somebody's meanwhile.
    """
    try:
        with atomic():
            user = _use(link)
            former = user.email
            User.update(email=link.email, version=User.version + 1).where(
                User.id == user.id
            ).execute()
            MailedLink.delete().where(MailedLink.user == user.id).execute()
            end_other_sessions(user.id, keep_session)
            audit.record("user.email_changed", f"user:{user.id}", actor=f"user:{user.id}")
            user.email = link.email
            mails.address_changed(user, former)
    except IntegrityError as error:
        raise DeadLink from error
    return user


def stop_email(link: MailedLink) -> None:
    """The old address says no: nothing changes, and the other link is dead. Raises DeadLink."""
    with atomic():
        user = _use(link)
        MailedLink.delete().where(
            MailedLink.user == user.id, MailedLink.purpose.in_(("email", "email_stop"))
        ).execute()
        audit.record("user.email_stopped", f"user:{user.id}", actor=f"user:{user.id}")


def find(token: str, purpose: str, address: str) -> MailedLink:
    """The link with this secret; raises DeadLink, or Throttled after many dead ones."""
    with throttle.guessing("link", address):
        link = (
            MailedLink.select(MailedLink, User)
            .join(User)
            .where(
                MailedLink.token_hash == hashed(token),
                MailedLink.purpose == purpose,
                MailedLink.expires_at > clock.now(),
                User.active,
            )
            .first()
        )
        if link is None:
            raise DeadLink
    return link


def sweep() -> None:
    """Drop links that have expired."""
    MailedLink.delete().where(MailedLink.expires_at < clock.now()).execute()


def _make(user_id: int, purpose: str, lifetime: timedelta, email: str = "") -> str:
    token = fresh()
    MailedLink.delete().where(MailedLink.user == user_id, MailedLink.purpose == purpose).execute()
    MailedLink.create(
        token_hash=hashed(token),
        purpose=purpose,
        user=user_id,
        email=email,
        expires_at=clock.now() + lifetime,
    )
    return token


def _use(link: MailedLink) -> User:
    """Take the link out of the world: of two at the same moment one finds it."""
    gone = MailedLink.delete().where(
        MailedLink.id == link.id,
        MailedLink.token_hash == link.token_hash,
        MailedLink.expires_at > clock.now(),
    )
    if not gone.execute():
        raise DeadLink
    return User.get_by_id(link.user_id)
