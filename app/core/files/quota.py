"""How much one person from outside may upload in a day; staff may as much as they need."""

from datetime import timedelta

from flask import current_app
from peewee import fn

from app.config import Config
from app.core import clock
from app.core.contract import Viewer
from app.core.db import lock
from app.core.files.models import StoredFile
from app.core.files.rules import FileRefusal

DAY = timedelta(days=1)
MEGABYTE = 1024 * 1024


def hold(by: Viewer | None) -> None:
    """Let uploads of one person wait for each other, until the caller's transaction ends."""
    if by and not by.is_staff:
        lock(f"uploads|{by.user_id}")


def check(by: Viewer | None, size: int) -> None:
    """Refuse a file of so many bytes where it is too much for a person's last 24 hours.

    Contacts, guests and people without an account, who come through links, are counted alike;
    what was refused for another reason does not count. Raises FileRefusal.
    """
    if by is None or by.is_staff:
        return
    config: Config = current_app.extensions["entente"].config
    since = clock.now() - DAY
    count, total = (
        StoredFile.select(fn.COUNT(StoredFile.id), fn.COALESCE(fn.SUM(StoredFile.size), 0))
        .where(StoredFile.uploaded_by == by.user_id, StoredFile.uploaded_at > since)
        .tuples()
        .get()
    )
    if count >= config.outside_files:
        raise FileRefusal(
            "You have uploaded %(most)s files within a day, which is the limit. Go on tomorrow.",
            most=config.outside_files,
        )
    if total + size > config.outside_mb * MEGABYTE:
        raise FileRefusal(
            "Within a day you can upload %(most)s MB, and %(left)s MB are left."
            " Send a smaller file, or go on tomorrow.",
            most=config.outside_mb,
            left=max(0, config.outside_mb * MEGABYTE - int(total)) // MEGABYTE,
        )
