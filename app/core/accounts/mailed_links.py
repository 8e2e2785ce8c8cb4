"""Links that come by mail and work once, and the change that one completes: a forgotten password.

Asking costs the same and answers the same whether the address has an account: one job looks.
"""

from datetime import timedelta

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
RESET_JOB = "accounts.reset"


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
    return make(user.id, "reset", RESET_LIFETIME)


def reset(
    link: MailedLink, password: str, *, end_others: bool = False, cheap: bool = False
) -> None:
    """Set a new password and end every session; raises DeadLink where the link has been used.

    With `end_others` all ends that opens without a password: calendar and API tokens.
    """
    secret = hash_password(password, cheap=cheap)
    with atomic():
        user = use(link)
        User.update(password_hash=secret, version=User.version + 1).where(
            User.id == user.id
        ).execute()
        end_other_sessions(user.id, None)
        if end_others:
            other_access.end(user.id)
        MailedLink.delete().where(MailedLink.user == user.id).execute()
        audit.record("user.password_reset", f"user:{user.id}", actor=f"user:{user.id}")
        mails.password_changed(user)


def find(token: str, address: str, *purposes: str) -> MailedLink:
    """The link with this secret, if it is for one of these purposes.

    Raises DeadLink, or Throttled after many dead ones.
    """
    with throttle.guessing("link", address):
        link = (
            MailedLink.select(MailedLink, User)
            .join(User)
            .where(
                MailedLink.token_hash == hashed(token),
                MailedLink.purpose.in_(purposes),
                MailedLink.confirmed_at.is_null(),
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


def make(user_id: int, purpose: str, lifetime: timedelta, email: str = "") -> str:
    """A fresh secret for one purpose, in place of any other; in the caller's `atomic`."""
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


def use(link: MailedLink) -> User:
    """Take the link out of the world: of two at the same moment one finds it."""
    gone = MailedLink.delete().where(
        MailedLink.id == link.id,
        MailedLink.token_hash == link.token_hash,
        MailedLink.expires_at > clock.now(),
    )
    if not gone.execute():
        raise DeadLink
    return User.get_by_id(link.user_id)
