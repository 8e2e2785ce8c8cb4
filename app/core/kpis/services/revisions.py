"""Revisions and current figures as rows: what stands, and what takes its place."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.db import is_sqlite
from app.core.kpis import sql
from app.core.kpis.totals import Figure


class Standing(NamedTuple):
    """What there is already of one partner, KPI and period."""

    last_n: int
    pending_id: int | None = None
    pending: Figure | None = None
    current_id: int | None = None
    current: Figure | None = None
    locked: bool = False


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
KEY = ("partner_id", "kpi_id", "period")
VALUE = (*KEY, "value", "num", "den", "revision_id", "locked", "unlocked_at")


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


def reserve_ids(count: int) -> list[int]:
    if is_sqlite():  # the write lock is ours
        last = sql.rows("SELECT COALESCE(MAX(id), 0) FROM revision")[0][0]
        return list(range(last + 1, last + 1 + count))
    found = sql.rows(
        "SELECT nextval(pg_get_serial_sequence('revision', 'id')) FROM generate_series(1, ?)", count
    )
    return [row[0] for row in found]
