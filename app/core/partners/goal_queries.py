"""Reads about the goals that both sides of a partnership agreed or have of their own."""

from collections.abc import Collection
from typing import Any, NamedTuple

from flask import abort
from peewee import Case

from app.core.contract import Viewer
from app.core.kept import kept
from app.core.partners.access import readable
from app.core.partners.models import Partner, PartnerGoal
from app.core.partners.rules import fold


class GoalRow(NamedTuple):
    """A goal of a partnership."""

    id: int
    statement: str
    side: str
    horizon: str
    outcomes: str
    compatibility: str
    compatibility_note: str
    status: str
    result: str
    visibility: str


_COLUMNS = tuple(getattr(PartnerGoal, name) for name in GoalRow._fields)
# What is open comes first, then what was reached, then what was dropped.
_ORDER = (
    Case(PartnerGoal.status, (("open", 0), ("achieved", 1)), 2),
    PartnerGoal.horizon.desc(),
    PartnerGoal.id,
)


def goals(partner_id: int, *, open_only: bool = False) -> list[GoalRow]:
    """The goals of one partnership, open ones first; the caller has checked who reads them."""
    return [GoalRow(*row) for row in _goals(partner_id, open_only=open_only)]


@kept
def _goals(partner_id: Any, *, open_only: bool) -> Any:
    query = PartnerGoal.select(*_COLUMNS).where(PartnerGoal.partner == partner_id)
    if open_only:
        query = query.where(PartnerGoal.status == "open")
    return query.order_by(*_ORDER).tuples()


def shared_goals(viewer: Viewer, partner_id: int) -> list[GoalRow]:
    """What a partner's contact may see of the goals: those that are shared, of the own partner."""
    return [GoalRow(*row) for row in _shared_goals(viewer, partner_id)]


@kept
def _shared_goals(viewer: Viewer, partner_id: Any) -> Any:
    shared = (PartnerGoal.partner == partner_id) & (PartnerGoal.visibility == "shared")
    query = PartnerGoal.select(*_COLUMNS).join(Partner).where(shared, readable(viewer))
    return query.order_by(*_ORDER).tuples()


class NamedGoal(NamedTuple):
    """A goal with the partnership that it belongs to."""

    id: int
    statement: str
    status: str
    visibility: str  # internal, shared
    partner_id: int
    partner_name: str


def find_goals(
    viewer: Viewer, text: str = "", *, ids: Collection[int] | None = None, limit: int = 100
) -> list[NamedGoal]:
    """Goals of all partnerships that somebody may see, by partner; a contact finds shared ones.

    Open ones alone that have each word of a text in their statement or their partner's name; or,
    with `ids`, these, whatever became of them. At most so many.
    """
    columns = *(getattr(PartnerGoal, name) for name in NamedGoal._fields[:4]), Partner.id
    rows = (
        PartnerGoal.select(*columns, Partner.name)
        .join(Partner)
        .where(readable(viewer), Partner.merged_into.is_null())
        .order_by(Partner.name_key, Partner.id, *_ORDER)
        .limit(limit)
    )
    if not viewer.is_staff:
        rows = rows.where(PartnerGoal.visibility == "shared")
    if ids is not None:
        rows = rows.where(PartnerGoal.id.in_(list(ids)))
    else:
        rows = rows.where(PartnerGoal.status == "open")
    for word in text.split()[:10]:
        named = Partner.name_key.contains(fold(word))
        rows = rows.where(PartnerGoal.statement.contains(word) | named)
    return [NamedGoal(*row) for row in rows.tuples()]


def goal_or_404(partner_id: int, goal_id: int) -> Any:
    """A goal of this partner."""
    goal = PartnerGoal.get_or_none(PartnerGoal.id == goal_id, PartnerGoal.partner == partner_id)
    if goal is None:
        abort(404)
    return goal
