"""Reads of the outbox, for those who look after it."""

from typing import Any

from peewee import Case, fn

from app.core.kept import kept
from app.core.messages.models import BouncingAddress, Mail, MailOutage

TROUBLE = ("bounced", "failed")


def mails(state: str, words: str, page: int, size: int) -> tuple[list[Mail], int]:
    """One page of mails; what was refused comes first, then the latest."""
    query = Mail.select()
    if state == "trouble":
        query = query.where(Mail.state.in_(TROUBLE))
    elif state:
        query = query.where(Mail.state == state)
    if words:
        # `contains` escapes what LIKE would read as a sign.
        query = query.where(Mail.to_address.contains(words) | Mail.subject.contains(words))
    trouble = Case(None, ((Mail.state.in_(TROUBLE), 0),), 1)
    ordered = query.order_by(trouble, Mail.created_at.desc(), Mail.id.desc())
    return list(ordered.paginate(page, size)), query.count()


def counts() -> dict[str, int]:
    """How many mails are in which state."""
    rows = Mail.select(Mail.state, fn.COUNT(Mail.id)).group_by(Mail.state).tuples()
    return dict(rows)


def outage() -> MailOutage | None:
    """That the mail server cannot be used, where that is so."""
    return MailOutage.get_or_none(MailOutage.id == 1)


def bouncing(addresses: list[str]) -> dict[str, BouncingAddress]:
    """Those of these addresses to which mail was refused for good."""
    wanted = sorted({address.strip() for address in addresses if address})
    return {row.address: row for row in _bouncing(wanted)} if wanted else {}


@kept
def _bouncing(addresses: Any) -> Any:
    return BouncingAddress.select().where(BouncingAddress.address.in_(addresses))
