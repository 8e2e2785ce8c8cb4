"""Reads about interactions; staff only, the caller has checked that the partner may be read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import abort
from peewee import JOIN

from app.core.accounts.models import User
from app.core.kept import kept
from app.core.partners.models import Contact, Interaction, InteractionContact

PER_PAGE = 25


class Talk(NamedTuple):
    """An interaction in a list."""

    id: int
    at: datetime
    channel: str
    direction: str
    matter: str
    others: str
    summary: str
    author: str | None


_COLUMNS = (
    *(Interaction.id, Interaction.at, Interaction.channel, Interaction.direction),
    *(Interaction.matter, Interaction.others, Interaction.summary, User.name),
)


def talks(partner_id: int, matter: str, page: int) -> tuple[list[Talk], int]:
    """One page of interactions about one matter or any, the latest first, and how many."""
    where = [Interaction.partner == partner_id]
    where += [Interaction.matter == matter] if matter else []
    query = _select(*where).paginate(page, PER_PAGE)
    return [Talk(*row) for row in query.tuples()], Interaction.select().where(*where).count()


def every(partner_id: int, matter: str, limit: int) -> list[Talk]:
    """Interactions about one matter or any, the latest first: for a file."""
    where = [Interaction.partner == partner_id]
    where += [Interaction.matter == matter] if matter else []
    return [Talk(*row) for row in _select(*where).limit(limit).tuples()]


def latest(partner_id: int, limit: int = 3) -> list[Talk]:
    """The last few interactions: the first is the last touch."""
    return [Talk(*row) for row in _latest(partner_id, limit)]


@kept
def _latest(partner_id: Any, limit: Any) -> Any:
    return _select(Interaction.partner == partner_id).limit(limit).tuples()


def before(partner_id: int, moment: datetime, limit: int) -> list[Talk]:
    """Interactions before a moment, the latest first."""
    query = _select(Interaction.partner == partner_id, Interaction.at < moment).limit(limit)
    return [Talk(*row) for row in query.tuples()]


def _select(*where: Any) -> Any:
    return (
        Interaction.select(*_COLUMNS)
        .join(User, JOIN.LEFT_OUTER, on=(Interaction.created_by == User.id))
        .where(*where)
        .order_by(Interaction.at.desc(), Interaction.id.desc())
    )


def participants(interaction_ids: Sequence[int]) -> dict[int, list[Contact]]:
    """The contacts, retired ones too, who took part in each interaction."""
    found: dict[int, list[Contact]] = {}
    rows = (
        InteractionContact.select(InteractionContact.interaction, Contact)
        .join(Contact)
        .where(InteractionContact.interaction.in_(list(interaction_ids)))
        .order_by(Contact.side.desc(), Contact.name)
    )
    for row in rows:
        found.setdefault(row.interaction_id, []).append(row.contact)
    return found


def interaction_or_404(partner_id: int, interaction_id: int) -> Any:
    """An interaction with this partner."""
    found = Interaction.get_or_none(
        Interaction.id == interaction_id, Interaction.partner == partner_id
    )
    if found is None:
        abort(404)
    return found
