"""The only writer of calendar addresses: made, renewed, ended, and opened."""

from datetime import timedelta

from flask import current_app, g
from flask_babel import gettext as _
from peewee import JOIN

from app.core import audit, clock
from app.core.accounts import throttle
from app.core.accounts.models import User
from app.core.accounts.tokens import DeadLink, fresh, hashed
from app.core.calendar.models import CalendarFeed
from app.core.contract import Viewer
from app.core.db import atomic, upsert
from app.core.messages.languages import external_url
from app.core.partners.models import Contact

PER_FEED = 120  # readings in a quarter of an hour
_NOTED_EVERY = timedelta(minutes=5)


def make(user_id: int) -> str:
    """A new address for one's calendar; the former one is dead at once."""
    token = fresh()
    row = {"user": user_id, "token_hash": hashed(token), "created_at": clock.now(), "used_at": None}
    with atomic():
        upsert(CalendarFeed, [row])
        audit.record("calendar.made", f"user:{user_id}")
    return external_url("calendar.feed", token=token)


def end(user_id: int) -> None:
    """End one's calendar address."""
    with atomic():
        if CalendarFeed.delete().where(CalendarFeed.user == user_id).execute():
            audit.record("calendar.ended", f"user:{user_id}")


def of(user_id: int) -> CalendarFeed | None:
    """A person's address: since when there is one, and when it was last read; not the secret."""
    return CalendarFeed.get_or_none(CalendarFeed.user == user_id)


def held(user_id: int) -> list[str]:
    """A person's address in words, if there is one."""
    return [_("your calendar address")] if of(user_id) else []


def opened(token: str, address: str) -> Viewer:
    """Whose calendar an address is. Raises DeadLink, or Throttled after many dead ones.

    A feed of somebody who may not sign in any more is dead.
    """
    with throttle.guessing("calendar", address):
        row = (
            CalendarFeed.select(
                *(User.id, User.name, User.email, User.role, User.locale),
                *(Contact.partner, Contact.id, Contact.can_sign),
            )
            .join(User)
            .join(
                Contact,
                JOIN.LEFT_OUTER,
                on=(Contact.user == User.id) & (Contact.side == "partner") & Contact.active,
            )
            .where(CalendarFeed.token_hash == hashed(token), User.active)
            .tuples()
            .first()
        )
        is_contact = row is not None and row[3] == "contact"
        if row is None or (is_contact and row[5] is None):
            raise DeadLink
    _count(row[0])
    host = current_app.extensions["entente"].host
    return Viewer(
        user_id=row[0],
        name=row[1],
        email=row[2],
        role=row[3],
        permissions=host.permissions.get(row[3], frozenset()),
        partner_id=row[5] if is_contact else None,
        contact_id=row[6] if is_contact else None,
        can_sign=bool(row[7]) and is_contact,
        locale=row[4] or g.organisation.locale,
    )


def _count(user_id: int) -> None:
    """Count a reading; raises Throttled where a program asks far too often."""
    now = clock.now()
    throttle.take(throttle.Limit(f"feed|{user_id}", PER_FEED))
    with atomic():
        late = CalendarFeed.used_at.is_null() | (CalendarFeed.used_at < now - _NOTED_EVERY)
        CalendarFeed.update(used_at=now).where(CalendarFeed.user == user_id, late).execute()
