"""Sparing mailboxes: whoever does one thing over and over does not fill another's with e-mails."""

from collections.abc import Collection
from datetime import timedelta

from peewee import fn

from app.core import clock
from app.core.messages.models import Mail

MOST_AN_HOUR = 20  # e-mails about one kind of event to one person; the rest waits for a summary


def written_to_often(user_ids: Collection[int], event: str) -> set[int]:
    """Those of these people who had as many e-mails about an event within the hour as they bear."""
    if not user_ids:
        return set()
    lately = (Mail.created_at > clock.now() - timedelta(hours=1)) & (Mail.kind == event)
    rows = (
        Mail.select(Mail.user)
        .where(lately, Mail.user.in_(list(user_ids)))
        .group_by(Mail.user)
        .having(fn.COUNT(Mail.id) >= MOST_AN_HOUR)
    )
    return {user_id for (user_id,) in rows.tuples()}
