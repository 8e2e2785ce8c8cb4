"""Mails that came back after they were sent, as the mail server of the house hands them over."""

import mailbox
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from app.core import audit, clock
from app.core.db import atomic, upsert
from app.core.messages import dsn
from app.core.messages.models import BouncingAddress, Mail

Outcome = Literal["returned", "known", "unread"]


def take(data: bytes) -> Outcome:
    """Note that a mail of ours came back; "known" a second time, "unread" where it is none of ours.

    Only a mail that was handed over can come back, perhaps before the worker has noted that it was,
    and it is found by its Message-ID alone. Where the
    address is no good for ever, it is marked as one that refused mail at delivery.
    """
    notice = dsn.read(data)
    mail = Mail.get_or_none(Mail.token.in_(notice.tokens)) if notice else None
    if notice is None or mail is None:
        return "unread"
    with atomic():
        changed = (
            Mail.update(state="bounced" if notice.permanent else "failed", error=notice.reason)
            .where(
                Mail.id == mail.id,
                Mail.token == mail.token,
                (Mail.state == "sent") | ((Mail.state == "waiting") & (Mail.attempts > 0)),
            )
            .execute()
        )
        if not changed:
            return "known"
        if notice.permanent:
            row = {"address": mail.to_address, "at": clock.now(), "reason": notice.reason}
            upsert(BouncingAddress, [row])
        audit.record("mail.came_back", f"mail:{mail.id}", {"status": notice.status})
    return "returned"


def mails_in(path: Path) -> Iterator[bytes]:
    """The mails of a file, an mbox, a folder of files, or the unread ones of a Maildir.

    Those of a Maildir are marked as read once the next one is asked for. Raises OSError.
    """
    if (path / "new").is_dir() and (path / "cur").is_dir():
        for mail in sorted((path / "new").iterdir()):
            yield _start(mail)
            mail.rename(path / "cur" / f"{mail.name.partition(':')[0]}:2,S")
        return
    if path.is_dir():
        yield from (_start(mail) for mail in sorted(path.iterdir()) if mail.is_file())
        return
    start = _start(path)
    if not start.startswith(b"From "):
        yield start
        return
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            with box.get_file(key) as file:  # type: ignore[attr-defined]
                yield file.read(dsn.MOST)
    finally:
        box.close()


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(dsn.MOST)
