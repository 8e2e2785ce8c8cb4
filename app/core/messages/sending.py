"""Emptying the outbox: a job that talks to the mail server, outside every transaction.

A mail is claimed by moving its next attempt on, so that several workers never send the same one
and a worker that is killed leaves it to be sent again, under the same Message-ID.
"""

import secrets
import time
from datetime import timedelta
from typing import Any

from flask import current_app

from app.config import Config
from app.core import audit, clock
from app.core.accounts.queries import settings
from app.core.db import atomic, is_sqlite, upsert
from app.core.events import enqueue, take_together
from app.core.messages.models import BouncingAddress, Mail, MailOutage
from app.core.messages.rendering import message
from app.core.messages.unsubscribing import unsubscribe_url
from app.mail import Later, Refused, Transport, Unavailable, opened

SEND = "mail.send"
CLAIMED = timedelta(minutes=5)  # longer than one mail can take
AT_A_TIME = 20.0  # seconds after which the job leaves the worker to others
GIVE_UP = timedelta(days=5)  # of being put off (RFC 5321, 4.5.4.1)


def send_due() -> None:
    """Send what is due, one mail after the other: a slow job, and one of the schedule."""
    config: Config = current_app.extensions["entente"].config
    take_together(SEND)  # each mail has asked for it
    if settings() is None or _is_away() or not _due().exists():
        return
    over = time.monotonic() + AT_A_TIME
    mail = None
    try:
        with opened(config.mail_way) as transport:
            while time.monotonic() < over and (mail := _claim()):
                _send(transport, mail, config)
                MailOutage.delete().execute()
    except Unavailable as fault:
        _put_off_all(mail, str(fault))
        return
    with atomic():
        if _due().exists():
            enqueue(SEND)


def try_again() -> None:
    """Ask the mail server at once, however long it was away."""
    with atomic():
        MailOutage.update(retry_at=clock.now()).execute()
        Mail.update(next_at=clock.now()).where(Mail.state == "waiting", Mail.error != "").execute()
        enqueue(SEND)


def resend(mail: Mail) -> bool:
    """Send a mail once more; False where its text is gone or it waits anyway.

    It is a mail of its own for the receiver, so it gets a new Message-ID.
    """
    with atomic():
        changed = (
            Mail.update(
                state="waiting",
                token=secrets.token_hex(16),
                next_at=clock.now(),
                attempts=0,
                error="",
                sent_at=None,
            )
            .where(Mail.id == mail.id, Mail.state != "waiting", Mail.content != "")
            .execute()
        )
        if changed:
            BouncingAddress.delete().where(BouncingAddress.address == mail.to_address).execute()
            audit.record("mail.sent_again", f"mail:{mail.id}")
            enqueue(SEND)
    return bool(changed)


def _send(transport: Transport, mail: Mail, config: Config) -> None:
    unsubscribe = unsubscribe_url(mail.user_id, mail.digest) if mail.digest else ""
    name = f"{mail.created_at:%Y%m%d-%H%M%S}-{mail.token[:12]}"
    try:
        transport.send(message(mail, unsubscribe), config.mail_sender, name)
    except Later as fault:
        _put_off(mail, str(fault))
    except Refused as fault:
        _refused(mail, str(fault), bounced=fault.bounced)
    else:
        _sent(mail)


def _due() -> Any:
    return Mail.select(Mail.id).where(Mail.state == "waiting", Mail.next_at <= clock.now())


def _claim() -> Mail | None:
    first = _due().order_by(Mail.next_at, Mail.id).limit(1)
    with atomic():
        found = (first if is_sqlite() else first.for_update(skip_locked=True)).scalar()
        if found is None:
            return None
        Mail.update(attempts=Mail.attempts + 1, next_at=clock.now() + CLAIMED).where(
            Mail.id == found
        ).execute()
        mail: Mail = Mail.get_by_id(found)
        return mail


def _is_away() -> bool:
    return bool(MailOutage.select().where(MailOutage.retry_at > clock.now()).exists())


def _mark(mail: Mail, **values: Any) -> bool:
    """Write what became of a mail, unless another worker has taken it over since."""
    if mail.secret and values.get("state", "waiting") == "sent":
        values["content"] = ""
    mine = (Mail.id == mail.id) & (Mail.attempts == mail.attempts) & (Mail.state == "waiting")
    return bool(Mail.update(**values).where(mine).execute())


def _sent(mail: Mail) -> None:
    with atomic():
        if _mark(mail, state="sent", sent_at=clock.now(), error=""):
            BouncingAddress.delete().where(BouncingAddress.address == mail.to_address).execute()


def _refused(mail: Mail, reason: str, *, bounced: bool) -> None:
    with atomic():
        marked = _mark(mail, state="bounced" if bounced else "failed", error=reason)
        if marked and bounced:
            row = {"address": mail.to_address, "at": clock.now(), "reason": reason}
            upsert(BouncingAddress, [row])


def _put_off(mail: Mail, reason: str) -> None:
    now = clock.now()
    if mail.created_at < now - GIVE_UP:
        _refused(mail, reason, bounced=False)
        return
    pause = timedelta(minutes=min(60, 2 ** min(mail.attempts, 6)))
    with atomic():
        _mark(mail, error=reason, next_at=now + pause)


def _put_off_all(mail: Mail | None, reason: str) -> None:
    """The server is away: nothing is tried for a while, and the mail at hand is not blamed."""
    now = clock.now()
    with atomic():
        if mail is not None:
            _mark(mail, next_at=now, error=reason[:500])
        before = MailOutage.get_or_none(MailOutage.id == 1)
        failures = before.failures + 1 if before else 1
        row = {
            "id": 1,
            "since": before.since if before else now,
            "retry_at": now + timedelta(seconds=min(900, 15 * 2 ** min(failures, 6))),
            "failures": failures,
            "error": reason[:500],
        }
        upsert(MailOutage, [row])
