"""Making figures current: shared by approval, imports and plugins."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from app.core import audit, clock, events
from app.core.db import atomic, is_sqlite
from app.core.kpis import rollups, sql
from app.core.kpis.figures import check_figure
from app.core.kpis.known import known
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rollups import Staged
from app.core.kpis.totals import Change, Figure


class ValueRow(NamedTuple):
    """A figure to record: of one partner, KPI and period, in millionths."""

    partner_id: int
    kpi_id: int
    period: int
    value: int | None = None
    num: int | None = None
    den: int | None = None
    note: str = ""
    reason: str = ""  # why it replaces another; without one, the source is named

    @property
    def key(self) -> tuple[int, int, int]:
        """What there is one approved figure of."""
        return self[:3]

    @property
    def figure(self) -> Figure:
        """The figure alone."""
        return Figure(*self[3:6])


class Standing(NamedTuple):
    """What there is already of one partner, KPI and period."""

    last_n: int
    pending_id: int | None = None
    pending: Figure | None = None
    current_id: int | None = None
    current: Figure | None = None
    locked: bool = False


class Recorded(NamedTuple):
    """Revision ids that became current, as first figures or restated; how many stood already."""

    first: list[int]
    restated: list[int]
    unchanged: int


class Written(NamedTuple):
    """A revision that becomes current, and what stood before it."""

    key: tuple[int, int, int]
    figure: Figure
    revision_id: int
    before: Standing


NOTHING = Standing(0)
REVISION = (
    *("id", "partner_id", "kpi_id", "period", "n", "state", "value", "num", "den", "note"),
    *("reason", "decision", "source", "submitted_by_id", "submitted_at", "decided_by_id"),
    *("decided_at", "four_eyes"),
)
_KEY = ("partner_id", "kpi_id", "period")
_VALUE = (*_KEY, "value", "num", "den", "revision_id", "locked", "unlocked_at")


def record_kpi_values(rows: Sequence[ValueRow], *, source: str, by: int | None) -> list[int]:
    """Record figures as approved at once: for plugins, whose own guards stand before it.

    `source` says where they come from ("survey:3"). A figure that stands already is left as it
    is; one that differs becomes a restatement. Raises KpiRefusal, and then nothing is written,
    where a KPI cannot hold the figure or a figure is locked. Returns the ids of new revisions.
    """
    known_kpis = known()
    for row in rows:
        check_figure(known_kpis.definitions[row.kpi_id], row.period, row.figure)
    with atomic():
        recorded = write_current(rows, source=source, by=by)
        ids = recorded.first + recorded.restated
        if ids:
            audit.record("kpi_values.recorded", source, {"rows": len(ids)})
    return ids


def write_current(
    rows: Sequence[ValueRow],
    *,
    source: str,
    by: int | None,
    also: Sequence[tuple[int, int]] = (),
    staged: Sequence[Staged] = (),
) -> Recorded:
    """Make checked figures current inside the caller's transaction, and tell who listens.

    A waiting submission of the same figure is approved by it, one of another figure superseded.
    The scorecards of the partners and periods in `also` are brought up to date with the rest;
    `staged` ones were computed before the transaction and still hold.
    """
    if not rows:
        rollups.apply([], also, staged)
        return Recorded([], [], 0)
    sql.lock_partners(row.partner_id for row in rows)
    standing = standings([row.key for row in rows])
    confirmed: list[Written] = []
    added: list[tuple[ValueRow, Standing]] = []
    for row in rows:
        before = standing.get(row.key, NOTHING)
        if before.current == row.figure:
            continue
        if before.locked:
            raise KpiRefusal("A figure is locked: an administrator can unlock it.")
        if before.pending_id is not None and before.pending == row.figure:
            confirmed.append(Written(row.key, row.figure, before.pending_id, before))
        else:
            added.append((row, before))
    now = clock.now()
    sql.run_many(
        "UPDATE revision SET state = 'approved', decided_by_id = ?, decided_at = ? WHERE id = ?",
        [(by, now, written.revision_id) for written in confirmed],
    )
    retire(before.pending_id for _, before in added)
    written = confirmed + _add(added, source, by, now)
    make_current(written, also, staged)
    return Recorded(
        [row.revision_id for row in written if row.before.current is None],
        [row.revision_id for row in written if row.before.current is not None],
        len(rows) - len(written),
    )


def standings(keys: Sequence[tuple[int, int, int]]) -> dict[tuple[int, int, int], Standing]:
    """What there is already for these partners, KPIs and periods."""
    wanted = set(keys)
    found: dict[tuple[int, int, int], Standing] = {}
    low, high = min(key[2] for key in keys), max(key[2] for key in keys)
    kpi_ids = sorted({key[1] for key in keys})
    for chunk in sql.chunks(key[0] for key in keys):
        where = (
            f"partner_id IN ({sql.marks(len(chunk))}) AND kpi_id IN ({sql.marks(len(kpi_ids))})"
            " AND period BETWEEN ? AND ?"
        )
        params = (*chunk, *kpi_ids, low, high)
        for *key, n, state, id_, value, num, den in sql.rows(
            "SELECT partner_id, kpi_id, period, n, state, id, value, num, den FROM revision"
            f" WHERE {where} ORDER BY n",
            *params,
        ):
            place = tuple(key)
            if place in wanted:
                before = found.get(place, NOTHING)._replace(last_n=n)
                if state == "submitted":
                    before = before._replace(pending_id=id_, pending=Figure(value, num, den))
                found[place] = before
        for *key, revision_id, locked, value, num, den in sql.rows(
            "SELECT partner_id, kpi_id, period, revision_id, locked, value, num, den FROM value"
            f" WHERE {where}",
            *params,
        ):
            place = tuple(key)
            if place in wanted:
                found[place] = found.get(place, NOTHING)._replace(
                    current_id=revision_id,
                    current=Figure(value, num, den),
                    locked=bool(locked),
                )
    return found


def retire(ids: Iterable[int | None]) -> None:
    """Mark revisions as superseded; those that are None are passed over."""
    for chunk in sql.chunks(id_ for id_ in ids if id_ is not None):
        sql.run(
            f"UPDATE revision SET state = 'superseded' WHERE id IN ({sql.marks(len(chunk))})",
            *chunk,
        )


def make_current(
    written: Sequence[Written],
    also: Sequence[tuple[int, int]] = (),
    staged: Sequence[Staged] = (),
) -> None:
    """Let approved revisions be the current figures; scorecards and totals follow."""
    retire(row.before.current_id for row in written)
    sql.insert(
        "value",
        _VALUE,
        [(*key, *figure, revision_id, False, None) for key, figure, revision_id, _ in written],
        _KEY,
    )
    rollups.apply(
        [Change(*key, before.current, figure) for key, figure, _, before in written],
        also,
        staged,
    )
    first = sorted(row.revision_id for row in written if row.before.current is None)
    restated = sorted(row.revision_id for row in written if row.before.current is not None)
    if first:
        events.emit("kpis_approved", value_ids=first)
    if restated:
        events.emit("kpis_restated", value_ids=restated)


def _add(
    rows: Sequence[tuple[ValueRow, Standing]], source: str, by: int | None, now: datetime
) -> list[Written]:
    """Insert approved revisions; ids come from one range, which nobody else can draw from."""
    if not rows:
        return []
    ids = _reserve_ids(len(rows))
    moment = str(now) if is_sqlite() else now  # else it is turned into text row by row
    sql.insert(
        "revision",
        REVISION,
        [
            (
                *(id_, *row.key, before.last_n + 1, "approved", *row.figure, row.note),
                *(row.reason if before.current else "", "", source, by, moment, by, moment, False),
            )
            for id_, (row, before) in zip(ids, rows, strict=True)
        ],
    )
    return [
        Written(row.key, row.figure, id_, before)
        for id_, (row, before) in zip(ids, rows, strict=True)
    ]


def _reserve_ids(count: int) -> list[int]:
    if is_sqlite():  # the write lock is ours
        last = sql.rows("SELECT COALESCE(MAX(id), 0) FROM revision")[0][0]
        return list(range(last + 1, last + 1 + count))
    found = sql.rows(
        "SELECT nextval(pg_get_serial_sequence('revision', 'id')) FROM generate_series(1, ?)", count
    )
    return [row[0] for row in found]
