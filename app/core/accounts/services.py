"""Writes about the organisation and the people who sign in."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.core import audit, clock
from app.core.accounts import mailed_links, mails, other_access, queries, rules, throttle
from app.core.accounts.models import MailedLink, Organisation, User, UserSession
from app.core.accounts.passwords import hash_password, matches
from app.core.accounts.second_factor import end_other_sessions
from app.core.accounts.throttle import PER_ACCOUNT, PER_NETWORK, Limit
from app.core.db import atomic, lock
from app.core.refusals import Refusal

WAITING = timedelta(hours=1)


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
    where = throttle.network(address)
    network = f"net|{where}"
    account = f"{email.strip().lower()[:60]}|{where}"
    if user and known == user.id:
        network = account = f"known|{user.id}"
    taken = throttle.take(Limit(account, PER_ACCOUNT), Limit(network, PER_NETWORK))
    right = matches(user.password_hash if user else None, password, cheap=cheap)
    if user and right and user.active:
        throttle.give_back(taken)
        return user
    with atomic():
        audit.record("session.refused", f"user:{user.id if user else 0}")
    return None


def add_person(
    *, name: str, email: str, role: str, password: str | None, cheap: bool = False
) -> User:
    """Create an account; raises IntegrityError where the address is taken."""
    hashed = hash_password(password, cheap=cheap) if password else None
    with atomic():
        user = User.create(name=name, email=email.lower(), role=role, password_hash=hashed)
        changes = audit.differences({}, {"name": name, "email": user.email, "role": role})
        audit.record("user.added", f"user:{user.id}", {"role": role}, changes=changes)
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
    place: Mapping[str, Any] | None = None,
    keep_session: int | None = None,
    cheap: bool = False,
) -> None:
    """Change an account; a new role, address or password, and disabling, end its sessions.

    `place` is who they are among staff, as `check_place` takes it; `keep_session` the session of
    whoever changes their own account. Raises AccountError where no administrator would remain, or
    where somebody else has saved the account since `version`.
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
        former = user.email
        values = {"name": name, "email": email.lower(), "role": role, "active": active}
        if place is not None:
            check_place(user.id, place)
            values |= place
        changed = [field for field, value in values.items() if _plain(user, field) != value]
        stood = {field: _told(field, _plain(user, field)) for field in values}
        changes = audit.differences(stood, {f: _told(f, value) for f, value in values.items()})
        if hashed:
            values["password_hash"] = hashed
            changed.append("password")
        User.update(**values, version=User.version + 1).where(User.id == user.id).execute()
        if {"email", "role", "active", "password"} & set(changed):
            end_other_sessions(user.id, keep_session if active else None)
            MailedLink.delete().where(MailedLink.user == user.id).execute()
        user.email = email.lower()
        if hashed:
            mails.password_changed(user)
        if "email" in changed:
            mails.address_changed(user, former)
        detail = {"fields": changed}
        audit.record("user.changed", f"user:{user.id}", detail, changes=changes)


def check_place(user_id: int, place: Mapping[str, Any]) -> None:
    """Refuse a line of managers or deputies that bites its own tail; inside the transaction.

    `place` holds department, is_executive, line_manager, absent_from, absent_until and deputy.
    Raises AccountError.
    """
    lock("who is who")  # two people made each other's manager at the same moment
    first, last = place.get("absent_from"), place.get("absent_until")
    if last and (not first or last < first):
        raise AccountError("The last day of an absence is not before its first.")
    if place.get("deputy") == user_id:
        raise AccountError("Nobody can be their own deputy.")
    managers: dict[int, int | None] = dict(User.select(User.id, User.line_manager).tuples())
    if rules.runs_in_circle(user_id, place.get("line_manager"), managers):
        raise AccountError("This line manager reports to the same person: choose another.")


def set_absence(user_id: int, first: date | None, last: date | None, deputy: int | None) -> None:
    """From when to when somebody is out, and who stands in; raises AccountError."""
    values = {"absent_from": first, "absent_until": last, "deputy": deputy}
    with atomic():
        person = User.get_by_id(user_id)
        check_place(user_id, values | {"line_manager": person.line_manager_id})
        User.update(**values).where(User.id == user_id).execute()
        audit.record("user.absence_set", f"user:{user_id}")


def change_password(
    user_id: int,
    password: str,
    *,
    keep_session: int | None,
    end_others: bool = False,
    cheap: bool = False,
) -> None:
    """A person's own new password; their other sessions end and a mail tells them.

    With `end_others` all ends that opens without a password: calendar and API tokens.
    """
    hashed = hash_password(password, cheap=cheap)
    with atomic():
        User.update(password_hash=hashed, version=User.version + 1).where(
            User.id == user_id
        ).execute()
        end_other_sessions(user_id, keep_session)
        if end_others:
            other_access.end(user_id)
        MailedLink.delete().where(MailedLink.user == user_id).execute()
        audit.record("user.password_changed", f"user:{user_id}")
        mails.password_changed(User.get_by_id(user_id))


def _plain(user: User, field: str) -> Any:
    """A field as forms give it: people by id."""
    return getattr(user, f"{field}_id" if field in ("line_manager", "deputy") else field)


def _told(field: str, value: Any) -> Any:
    """A value as the history shows it: people by their present name."""
    people = field in ("line_manager", "deputy") and value
    return audit.Ref(f"user:{value}") if people else value


def choose_theme(user_id: int, theme: str) -> None:
    """Remember whether a person prefers light, dark, or the system's choice."""
    with atomic():
        User.update(theme=theme).where(User.id == user_id).execute()


def choose_language(user_id: int, locale: str | None) -> None:
    """Remember the language in which a person reads; None follows the organisation's."""
    with atomic():
        User.update(locale=locale).where(User.id == user_id).execute()


def end_sessions(user_id: int, session_id: int | None = None, *, keep: int | None = None) -> None:
    """End one session of a person, or all of them but the one that is kept."""
    condition = UserSession.user == user_id
    if session_id is not None:
        condition &= UserSession.id == session_id
    if keep is not None:
        condition &= UserSession.id != keep
    with atomic():
        UserSession.delete().where(condition).execute()
        audit.record("session.ended", f"user:{user_id}")


def sweep() -> None:
    """Drop what has expired: sessions, links, counted tries."""
    now = clock.now()
    UserSession.delete().where(
        (UserSession.seen_at < now - queries.IDLE)
        | (UserSession.created_at < now - queries.ABSOLUTE)
        | (UserSession.waiting & (UserSession.created_at < now - WAITING))
    ).execute()
    mailed_links.sweep()
    throttle.sweep()


def close_account(user_id: int) -> None:
    """Take somebody's access away, in the caller's transaction."""
    User.update(active=False, version=User.version + 1).where(User.id == user_id).execute()
    end_other_sessions(user_id, None)
    MailedLink.delete().where(MailedLink.user == user_id).execute()
    audit.record("user.closed", f"user:{user_id}")


def _other_admins(user_id: int) -> int:
    return User.select().where(User.role == "admin", User.active, User.id != user_id).count()
