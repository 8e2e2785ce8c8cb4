"""Every figure and target that a KPI of a partner has had, with who reported and approved it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from peewee import JOIN

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.kpis.models import Revision, TargetRevision, Value
from app.core.kpis.sql import chunks
from app.core.partners.models import Partner
from app.core.partners.queries import readable


class RevisionRow(NamedTuple):
    """A revision as plugins read it."""

    id: int
    partner_id: int
    kpi_id: int
    period: int
    n: int
    state: str
    value: int | None
    num: int | None
    den: int | None
    source: str
    four_eyes: bool
    decided_at: datetime | None


class HistoryRow(NamedTuple):
    """A reported figure with the people behind it."""

    id: int
    period: int
    n: int
    state: str
    value: int | None
    num: int | None
    den: int | None
    note: str
    reason: str
    decision: str
    source: str
    submitted_by: int | None
    submitted_name: str | None
    submitted_at: datetime
    decided_name: str | None
    decided_at: datetime | None
    four_eyes: bool
    locked: bool


class TargetHistoryRow(NamedTuple):
    """A target as it once was set, in millionths."""

    period: int
    n: int
    target: int | None
    threshold: int | None
    baseline: int | None
    zero_scale: int | None
    band_lo: int | None
    band_hi: int | None
    weight: int
    critical: bool
    set_name: str | None
    set_at: datetime
    source: str


def revisions(ids: Iterable[int]) -> list[RevisionRow]:
    """Revisions by id, for those who were told of them by an event."""
    columns = (
        Revision.id,
        Revision.partner,
        Revision.kpi,
        Revision.period,
        Revision.n,
        Revision.state,
        Revision.value,
        Revision.num,
        Revision.den,
        Revision.source,
        Revision.four_eyes,
        Revision.decided_at,
    )
    found: list[RevisionRow] = []
    for chunk in chunks(ids):
        rows = Revision.select(*columns).where(Revision.id.in_(chunk)).order_by(Revision.id)
        found += [RevisionRow(*row) for row in rows.tuples()]
    return found


def value_history(
    viewer: Viewer,
    partner_id: int,
    kpi_id: int,
    page: int = 1,
    size: int = 50,
    periods: Collection[int] | None = None,
) -> list[HistoryRow]:
    """Every reported figure of a partner's KPI, the latest period and revision first.

    Of some periods only where their keys are given.
    """
    submitter, decider = User.alias(), User.alias()
    rows = (
        Revision.select(
            Revision.id,
            Revision.period,
            Revision.n,
            Revision.state,
            Revision.value,
            Revision.num,
            Revision.den,
            Revision.note,
            Revision.reason,
            Revision.decision,
            Revision.source,
            Revision.submitted_by,
            submitter.name,
            Revision.submitted_at,
            decider.name,
            Revision.decided_at,
            Revision.four_eyes,
            Value.locked,
        )
        .join(Partner, on=(Revision.partner == Partner.id))
        .join(submitter, JOIN.LEFT_OUTER, on=(Revision.submitted_by == submitter.id))
        .join(decider, JOIN.LEFT_OUTER, on=(Revision.decided_by == decider.id))
        .join(Value, JOIN.LEFT_OUTER, on=_is_current())
        .where(
            Revision.partner == partner_id,
            Revision.kpi == kpi_id,
            readable(viewer),
            *([] if periods is None else [Revision.period.in_(list(periods))]),
        )
        .order_by(Revision.period.desc(), Revision.n.desc())
        .paginate(page, size)
        .tuples()
    )
    return [HistoryRow(*row)._replace(locked=bool(row[-1])) for row in rows]


def is_locked(partner_id: int, kpi_id: int, period: int) -> bool:
    """Whether nobody may restate this figure until an administrator unlocks it."""
    place = (Value.partner == partner_id) & (Value.kpi == kpi_id) & (Value.period == period)
    return bool(Value.select().where(place, Value.locked).exists())


def target_history(viewer: Viewer, partner_id: int, kpi_id: int) -> list[TargetHistoryRow]:
    """Every target that a partner's KPI has had, the latest period and revision first."""
    rows = (
        TargetRevision.select(
            TargetRevision.period,
            TargetRevision.n,
            TargetRevision.target,
            TargetRevision.threshold,
            TargetRevision.baseline,
            TargetRevision.zero_scale,
            TargetRevision.band_lo,
            TargetRevision.band_hi,
            TargetRevision.weight,
            TargetRevision.critical,
            User.name,
            TargetRevision.set_at,
            TargetRevision.source,
        )
        .join(Partner, on=(TargetRevision.partner == Partner.id))
        .switch(TargetRevision)
        .join(User, JOIN.LEFT_OUTER, on=(TargetRevision.set_by == User.id))
        .where(TargetRevision.partner == partner_id, TargetRevision.kpi == kpi_id, readable(viewer))
        .order_by(TargetRevision.period.desc(), TargetRevision.n.desc())
        .tuples()
    )
    return [TargetHistoryRow(*row) for row in rows]


def _is_current() -> Any:
    return (
        (Value.partner == Revision.partner)
        & (Value.kpi == Revision.kpi)
        & (Value.period == Revision.period)
        & (Value.revision == Revision.id)
    )
