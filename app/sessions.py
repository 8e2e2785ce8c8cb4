"""Sessions: a row of the database for each signed-in browser, whose cookie holds the secret."""

import hashlib
import secrets
from datetime import timedelta

from flask import g, request, session

from app.core import audit, clock
from app.core.accounts import queries
from app.core.accounts.models import User, UserSession
from app.core.db import atomic

WAITING_FOR = timedelta(minutes=10)  # how long a right password waits for the second factor


def let_in(user_id: int) -> bool:
    """The one gate of every way in: sign a person in, or await their second factor first.

    Returns whether they are signed in.
    """
    if not queries.has_second_factor(user_id):
        start_session(user_id)
        return True
    known = session.get("known")
    token = _open_session(user_id, waiting=True)
    session.clear()
    session["half"] = token
    if known:
        session["known"] = known
    return False


def start_session(user_id: int) -> None:
    """Sign a person in: a new session row, a new cookie, a new CSRF token."""
    token = _open_session(user_id, waiting=False)
    session.clear()
    session.permanent = True
    session["sid"] = token
    session["known"] = user_id


def _open_session(user_id: int, *, waiting: bool) -> str:
    token = secrets.token_urlsafe(32)
    with atomic():
        UserSession.create(
            token_hash=digest(token),
            user=user_id,
            address=(request.remote_addr or "")[:64],
            browser=request.headers.get("User-Agent", "")[:200],
            waiting=waiting,
            confirmed_at=None if waiting else clock.now(),
        )
        action = "session.password_right" if waiting else "session.started"
        audit.record(action, f"user:{user_id}", actor=f"user:{user_id}")
    return token


def waiting_person() -> int | None:
    """Whose password this browser has given right, while the second factor is awaited.

    Such a session gives no right at all and passes after ten minutes.
    """
    token = session.get("half", "")
    if not token:
        return None
    row = (
        UserSession.select(UserSession.user)
        .join(User)
        .where(
            UserSession.token_hash == digest(token),
            UserSession.waiting,
            UserSession.created_at > clock.now() - WAITING_FOR,
            User.active,
        )
        .tuples()
        .first()
    )
    return row[0] if row else None


def forget_waiting() -> None:
    """End the half session of this browser, on the server too."""
    token = session.pop("half", "")
    with atomic():
        UserSession.delete().where(UserSession.token_hash == digest(token)).execute()


def renew_session() -> None:
    """Give this session a new id once its person has proven who they are, or has changed it."""
    token = secrets.token_urlsafe(32)
    with atomic():
        UserSession.update(token_hash=digest(token), confirmed_at=clock.now()).where(
            UserSession.id == g.viewer.session_id
        ).execute()
    session["sid"] = token
    g.confirmed_at = clock.now()


def end_session() -> None:
    """Sign this browser out, on the server too."""
    token, known = session.get("sid", ""), session.get("known")
    with atomic():
        UserSession.delete().where(UserSession.token_hash == digest(token)).execute()
        if g.viewer:
            audit.record("session.ended", f"user:{g.viewer.user_id}")
    session.clear()
    if known:
        # A browser that has been this person's before is not held up by strangers' guesses.
        session.permanent = True
        session["known"] = known


def digest(token: str) -> str:
    """The form in which a secret token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
