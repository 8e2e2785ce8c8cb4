"""What stands in a grid's cells, and what somebody has typed there: few queries for any size."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from app.core.contract import Viewer
from app.core.kpis import sql
from app.core.kpis.queries.figures import TargetRow
from app.core.kpis.queries.worklists import LIVING
from app.core.kpis.totals import Figure
from app.core.partners.models import Partner
from app.core.partners.queries import editable_by, readable
from app.core.periods import Period

Key = tuple[int, int, int]  # partner, KPI, period


class Stand(NamedTuple):
    """What there is of one figure: what counts, what waits, why it came back, what is asked."""

    current: Figure | None = None
    current_id: int = 0
    locked: bool = False
    pending: Figure | None = None
    pending_id: int = 0
    returned: str | None = None  # the reason; None where nothing was given back
    target: TargetRow | None = None

    @property
    def shown(self) -> Figure | None:
        """The latest figure: what waits, else what counts."""
        return self.pending if self.pending_id else self.current

    @property
    def revision_id(self) -> int:
        """The revision of the latest figure; 0 where there is none."""
        return self.pending_id or self.current_id


class Draft(NamedTuple):
    """What one person has typed, and the revision that stood there meanwhile."""

    text: str
    seen: int


class RowPartner(NamedTuple):
    """A partner as a row of a KPI's grid."""

    id: int
    code: str
    name: str
    currency: str
    first_import_at: Any


NOTHING = Stand()


def stands(
    partner_ids: Sequence[int], kpi_ids: Sequence[int], first: Period, last: Period
) -> dict[Key, Stand]:
    """What there is for these partners and KPIs from the first to the last period; 3 queries."""
    if not partner_ids or not kpi_ids:
        return {}
    found: dict[Key, Stand] = {}
    where = (
        f" WHERE partner_id IN ({sql.marks(len(partner_ids))})"
        f" AND kpi_id IN ({sql.marks(len(kpi_ids))}) AND period BETWEEN ? AND ?"
    )
    params = (*partner_ids, *kpi_ids, first.key, last.key)
    for *key, value, num, den, id_, locked in sql.rows(
        "SELECT partner_id, kpi_id, period, value, num, den, revision_id, locked FROM value"
        + where,
        *params,
    ):
        place = (key[0], key[1], key[2])
        found[place] = Stand(Figure(value, num, den), id_, bool(locked))
    for *key, state, id_, value, num, den, decision in sql.rows(
        "SELECT partner_id, kpi_id, period, state, id, value, num, den, decision FROM revision"
        f"{where} AND state IN ('submitted', 'returned') ORDER BY n",
        *params,
    ):
        place = (key[0], key[1], key[2])
        before = found.get(place, NOTHING)
        if state == "submitted":
            figure = Figure(value, num, den)
            found[place] = before._replace(pending=figure, pending_id=id_, returned=None)
        elif before.current is None:
            found[place] = before._replace(returned=decision)
    columns = ", ".join(TargetRow._fields)
    for partner_id, *row in sql.rows(f"SELECT partner_id, {columns} FROM target{where}", *params):
        target = TargetRow._make(row)
        place = (partner_id, target.kpi_id, target.period)
        found[place] = found.get(place, NOTHING)._replace(target=target)
    return found


def seen_figures(ids: Iterable[int]) -> dict[int, tuple[Key, Figure]]:
    """The figures of revisions that were on a page when it was opened."""
    found: dict[int, tuple[Key, Figure]] = {}
    for chunk in sql.chunks(ids):
        for id_, partner_id, kpi_id, period, *figure in sql.rows(
            "SELECT id, partner_id, kpi_id, period, value, num, den FROM revision"
            f" WHERE id IN ({sql.marks(len(chunk))})",
            *chunk,
        ):
            found[id_] = ((partner_id, kpi_id, period), Figure._make(figure))
    return found


def drafts(user_id: int, partner_ids: Sequence[int], kpi_ids: Sequence[int]) -> dict[Key, Draft]:
    """This person's drafts for these partners and KPIs, of any period."""
    if not partner_ids or not kpi_ids:
        return {}
    rows = sql.rows(
        "SELECT partner_id, kpi_id, period, text, seen FROM kpi_draft WHERE user_id = ?"
        f" AND partner_id IN ({sql.marks(len(partner_ids))})"
        f" AND kpi_id IN ({sql.marks(len(kpi_ids))}) ORDER BY period",
        user_id,
        *partner_ids,
        *kpi_ids,
    )
    return {(row[0], row[1], row[2]): Draft(row[3], row[4]) for row in rows}


def measured(partner_id: int) -> set[int]:
    """The KPIs that a partner has targets or figures of, those that wait or came back too."""
    tables = ("target", "value", "revision")
    union = " UNION ".join(
        f"SELECT DISTINCT kpi_id FROM {table} WHERE partner_id = ?" for table in tables
    )
    return {row[0] for row in sql.rows(union, *[partner_id] * len(tables))}


def row_partners(viewer: Viewer, page: int, size: int) -> tuple[list[RowPartner], int]:
    """One page of living partners by name, and how many there are.

    Those whose figures this person may enter; all of them for somebody who only reads.
    """
    mine = editable_by(viewer) if viewer.can("kpis.submit") else readable(viewer)
    query = Partner.select().where(mine, Partner.status.in_(LIVING))
    rows = (
        query.select(
            Partner.id, Partner.code, Partner.name, Partner.currency, Partner.first_import_at
        )
        .order_by(Partner.name_key, Partner.id)
        .paginate(page, size)
        .tuples()
    )
    return [RowPartner(*row) for row in rows], query.count()


def writable(partner_ids: Iterable[int], by: Viewer) -> set[int]:
    """Those of these partners whose figures somebody may enter."""
    wanted = set(partner_ids)
    if not by.is_staff:
        own = by.partner_id if by.can("portal.submit") else None
        return wanted & {own} if own is not None else set()
    if not by.can("kpis.submit"):
        return set()
    found: set[int] = set()
    for chunk in sql.chunks(wanted):
        query = Partner.select(Partner.id).where(Partner.id.in_(chunk), editable_by(by))
        found |= {row[0] for row in query.tuples()}
    return found
