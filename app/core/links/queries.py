"""Reads about links: rules of purposes, and what became of the links of a partner."""

from datetime import datetime
from typing import Any, NamedTuple

from peewee import JOIN

from app.core import clock
from app.core.accounts.models import User
from app.core.contract import LinkPurpose
from app.core.links import purposes
from app.core.links.models import LinkRule, TaskLink
from app.core.partners.models import Contact, Partner


class Rule(NamedTuple):
    """A purpose as this desk allows it."""

    purpose: LinkPurpose
    allowed: bool
    days: int

    @property
    def label(self) -> Any:
        """What a link of this purpose does, in a few words."""
        return self.purpose.label


class LinkRow(NamedTuple):
    """A link in a list: whose, for what, and what became of it."""

    id: int
    label: Any
    contact: str
    partner_id: int
    partner: str
    address: str
    sender: str | None
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    done_at: datetime | None
    revoked_at: datetime | None

    @property
    def state(self) -> str:
        """One of done, revoked, expired, opened, sent."""
        if self.done_at:
            return "done"
        if self.revoked_at:
            return "revoked"
        if self.expires_at <= clock.now():
            return "expired"
        return "opened" if self.opened_at else "sent"

    @property
    def is_open(self) -> bool:
        """Whether the link still works."""
        return self.state in ("sent", "opened")


def open_condition(now: datetime) -> Any:
    """That a link can still be used."""
    return TaskLink.done_at.is_null() & TaskLink.revoked_at.is_null() & (TaskLink.expires_at > now)


def rules() -> list[Rule]:
    """Every purpose with what holds for it."""
    stored = {row.purpose: row for row in LinkRule.select()}
    return [
        Rule(
            purpose,
            stored[key].allowed if key in stored else purpose.allowed,
            stored[key].days if key in stored else purpose.days,
        )
        for key, purpose in sorted(purposes.every().items())
    ]


def rule(purpose: str) -> Rule | None:
    """What holds for one purpose; None where nobody answers for it."""
    return next((row for row in rules() if row.purpose.key == purpose), None)


def is_allowed(purpose: str) -> bool:
    """Whether links of a purpose work at present, as an administrator decides."""
    found = rule(purpose)
    return found is not None and found.allowed


def listing(
    condition: Any, page: int, size: int, *, open_only: bool = False
) -> tuple[list[LinkRow], int]:
    """One page of links, the latest first, and how many there are."""
    query = (
        TaskLink.select(
            TaskLink.id,
            TaskLink.purpose,
            Contact.name,
            Partner.id,
            Partner.name,
            TaskLink.address,
            User.name,
            TaskLink.created_at,
            TaskLink.expires_at,
            TaskLink.opened_at,
            TaskLink.done_at,
            TaskLink.revoked_at,
        )
        .join(Contact)
        .join(Partner, on=(Contact.partner == Partner.id))
        .join(User, JOIN.LEFT_OUTER, on=(TaskLink.created_by == User.id))
        .where(condition)
        .order_by(TaskLink.id.desc())
    )
    if open_only:
        query = query.where(open_condition(clock.now()))
    labels = {row.purpose.key: row.label for row in rules()}
    rows = query.paginate(page, size).tuples()
    found = [LinkRow(id_, labels.get(key, key), *rest) for id_, key, *rest in rows]
    return found, query.count()


def partner_of(link_id: int) -> int | None:
    """Which partner's contact a link was sent to; None where there is no such link."""
    found = TaskLink.select(Contact.partner).join(Contact).where(TaskLink.id == link_id)
    value: int | None = found.scalar()
    return value
