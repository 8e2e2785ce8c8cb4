"""Targets on their way: what counts, what is proposed, and who decided what about it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from peewee import JOIN, Case, fn

from app.core.accounts.models import User
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.kept import kept
from app.core.kpis.figures import TargetFigures, TargetTerms
from app.core.kpis.models import TargetDecision, TargetRevision
from app.core.kpis.sql import chunks
from app.core.partners.access import editable_on, readable
from app.core.partners.models import Partner
from app.core.periods import Period

OPEN = ("draft", "proposed", "rejected")


class TargetVersion(NamedTuple):
    """A revision of a target: its figures, its terms, its state and whose acceptance it has."""

    id: int
    partner_id: int
    kpi_id: int
    period: int
    n: int
    state: str
    figures: TargetFigures
    terms: TargetTerms
    waived: str
    waiver: str
    host_at: datetime | None
    partner_at: datetime | None
    accepted_at: datetime | None
    on_behalf: bool
    undo_until: date | None
    set_name: str | None
    set_at: datetime
    source: str

    @property
    def key(self) -> tuple[int, int, int]:
        """What there is one current target of."""
        return self[1:4]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide about it."""
        return self.state in OPEN


class TargetPair(NamedTuple):
    """What counts for a KPI in a period, and what is open beside it."""

    standing: TargetVersion | None = None
    open: TargetVersion | None = None
    latest_n: int = 0

    @property
    def latest(self) -> TargetVersion | None:
        """What is open, else what counts."""
        return self.open or self.standing

    @property
    def figures(self) -> TargetFigures | None:
        """The latest figures."""
        return self.latest.figures if self.latest else None

    @property
    def terms(self) -> TargetTerms:
        """What stands beside the latest figures."""
        return self.latest.terms if self.latest else TargetTerms()


class DecisionRow(NamedTuple):
    """What somebody did about a revision."""

    n: int
    at: datetime
    name: str | None
    side: str
    action: str
    on_behalf: bool
    reason: str


class WaitingTargets(NamedTuple):
    """A partner's open targets: how many wait for it, and how many for us."""

    partner_id: int
    code: str
    name: str
    theirs: int
    ours: int
    since: datetime  # the longest that the partner has not answered


_FIGURES = tuple(getattr(TargetRevision, name) for name in TargetFigures._fields)
_TERMS = tuple(getattr(TargetRevision, name) for name in TargetTerms._fields)


def target_versions(
    viewer: Viewer, partner_id: int, kpi_id: int, period: Period
) -> list[TargetVersion]:
    """Every revision of one target, the latest first; a contact sees no drafts of the host."""
    return _versions(
        viewer,
        TargetRevision.partner == partner_id,
        TargetRevision.kpi == kpi_id,
        TargetRevision.period == period.key,
    )


def target_pairs(
    viewer: Viewer, partner_id: int, periods: Iterable[int], kpi_ids: Sequence[int] = ()
) -> dict[tuple[int, int], TargetPair]:
    """What counts and what is open, by KPI and period key; one query, two for many periods."""
    found: dict[tuple[int, int], TargetPair] = {}
    for chunk in chunks(periods):
        conditions = [TargetRevision.partner == partner_id, TargetRevision.period.in_(chunk)]
        if kpi_ids:
            conditions.append(TargetRevision.kpi.in_(list(kpi_ids)))
        for row in _versions(viewer, *conditions):
            pair = found.get(row.key[1:], TargetPair())
            if row.state == "accepted":
                pair = pair._replace(standing=row)
            elif row.is_open:
                pair = pair._replace(open=row)
            found[row.key[1:]] = pair._replace(latest_n=max(pair.latest_n, row.n))
    return found


def proposed_targets(viewer: Viewer, partner_id: int) -> list[TargetVersion]:
    """What the partner is asked to accept, the earliest period first."""
    rows = _versions(
        viewer, TargetRevision.partner == partner_id, TargetRevision.state == "proposed"
    )
    return sorted(rows, key=lambda row: (row.period, row.kpi_id))


def undoable_targets(viewer: Viewer, partner_id: int, today: date) -> list[TargetVersion]:
    """What was accepted on the partner's behalf and may still be undone."""
    return _versions(
        viewer,
        TargetRevision.partner == partner_id,
        TargetRevision.state == "accepted",
        TargetRevision.on_behalf,
        TargetRevision.undo_until >= today,
    )


def revision_owners(revision_ids: Iterable[int]) -> dict[int, tuple[int, int, int]]:
    """Partner, KPI and period of revisions of targets, by their ids."""
    ids = list(revision_ids)
    rows = TargetRevision.select(
        TargetRevision.id, TargetRevision.partner, TargetRevision.kpi, TargetRevision.period
    ).where(TargetRevision.id.in_(ids))
    return {row[0]: row[1:] for row in rows.tuples()}


def target_decisions(
    viewer: Viewer, partner_id: int, kpi_id: int, period: Period
) -> list[DecisionRow]:
    """Who proposed, accepted, rejected or undid revisions of one target, the latest first."""
    rows = (
        TargetDecision.select(
            TargetDecision.n,
            TargetDecision.at,
            User.name,
            TargetDecision.side,
            TargetDecision.action,
            TargetDecision.on_behalf,
            TargetDecision.reason,
        )
        .join(Partner, on=(TargetDecision.partner == Partner.id))
        .switch(TargetDecision)
        .join(User, JOIN.LEFT_OUTER, on=(TargetDecision.by == User.id))
        .where(
            TargetDecision.partner == partner_id,
            TargetDecision.kpi == kpi_id,
            TargetDecision.period == period.key,
            readable(viewer),
        )
        .order_by(TargetDecision.id.desc())
        .tuples()
    )
    return [DecisionRow(*row) for row in rows]


def waiting_targets(viewer: Viewer, limit: int) -> list[WaitingTargets]:
    """Own partners with targets to decide about, those without an answer for longest first."""
    rows = _waiting_targets(viewer, current_settings().today(), limit)
    return [WaitingTargets._make((*row[:3], int(row[3]), int(row[4]), row[5])) for row in rows]


@kept
def _waiting_targets(viewer: Viewer, today: Any, limit: Any) -> Any:
    theirs = fn.SUM(_one_if(TargetRevision.state == "proposed"))
    ours = fn.SUM(_one_if(TargetRevision.state != "proposed"))
    return (
        TargetRevision.select(
            Partner.id, Partner.code, Partner.name, theirs, ours, fn.MIN(TargetRevision.set_at)
        )
        .join(Partner, on=(TargetRevision.partner == Partner.id))
        .where(TargetRevision.state.in_(OPEN), editable_on(viewer, today))
        .group_by(Partner.id, Partner.code, Partner.name)
        .order_by(fn.MIN(TargetRevision.set_at), Partner.id)
        .limit(limit)
        .tuples()
    )


def _one_if(condition: Any) -> Any:
    return Case(None, ((condition, 1),), 0)


def _versions(viewer: Viewer, *conditions: Any) -> list[TargetVersion]:
    if not viewer.is_staff:
        conditions += (TargetRevision.state != "draft",)
    rows = (
        TargetRevision.select(
            TargetRevision.id,
            TargetRevision.partner,
            TargetRevision.kpi,
            TargetRevision.period,
            TargetRevision.n,
            TargetRevision.state,
            *_FIGURES,
            *_TERMS,
            TargetRevision.waived,
            TargetRevision.waiver,
            TargetRevision.host_at,
            TargetRevision.partner_at,
            TargetRevision.accepted_at,
            TargetRevision.on_behalf,
            TargetRevision.undo_until,
            User.name,
            TargetRevision.set_at,
            TargetRevision.source,
        )
        .join(Partner, on=(TargetRevision.partner == Partner.id))
        .switch(TargetRevision)
        .join(User, JOIN.LEFT_OUTER, on=(TargetRevision.set_by == User.id))
        .where(*conditions, readable(viewer))
        .order_by(TargetRevision.period.desc(), TargetRevision.n.desc())
        .tuples()
    )
    at, then = 6 + len(_FIGURES), 6 + len(_FIGURES) + len(_TERMS)
    return [
        TargetVersion._make(
            (*row[:6], TargetFigures(*row[6:at]), TargetTerms(*row[at:then]), *row[then:])
        )
        for row in rows
    ]
