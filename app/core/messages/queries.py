"""Reads of notifications and of how people want them."""

from collections.abc import Sequence
from typing import Any

from app.core import refs
from app.core.contract import Viewer
from app.core.messages.events import Event
from app.core.messages.models import Notification, NotificationPreference
from app.core.messages.services import all_events


def shown(rows: Sequence[Notification], viewer: Viewer) -> list[tuple[Notification, bool]]:
    """Notifications, each with whether its reader may still see what it is about."""
    seen = refs.visible([row.ref for row in rows if row.ref], viewer)
    return [(row, not row.ref or row.ref in seen) for row in rows]


def notifications(
    user_id: int, page: int, size: int, *, unread: bool
) -> tuple[list[Notification], int]:
    """One page of what a person was told, the latest first, and how many there are."""
    query = Notification.select().where(Notification.user == user_id)
    if unread:
        query = query.where(Notification.read_at.is_null())
    ordered = query.order_by(Notification.at.desc(), Notification.id.desc())
    return list(ordered.paginate(page, size)), query.count()


def notification(user_id: int, notification_id: int) -> Notification | None:
    """One of a person's own notifications."""
    return Notification.get_or_none(
        Notification.id == notification_id, Notification.user == user_id
    )


def choices(user_id: int, role: str) -> list[tuple[Event, str]]:
    """Every event that a role can be told of, with how often this person wants e-mails of it."""
    chosen = chosen_by([user_id])
    return [
        (event, chosen.get((user_id, event.key), event.default))
        for event in all_events().values()
        if role in event.roles
    ]


def chosen_by(user_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """What people have chosen, by user id and event."""
    columns: tuple[Any, ...] = (
        NotificationPreference.user,
        NotificationPreference.event,
        NotificationPreference.frequency,
    )
    rows = NotificationPreference.select(*columns).where(
        NotificationPreference.user.in_(list(user_ids))
    )
    return {(user_id, event): frequency for user_id, event, frequency in rows.tuples()}
