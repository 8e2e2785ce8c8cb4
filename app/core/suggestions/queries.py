"""Reads about suggestions: only for staff who may change the partner and accept the kind."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import abort
from peewee import JOIN, fn

from app.core import refs
from app.core.accounts.models import User
from app.core.accounts.queries import current_settings
from app.core.contract import Link, Suggestion, SuggestionKind, Viewer
from app.core.host import Host, current_host
from app.core.kept import kept
from app.core.partners.access import editable, editable_by, editable_on
from app.core.partners.models import Partner
from app.core.suggestions import kinds
from app.core.suggestions.models import StoredSuggestion as Row

PER_PAGE = 25


class Shown(NamedTuple):
    """A suggestion as a page shows it; `evidence` and `made` are what its reader may see of them.

    `plugin` is the title of the plugin that suggested it, or empty where core did.
    """

    id: int
    kind: SuggestionKind
    partner_id: int
    partner_name: str
    title: str
    text: str
    evidence: tuple[Link, ...]
    plugin: str
    at: datetime
    state: str
    made: Link | None
    reason: str
    decided_at: datetime | None
    decider: str


def of_somebody(viewer: Viewer) -> Any:
    """The condition under which a suggestion, joined with its partner, is somebody's to answer."""
    return Row.kind.in_(list(kinds.of(viewer))) & editable_by(viewer)


def count_waiting(viewer: Viewer) -> int:
    """How many suggestions wait for this person's answer."""
    today = current_settings().today()
    return int(_count_new(viewer, today, kinds=tuple(sorted(kinds.of(viewer))))[0][0])


@kept
def _count_new(viewer: Viewer, today: Any, *, kinds: tuple[str, ...]) -> Any:
    mine = Row.kind.in_(kinds) & editable_on(viewer, today)
    return Row.select(fn.COUNT(Row.id)).join(Partner).where(Row.state == "new", mine).tuples()


def waiting_about(viewer: Viewer, partner_id: int, limit: int = 5) -> list[Shown]:
    """What is suggested about one partner, the latest first."""
    today, known = current_settings().today(), tuple(sorted(kinds.of(viewer)))
    rows = _new_about(viewer, partner_id, today, limit, kinds=known)
    return _shown(viewer, rows) if rows else []


@kept
def _new_about(
    viewer: Viewer, partner_id: Any, today: Any, limit: Any, *, kinds: tuple[str, ...]
) -> Any:
    mine = Row.kind.in_(kinds) & editable_on(viewer, today)
    query = _rows(Row.partner == partner_id, Row.state == "new", mine)
    return query.order_by(Row.suggested_at.desc(), Row.id.desc()).limit(limit)


def listing(
    viewer: Viewer, *, partner_id: int | None, waiting: bool, page: int
) -> tuple[list[Shown], int]:
    """One page of what waits, or of what was answered or expired, the latest first; how many."""
    where = [of_somebody(viewer), Row.state == "new" if waiting else Row.state != "new"]
    if partner_id is not None:
        where.append(Row.partner == partner_id)
    count = Row.select(Row.id).join(Partner).where(*where).count()
    at = Row.suggested_at if waiting else Row.decided_at
    query = _rows(*where).order_by(at.desc(), Row.id.desc()).paginate(page, PER_PAGE)
    return _shown(viewer, query), count


def is_suggested(kind: str, partner_id: int) -> bool:
    """Whether a suggestion of a kind waits for an answer about a partner, whoever made it."""
    where = (Row.kind == kind, Row.partner == partner_id, Row.state == "new")
    return bool(Row.select(Row.id).where(*where).exists())


def suggestion_or_404(suggestion_id: int, viewer: Viewer) -> Suggestion:
    """A suggestion, answered or not: 404 where it or its kind is not there for this person, 403
    where the partner is not theirs to change."""
    row = Row.get_or_none(Row.id == suggestion_id)
    if row is None or row.kind not in kinds.of(viewer):
        abort(404)
    editable(viewer, row.partner_id)
    return value(row)


def open_task(suggestion_id: int, partner_id: int, viewer: Viewer) -> Suggestion | None:
    """The suggested task that the form of a new one begins with, while it waits for an answer."""
    row = (
        _rows(Row.id == suggestion_id, Row.partner == partner_id, Row.kind == kinds.TASK)
        .where(Row.state == "new", of_somebody(viewer))
        .first()
    )
    return value(row) if row else None


def value(row: Row) -> Suggestion:
    """A stored suggestion as its kind's `accept` gets it."""
    return Suggestion(
        row.id,
        row.kind,
        row.partner_id,
        row.title,
        row.text,
        tuple(json.loads(row.evidence)),
        row.source,
        row.suggested_at,
    )


def _rows(*where: Any) -> Any:
    return (
        Row.select(Row, Partner, User)
        .join(Partner)
        .join(User, JOIN.LEFT_OUTER, on=(Row.decided_by == User.id), src=Row)
        .where(*where)
    )


def _shown(viewer: Viewer, query: Any) -> list[Shown]:
    rows: Sequence[Row] = list(query)
    known, host = kinds.of(viewer), current_host()
    evidence = {row.id: tuple(json.loads(row.evidence)) for row in rows}
    wanted = [ref for found in evidence.values() for ref in found]
    links = refs.visible([*wanted, *(row.made for row in rows if row.made)], viewer)
    return [
        Shown(
            row.id,
            known[row.kind],
            row.partner_id,
            row.partner.name,
            row.title,
            row.text,
            tuple(links[ref] for ref in evidence[row.id] if ref in links),
            _title(row.source, host),
            row.suggested_at,
            row.state,
            links.get(row.made),
            row.reason,
            row.decided_at,
            row.decided_by.name if row.decided_by_id else "",
        )
        for row in rows
    ]


def _title(source: str, host: Host) -> str:
    return host.title(source) if source in host.registered else source
