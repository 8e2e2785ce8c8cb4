"""Writes about the organisation and the people who sign in."""

from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from app.core import audit, clock
from app.core.accounts import queries
from app.core.accounts.models import Organisation, SignInFailure, User, UserSession
from app.core.accounts.passwords import hash_password, matches
from app.core.db import atomic
from app.core.refusals import Refusal

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10  # refused sign-ins per account and network before a pause
PER_NETWORK = 200


class Throttled(Exception):
    """Too many refused sign-ins from this network, or from it for this account."""


class AccountError(Refusal):
    """A change of an account that would leave the desk in a bad state."""


def found_organisation(**values: Any) -> Organisation:
    """Create the host organisation, once."""
    organisation = Organisation.create(id=1, **values)
    audit.record("organisation.founded", "organisation:1", {"fields": sorted(values)})
    return organisation


def authenticate(
    email: str, password: str, address: str, *, known: int | None = None, cheap: bool
) -> User | None:
    """The person with this address and password, or None; raises Throttled.

    Failures count per account *and* network, and per network: guessing is slowed, while nobody
    can lock another's account from elsewhere. A browser in which this person (`known`, their id)
    has signed in before counts for itself alone. One text and one time for all that is wrong.
    """
    user = queries.by_email(email)
    network = f"net|{_network(address)}"[:100]
    account = f"{email.strip().lower()[:60]}|{_network(address)}"[:100]
    if user and known == user.id:
        network = account = f"known|{user.id}"
    since = clock.now() - WINDOW
    if (
        queries.failures_since(account, since) >= PER_ACCOUNT
        or queries.failures_since(network, since) >= PER_NETWORK
    ):
        raise Throttled
    right = matches(user.password_hash if user else None, password, cheap=cheap)
    if user and right and user.active:
        return user
    with atomic():
        SignInFailure.delete().where(SignInFailure.at < since).execute()
        SignInFailure.insert_many([{"key": account}, {"key": network}]).execute()
        audit.record("session.refused", f"user:{user.id if user else 0}")
    return None


def _network(address: str) -> str:
    """The address, or the /64 that one subscriber of IPv6 has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else address


def add_person(
    *, name: str, email: str, role: str, password: str | None, cheap: bool = False
) -> User:
    """Create an account; raises IntegrityError where the address is taken."""
    hashed = hash_password(password, cheap=cheap) if password else None
    with atomic():
        user = User.create(name=name, email=email.lower(), role=role, password_hash=hashed)
        audit.record("user.added", f"user:{user.id}", {"role": role})
    return user


def change_person(
    user: User,
    *,
    name: str,
    email: str,
    role: str,
    active: bool,
    password: str | None,
    version: int,
    cheap: bool = False,
) -> None:
    """Change an account; a new role, address or password, and disabling, end its sessions.

    Raises AccountError where no administrator would remain, or where somebody else has saved
    the account since `version`.
    """
    hashed = hash_password(password, cheap=cheap) if password else None
    with atomic():
        user = User.get_by_id(user.id)
        if user.version != version:
            raise AccountError(
                "Somebody saved this account while you were editing. Reload the page and look."
            )
        loses_admin = user.role == "admin" and not (role == "admin" and active)
        if loses_admin and _other_admins(user.id) == 0:
            raise AccountError("At least one administrator must remain.")
        changed = {
            "name": user.name != name,
            "email": user.email != email.lower(),
            "role": user.role != role,
            "active": user.active != active,
            "password": hashed is not None,
        }
        user.name, user.email, user.role, user.active = name, email.lower(), role, active
        user.password_hash = hashed or user.password_hash
        user.version += 1
        user.save()
        if any(changed[field] for field in ("email", "role", "active", "password")):
            UserSession.delete().where(UserSession.user == user.id).execute()
        audit.record(
            "user.changed", f"user:{user.id}", {"fields": [k for k, v in changed.items() if v]}
        )


def choose_theme(user_id: int, theme: str) -> None:
    """Remember whether a person prefers light, dark, or the system's choice."""
    with atomic():
        User.update(theme=theme).where(User.id == user_id).execute()


def choose_language(user_id: int, locale: str | None) -> None:
    """Remember the language in which a person reads; None follows the organisation's."""
    with atomic():
        User.update(locale=locale).where(User.id == user_id).execute()


def end_sessions(user_id: int, session_id: int | None = None) -> None:
    """End one session of a person, or all of them."""
    condition = UserSession.user == user_id
    if session_id is not None:
        condition &= UserSession.id == session_id
    with atomic():
        UserSession.delete().where(condition).execute()
        audit.record("session.ended", f"user:{user_id}")


def close_account(user_id: int) -> None:
    """Take somebody's access away, in the caller's transaction."""
    User.update(active=False, version=User.version + 1).where(User.id == user_id).execute()
    UserSession.delete().where(UserSession.user == user_id).execute()
    audit.record("user.closed", f"user:{user_id}")


def _other_admins(user_id: int) -> int:
    return User.select().where(User.role == "admin", User.active, User.id != user_id).count()
