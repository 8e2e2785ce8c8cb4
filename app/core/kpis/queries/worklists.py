"""What waits for somebody: submissions to decide on, figures that are overdue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from peewee import JOIN, SQL, Expression, fn

from app.core.accounts.models import PARTNER_ROLES, User
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.kept import kept
from app.core.kpis import rules, sql
from app.core.kpis.models import Kpi, Revision, Score
from app.core.kpis.queries.definitions import KpiRow, definitions
from app.core.partners.access import editable_by, editable_on, readable
from app.core.partners.models import Partner
from app.core.periods import Calendar, Kind, Period

LIVING = ("onboarding", "active", "suspended", "exiting")
LOOKED_THROUGH = 2_000  # scorecards with a gap, the latest first


class PendingRow(NamedTuple):
    """A submitted figure that waits for a decision."""

    id: int
    partner_id: int
    partner_code: str
    partner_name: str
    kpi_id: int
    kpi_code: str
    kpi_name: str
    value_type: str
    unit: str
    labels: str
    period: int
    value: int | None
    num: int | None
    den: int | None
    note: str
    reason: str
    submitted_by: int | None
    submitted_name: str | None
    submitted_at: datetime
    n: int

    @property
    def label_list(self) -> tuple[str, ...]:
        """An ordinal's labels, lowest first."""
        return tuple(self.labels.splitlines())


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list of submissions is narrowed to; 0 and "" are everything."""

    partner_id: int = 0
    kpi_id: int = 0
    side: str = ""  # of whoever submitted: "host" or "partner"


EVERY = Narrowed()


class OverdueRow(NamedTuple):
    """A figure that should have been reported by now."""

    partner_id: int
    partner_code: str
    partner_name: str
    kpi_id: int
    kpi_code: str
    kpi_name: str
    period: int
    due: date
    submitter: str  # which side reports it


def pending(
    viewer: Viewer, page: int = 1, size: int = 50, only: Narrowed = EVERY
) -> list[PendingRow]:
    """Submissions that this person may decide on, or see waiting; the oldest first."""
    rows = (
        Revision.select(
            Revision.id,
            Revision.partner,
            Partner.code,
            Partner.name,
            Revision.kpi,
            Kpi.code,
            Kpi.name,
            Kpi.value_type,
            Kpi.unit,
            Kpi.labels,
            Revision.period,
            Revision.value,
            Revision.num,
            Revision.den,
            Revision.note,
            Revision.reason,
            Revision.submitted_by,
            User.name,
            Revision.submitted_at,
            Revision.n,
        )
        .join(Partner, on=(Revision.partner == Partner.id))
        .switch(Revision)
        .join(Kpi, on=(Revision.kpi == Kpi.id))
        .switch(Revision)
        .join(User, JOIN.LEFT_OUTER, on=(Revision.submitted_by == User.id))
        .where(Revision.state == "submitted", _decidable(viewer), *_narrowed(only))
        .order_by(Revision.submitted_at, Revision.id)
        .paginate(page, size)
        .tuples()
    )
    return [PendingRow(*row) for row in rows]


def pending_count(viewer: Viewer, only: Narrowed = EVERY) -> int:
    """How many submissions this person may decide on, or see waiting."""
    if only == EVERY:
        return int(_pending_count(viewer, current_settings().today())[0][0])
    return int(
        Revision.select()
        .join(Partner, on=(Revision.partner == Partner.id))
        .switch(Revision)
        .join(User, JOIN.LEFT_OUTER, on=(Revision.submitted_by == User.id))
        .where(Revision.state == "submitted", _decidable(viewer), *_narrowed(only))
        .count()
    )


@kept
def _pending_count(viewer: Viewer, today: Any) -> Any:
    return (
        Revision.select(fn.COUNT(Revision.id))
        .join(Partner, on=(Revision.partner == Partner.id))
        .where(Revision.state == "submitted", _decidable(viewer, today))
        .tuples()
    )


def pending_choices(viewer: Viewer) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """The partners and the KPIs of which something waits for this person: ids and names."""
    waiting = (Revision.state == "submitted") & _decidable(viewer)
    partners = (
        Revision.select(Partner.id, Partner.name)
        .join(Partner, on=(Revision.partner == Partner.id))
        .where(waiting)
        .distinct()
        .order_by(Partner.name)
    )
    kpis = (
        Revision.select(Kpi.id, Kpi.name)
        .join(Partner, on=(Revision.partner == Partner.id))
        .switch(Revision)
        .join(Kpi, on=(Revision.kpi == Kpi.id))
        .where(waiting)
        .distinct()
        .order_by(Kpi.name)
    )
    return list(partners.tuples()), list(kpis.tuples())


def submitted_at(revision_id: int) -> datetime | None:
    """When a figure was submitted: its place in the list."""
    moment: datetime | None = (
        Revision.select(Revision.submitted_at).where(Revision.id == revision_id).scalar()
    )
    return moment


class ReturnedRow(NamedTuple):
    """A figure that was given back to who submitted it, and nothing has followed."""

    partner_id: int
    partner_code: str
    partner_name: str
    kpi_id: int
    kpi_name: str
    period: int
    decision: str


def returned_to(viewer: Viewer, limit: int) -> list[ReturnedRow]:
    """What this person submitted and was given back, the latest first."""
    return [ReturnedRow(*row) for row in _returned(viewer, current_settings().today(), limit)]


@kept
def _returned(viewer: Viewer, today: Any, limit: Any) -> Any:
    later = Revision.alias("later")
    answered = later.select(later.id).where(
        later.partner == Revision.partner,
        later.kpi == Revision.kpi,
        later.period == Revision.period,
        later.n > Revision.n,
        later.state != "withdrawn",
    )
    return (
        Revision.select(
            Partner.id,
            Partner.code,
            Partner.name,
            Revision.kpi,
            Kpi.name,
            Revision.period,
            Revision.decision,
        )
        .join(Partner, on=(Revision.partner == Partner.id))
        .switch(Revision)
        .join(Kpi, on=(Revision.kpi == Kpi.id))
        .where(
            Revision.state == "returned",
            Revision.submitted_by == viewer.user_id,
            ~fn.EXISTS(answered),
            editable_on(viewer, today),
        )
        .order_by(Revision.decided_at.desc(), Revision.id.desc())
        .limit(limit)
        .tuples()
    )


def _narrowed(only: Narrowed) -> list[Expression]:
    conditions = []
    if only.partner_id:
        conditions.append(Revision.partner == only.partner_id)
    if only.kpi_id:
        conditions.append(Revision.kpi == only.kpi_id)
    if only.side == "partner":
        conditions.append(User.role << PARTNER_ROLES)
    if only.side == "host":
        conditions.append(User.role.is_null() | User.role.not_in(PARTNER_ROLES))
    return conditions


def overdue(
    viewer: Viewer,
    calendar: Calendar,
    today: date,
    limit: int = 100,
    kpis: Mapping[int, KpiRow] | None = None,
) -> list[OverdueRow]:
    """Figures with a target whose due date has passed, neither reported nor submitted.

    `kpis` are the definitions in use, where the caller has read them already.

    The latest due first. Periods due before a partner's first import are never overdue (domain
    specification §2, Import). Looks through the latest scorecards with a gap, so that it costs
    the same in a desk of any size.
    """
    kpis = definitions() if kpis is None else kpis
    closed: dict[Kind, int] = {}
    for kpi in kpis.values():
        last = _last_closed(kpi, calendar, today)
        closed[kpi.kind] = max(last, closed.get(kpi.kind, 0))
    found: list[OverdueRow] = []
    partners = _with_gaps(viewer, closed)
    for partner_id, kpi_id, period in _unreported(partners):
        known_kpi, (code, name, imported_at) = kpis.get(kpi_id), partners[partner_id][0]
        at = Period.from_key(period)
        if known_kpi is None or known_kpi.formula or at.kind is not known_kpi.kind:
            continue  # nobody reports a derived figure: those that it reads are overdue
        if not rules.is_closed(calendar.end(at), known_kpi.due_days, today):
            continue
        due = calendar.end(at) + timedelta(days=known_kpi.due_days)
        if imported_at is not None and due < imported_at.date():
            continue
        found.append(
            OverdueRow(
                partner_id,
                code,
                name,
                kpi_id,
                known_kpi.code,
                known_kpi.name,
                period,
                due,
                known_kpi.submitter,
            )
        )
    found.sort(key=lambda row: (-row.due.toordinal(), row.partner_name, row.kpi_code))
    return found[:limit]


def _last_closed(kpi: KpiRow, calendar: Calendar, today: date) -> int:
    """The last period of the KPI whose due date has passed."""
    running = calendar.containing(today - timedelta(days=kpi.due_days), kpi.kind)
    return calendar.shift(running, -1).key


def _with_gaps(
    viewer: Viewer, closed: dict[Kind, int]
) -> dict[int, tuple[tuple[str, str, datetime | None], list[int]]]:
    """Living partners with a grey KPI in a closed period: code, name, first import, periods."""
    found: dict[int, tuple[tuple[str, str, datetime | None], list[int]]] = {}
    for kind, last in closed.items():
        for period, id_, *about in _gaps(viewer, kind.rank * 1_000_000, last):
            found.setdefault(id_, (tuple(about), []))[1].append(period)
    return found


@kept
def _gaps(viewer: Viewer, lowest: Any, last: Any) -> Any:
    return (
        Score.select(Score.period, Partner.id, Partner.code, Partner.name, Partner.first_import_at)
        .join(Partner, JOIN.CROSS)
        .where(
            Score.partner == Partner.id,
            Score.grey > SQL("0"),  # as text: for a parameter SQLite would not use the index
            Score.period.between(lowest, last),
            Partner.status.in_(LIVING),
            readable(viewer),
        )
        .order_by(Score.period.desc())
        .limit(LOOKED_THROUGH)
        .tuples()
    )


def _unreported(
    partners: dict[int, tuple[Any, list[int]]],
) -> Sequence[tuple[int, int, int]]:
    """Targets in these partners' periods without a figure or a submission."""
    found: list[tuple[int, int, int]] = []
    for chunk in sql.chunks(partners):
        periods = sorted({period for id_ in chunk for period in partners[id_][1]})
        for row in sql.rows(
            "SELECT t.partner_id, t.kpi_id, t.period FROM target t LEFT JOIN value v"
            " ON v.partner_id = t.partner_id AND v.kpi_id = t.kpi_id AND v.period = t.period"
            f" WHERE t.partner_id IN ({sql.marks(len(chunk))})"
            f" AND t.period IN ({sql.marks(len(periods))}) AND v.partner_id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM revision r WHERE r.partner_id = t.partner_id"
            " AND r.kpi_id = t.kpi_id AND r.period = t.period AND r.state = 'submitted')",
            *chunk,
            *periods,
        ):
            found.append(row)
    return found


def _decidable(viewer: Viewer, today: Any = None) -> Expression | bool:
    if not viewer.can("kpis.approve"):
        return readable(viewer)
    return editable_by(viewer) if today is None else editable_on(viewer, today)
