"""Reads about the organisation, people and their sessions."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from flask import g, has_app_context

from app.core import clock
from app.core.accounts import who_is_who
from app.core.accounts.models import (
    LINK_ROLE,
    STAFF_ROLES,
    Organisation,
    SecondFactor,
    SignInFailure,
    User,
    UserSession,
)
from app.core.db import database, is_sqlite
from app.core.kept import kept
from app.core.periods import Calendar

IDLE = timedelta(days=3)
ABSOLUTE = timedelta(days=30)


@dataclass(frozen=True)
class Settings:
    """The organisation's settings as every page needs them."""

    name: str
    currency: str
    timezone: str
    locale: str
    fiscal_year_start_month: int
    fiscal_year_label: str
    logo: str
    primary_colour: str
    working_days: str
    opens_at: int
    closes_at: int
    holiday_country: str
    holiday_subdivision: str
    four_eyes_required: bool
    second_factor_roles: str
    version: int

    @cached_property
    def calendar(self) -> Calendar:
        """How this organisation counts quarters, halves and years."""
        return Calendar(self.fiscal_year_start_month, self.fiscal_year_label)

    def today(self) -> Any:
        """The date at this moment where the organisation is."""
        return clock.today(self.timezone)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session, its person and, for contacts, their partner; None where nobody is signed in."""

    session_id: int
    seen_at: datetime
    user_id: int
    name: str
    email: str
    role: str
    locale: str | None
    theme: str
    partner_id: int | None
    contact_id: int | None
    confirmed_at: datetime | None
    has_second_factor: bool
    can_sign: bool
    unread: int  # notifications, counted up to 100


def settings() -> Settings | None:
    """The organisation's settings; None before the first run."""
    columns = [getattr(Organisation, name) for name in _COLUMNS]
    row = Organisation.select(*columns).where(Organisation.id == 1).tuples().first()
    return Settings(*row) if row else None


def current_settings() -> Settings:
    """The settings that this request has read already, else those in the database.

    Raises LookupError before the first run.
    """
    found = (g.get("organisation") if has_app_context() else None) or settings()
    if found is None:
        raise LookupError("the organisation has not been set up yet")
    return found


_COLUMNS = tuple(field.name for field in fields(Settings))  # the columns' names too

_REQUEST = """
SELECT {settings},
  (SELECT {concat} FROM plugin_switch WHERE NOT enabled),
  s.id, s.seen_at, u.id, u.name, u.email, u.role, u.locale, u.theme,
  c.partner_id, c.id, s.confirmed_at, f.salt <> '', c.can_sign,
  (SELECT COUNT(*) FROM (SELECT 1 FROM notification n
    WHERE n.user_id = u.id AND n.read_at IS NULL LIMIT 100) AS unread)
FROM organisation o
LEFT JOIN user_session s
  ON s.token_hash = {p} AND s.seen_at > {p} AND s.created_at > {p} AND NOT s.waiting
LEFT JOIN "user" u ON u.id = s.user_id AND u.active
LEFT JOIN second_factor f ON f.user_id = u.id
LEFT JOIN contact c ON c.user_id = u.id AND c.side = 'partner' AND c.active
WHERE o.id = 1
"""


def request_state(token_hash: str) -> tuple[Settings, frozenset[str], SignedIn | None] | None:
    """What every request needs, in one query: settings, switched-off plugins, who is there.

    None before the first run. An empty hash belongs to nobody.
    """
    concat = "group_concat(plugin)" if is_sqlite() else "string_agg(plugin, ',')"
    now = clock.now()
    cursor = database.execute_sql(
        _REQUEST.format(
            settings=", ".join(f"o.{name}" for name in _COLUMNS), concat=concat, p=database.param
        ),
        (token_hash, now - IDLE, now - ABSOLUTE),
    )
    row = cursor.fetchone()
    if row is None:
        return None
    settings, (switched_off, *rest) = Settings(*row[: len(_COLUMNS)]), row[len(_COLUMNS) :]
    off = frozenset(switched_off.split(",")) if switched_off else frozenset()
    session_id, seen_at, user_id, *person, confirmed_at, second_factor, can_sign, unread = rest
    if session_id is None or user_id is None:
        return settings, off, None
    flags = (_moment(confirmed_at), bool(second_factor), bool(can_sign), unread)
    return settings, off, SignedIn(*(session_id, _moment(seen_at), user_id, *person, *flags))


def _moment(value: Any) -> datetime | None:
    """A timestamp of a plain statement, which SQLite hands over as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def by_email(email: str) -> User | None:
    """The person with this address, whatever their state."""
    return User.get_or_none(User.email == email.strip().lower())


def staff() -> list[User]:
    """Active people of the host organisation, by name."""
    return _staff()


@kept
def _staff() -> Any:
    return User.select().where(User.role.in_(STAFF_ROLES), User.active).order_by(User.name, User.id)


def people(rule: str) -> set[int]:
    """The ids of the active people that a rule such as `role:admin` or `team:12` names.

    `app.core.accounts.who_is_who.people` lists the rules; deputies stand in as of today.
    """
    return who_is_who.people(rule, current_settings().today())


def everybody(page: int, size: int) -> tuple[list[User], int]:
    """One page of everybody who can sign in, by name, and how many there are."""
    query = User.select().where(User.role != LINK_ROLE)
    ordered = query.order_by(User.active.desc(), User.name, User.id)
    return list(ordered.paginate(page, size)), query.count()


def failures_since(key: str, moment: datetime) -> int:
    """How many sign-ins were refused for an account or a network since a moment."""
    return SignInFailure.select().where(SignInFailure.key == key, SignInFailure.at > moment).count()


def sessions_of(user_id: int) -> list[UserSession]:
    """A person's signed-in browsers, the latest first."""
    now = clock.now()
    return list(
        UserSession.select()
        .where(
            UserSession.user == user_id,
            ~UserSession.waiting,
            UserSession.seen_at > now - IDLE,
            UserSession.created_at > now - ABSOLUTE,
        )
        .order_by(UserSession.seen_at.desc())
    )


def second_factor(user_id: int) -> SecondFactor | None:
    """A person's second factor, set up or about to be."""
    return SecondFactor.get_or_none(SecondFactor.user == user_id)


def has_second_factor(user_id: int) -> bool:
    """Whether signing in asks a person for a code."""
    found = second_factor(user_id)
    return found is not None and bool(found.salt)


def with_second_factor(user_ids: Iterable[int]) -> set[int]:
    """Those of these people whose second factor is set up."""
    rows = SecondFactor.select(SecondFactor.user).where(
        SecondFactor.user.in_(list(user_ids)), SecondFactor.salt != ""
    )
    return {row[0] for row in rows.tuples()}


class Away(NamedTuple):
    """An absence that lasts today."""

    until: date | None
    deputy: str  # the name of who acts; "" where nobody stands in


def away(user_ids: Iterable[int]) -> dict[int, Away]:
    """Those of these people who are out today, with the deputy who is there."""
    day = current_settings().today()
    wanted = list(user_ids)
    out = (
        User.select(User.id, User.absent_until)
        .where(
            User.id.in_(wanted),
            User.absent_from <= day,
            User.absent_until.is_null() | (User.absent_until >= day),
        )
        .tuples()
    )
    found: dict[int, date | None] = dict(out) if wanted else {}
    if not found:
        return {}
    acting = who_is_who.stand_ins(found, day)
    names: dict[int, str] = dict(
        User.select(User.id, User.name).where(User.id.in_(set(acting.values()))).tuples()
    )
    return {
        person: Away(until, names.get(acting[person], "") if acting[person] != person else "")
        for person, until in found.items()
    }
