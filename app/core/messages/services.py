"""The only writer of mails and notifications; nothing here touches the network."""

import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from peewee import JOIN

from app.core import audit, clock
from app.core.accounts.models import User
from app.core.db import atomic, upsert
from app.core.events import enqueue
from app.core.host import current_host
from app.core.messages.events import AT_ONCE, DAILY, DIGESTS, EVENTS, OFF, Event, register_event
from app.core.messages.languages import absolute, external_url, site_path, written_for
from app.core.messages.models import (
    BouncingAddress,
    Mail,
    Notification,
    NotificationPreference,
)
from app.core.messages.sparing import written_to_often
from app.core.partners.models import Contact
from app.mail import is_address

__all__ = ["external_url", "notify", "queue_mail", "register_event", "site_path"]

SEND = "mail.send"
_AT_ONCE_READ = 500  # people told in one statement


_silent: ContextVar[bool] = ContextVar("entente_without_mail", default=False)


@contextmanager
def without_mail() -> Iterator[None]:
    """Tell people in the app alone: made-up records must not write to anybody."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def queue_mail(
    to: str,
    *,
    kind: str,
    subject: str,
    paragraphs: Sequence[str],
    action: tuple[str, str] | None = None,
    user_id: int | None = None,
    locale: str = "",
    ref: str = "",
    secret: bool = False,
    digest: str = "",
    sections: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Put an e-mail to one address in the outbox, in the caller's transaction; returns its id.

    `action` is a button: its label and its address (`external_url`). Of a `secret` mail, which
    holds a token, the text is shown to nobody and erased once it is sent. Texts are written by
    the caller in the reader's language, `locale`. Raises ValueError for what is no address.
    """
    address = to.strip()
    if not is_address(address):
        raise ValueError("one e-mail address is needed")
    content = {
        "paragraphs": [str(text) for text in paragraphs],
        "action": [str(part) for part in action] if action else None,
        "sections": list(sections),
    }
    mail = Mail.create(
        token=secrets.token_hex(16),
        to_address=address,
        user=user_id,
        kind=kind,
        ref=ref,
        locale=locale,
        subject=one_line(str(subject))[:300],
        content=json.dumps(content, ensure_ascii=False),
        secret=secret,
        digest=digest,
    )
    enqueue(SEND)
    return int(mail.id)


def notify(
    event: str,
    people: Collection[int],
    *,
    title: Any,
    text: Any = "",
    ref: str,
    url: str = "",
    key: str = "",
    by: int | None = None,
) -> None:
    """Tell people of something in the app, and by e-mail as each prefers; in the caller's `atomic`.

    `people` are user ids; `title` and `text` are texts, lazy texts or functions without
    arguments, rendered in each person's language. `url` is a path of this site (`site_path`). The
    same `key` is told once per person; nobody is told of their own act (`by`). Who may not get
    the event by their role is left out. Raises LookupError for an event that nobody registered.
    """
    about = event_of(event)
    readers = [one for one in _readers(people, about) if one.user_id != by]
    readers = _spared(readers, about)
    path = url if url.startswith("/") and not url.startswith("//") else ""
    for locale in sorted({one.locale for one in readers}):
        with written_for(locale):
            head, body = one_line(_said(title))[:300], _said(text)[:4000]
        told = [one for one in readers if one.locale == locale]
        for one in told:
            fresh = _add(one, about, head, body, ref, path, key)
            if fresh and one.frequency == AT_ONCE and not one.bounces and not _silent.get():
                _mail(one, about, head, body, ref, path)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told: how to reach them, and how often they want e-mails about it."""

    user_id: int
    email: str
    locale: str
    frequency: str
    bounces: bool


def all_events() -> dict[str, Event]:
    """Every event of core and of the plugins that are on, by its key."""
    host = current_host()
    return EVENTS | {
        event.key: Event(event.key, event.label, event.default, event.roles, host.title(plugin))
        for plugin, event in host.notifications
    }


def mark_read(user_id: int, notification_id: int | None = None) -> None:
    """Mark one of a person's notifications as read, or all of them."""
    mine = (Notification.user == user_id) & Notification.read_at.is_null()
    if notification_id is not None:
        mine &= Notification.id == notification_id
    with atomic():
        Notification.update(read_at=clock.now()).where(mine).execute()


def choose(user_id: int, role: str, frequencies: Mapping[str, str]) -> None:
    """Remember how often a person wants e-mails, by event; what the role cannot get is ignored."""
    rows = [
        {"user": user_id, "event": key, "frequency": frequency}
        for key, frequency in frequencies.items()
        if (event := all_events().get(key))
        and role in event.roles
        and frequency in event.frequencies
    ]
    with atomic():
        upsert(NotificationPreference, rows)


def unsubscribe(user_id: int, digest: str) -> None:
    """End a person's daily or weekly digest: nothing comes by it any more."""
    user = User.get_or_none(User.id == user_id)
    if user is None:
        return
    rows = NotificationPreference.select(
        NotificationPreference.event, NotificationPreference.frequency
    ).where(NotificationPreference.user == user_id)
    chosen = dict(rows.tuples())
    ended = {
        key: OFF for key, event in all_events().items() if chosen.get(key, event.default) == digest
    }
    with atomic():
        choose(user_id, user.role, ended)
        waiting = (Notification.user == user_id) & (Notification.digest == digest)
        Notification.update(digest="").where(waiting).execute()
        audit.record("digest.ended", f"user:{user_id}", {"digest": digest})


def event_of(key: str) -> Event:
    """A registered event, of core or of a plugin; LookupError where there is none."""
    if found := all_events().get(key):
        return found
    raise LookupError(f"no event is called {key!r}")


def one_line(text: str) -> str:
    """A text without breaks, as a header or a title must be."""
    return " ".join(text.split())


def _readers(people: Iterable[int], event: Event) -> Iterator[Reader]:
    """Those of these people who can sign in and may get the event."""
    ids = sorted(set(people))
    for at in range(0, len(ids), _AT_ONCE_READ):
        rows = (
            User.select(
                User.id,
                User.email,
                User.locale,
                User.role,
                NotificationPreference.frequency,
                BouncingAddress.address,
                Contact.id,
            )
            .join(
                NotificationPreference,
                JOIN.LEFT_OUTER,
                on=(NotificationPreference.user == User.id)
                & (NotificationPreference.event == event.key),
            )
            .join(
                BouncingAddress,
                JOIN.LEFT_OUTER,
                on=(BouncingAddress.address == User.email),
                src=User,
            )
            .join(
                Contact,
                JOIN.LEFT_OUTER,
                on=(Contact.user == User.id) & (Contact.side == "partner") & Contact.active,
                src=User,
            )
            .where(User.id.in_(ids[at : at + _AT_ONCE_READ]), User.active)
            .order_by(User.id)
            .tuples()
        )
        for user_id, email, locale, role, chosen, bouncing, contact_id in rows:
            if role not in event.roles or (role == "contact" and contact_id is None):
                continue
            yield Reader(user_id, email, locale or "", chosen or event.default, bool(bouncing))


def _spared(readers: list[Reader], event: Event) -> list[Reader]:
    """The same people; who had many e-mails of this kind lately waits for the daily summary."""
    full = written_to_often([one.user_id for one in readers if one.frequency == AT_ONCE], event.key)
    return [replace(one, frequency=DAILY) if one.user_id in full else one for one in readers]


def _said(text: Any) -> str:
    return str(text() if callable(text) else text)


def _add(one: Reader, event: Event, title: str, text: str, ref: str, url: str, key: str) -> bool:
    """A notification, unless the person has it already."""
    row = Notification.insert(
        user=one.user_id,
        event=event.key,
        title=title,
        text=text,
        ref=ref,
        url=url[:500],
        key=key[:120] or None,
        digest=one.frequency if one.frequency in DIGESTS and not _silent.get() else "",
        at=clock.now(),
    )
    once = row.on_conflict(action="NOTHING", conflict_target=[Notification.user, Notification.key])
    return bool(once.as_rowcount().execute())


def _mail(one: Reader, event: Event, title: str, text: str, ref: str, url: str) -> None:

    with written_for(one.locale):
        action = (_("Open"), absolute(url)) if url else None
    queue_mail(
        one.email,
        kind=event.key,
        subject=title,
        paragraphs=[part for part in text.split("\n\n") if part.strip()],
        action=action,
        user_id=one.user_id,
        locale=one.locale,
        ref=ref,
    )
