"""Targets as they are stored: each change is a revision, and the scorecards of its periods follow.

A key is partner, KPI and period. One revision of each at most counts (`accepted`, copied to the
table `target`); one at most is open beside it (`draft`, `proposed` or `rejected`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from app.core import clock, events
from app.core.kpis import rollups, sql
from app.core.kpis.figures import TargetFigures, TargetTerms

Key = tuple[int, int, int]

FIGURES = TargetFigures._fields
_KEY = ("partner_id", "kpi_id", "period")
_TARGET = (*_KEY, "n", *FIGURES)


class TargetRow(NamedTuple):
    """A target to record."""

    partner_id: int
    kpi_id: int
    period: int
    figures: TargetFigures
    terms: TargetTerms = TargetTerms()

    @property
    def key(self) -> Key:
        """What there is one current target of."""
        return self[:3]


OPEN = ("draft", "proposed", "rejected")


class Standing(NamedTuple):
    """The state in which a revision is written, and whose acceptance it has."""

    state: str
    set_by_id: int | None
    set_at: datetime
    source: str
    waiver: str = ""
    host_at: datetime | None = None
    partner_at: datetime | None = None
    accepted_at: datetime | None = None
    on_behalf: bool = False
    undo_until: date | None = None


_REVISION = (*_TARGET, *TargetTerms._fields, "waived", *Standing._fields)


def write_targets(
    rows: Sequence[TargetRow], last_n: Mapping[Key, int], *, source: str, by: int | None
) -> None:
    """Make checked targets current inside the caller's transaction, which rebuilds scorecards.

    They count as accepted without any gate: imports and samples come this way. `last_n` are the
    numbers of each key's latest revision, `latest_numbers`.
    """
    if not rows:
        return
    now = clock.now()
    insert_revisions(rows, last_n, Standing("accepted", by, now, source, accepted_at=now))
    make_current([(*row.key, last_n.get(row.key, 0) + 1, *row.figures) for row in rows])


def insert_revisions(
    rows: Sequence[TargetRow],
    last_n: Mapping[Key, int],
    standing: Standing,
    waived: Mapping[Key, str] = MappingProxyType({}),
) -> None:
    """Add a revision of each target, which replaces the one that was open before.

    `waived` are the letters of SMART that each counts without.
    """
    supersede([(*row.key, last_n[row.key] + 1) for row in rows if last_n.get(row.key)], OPEN)
    new = [
        (
            *row.key,
            last_n.get(row.key, 0) + 1,
            *row.figures,
            *row.terms,
            waived.get(row.key, ""),
            *standing,
        )
        for row in rows
    ]
    sql.insert("target_revision", _REVISION, new)


def make_current(current: Sequence[tuple[Any, ...]]) -> None:
    """Let revisions count from now on: key, number and figures of each; tells the plugins."""
    supersede([row[:4] for row in current if row[3] > 1], ("accepted",))
    sql.insert("target", _TARGET, current, _KEY)
    tell({row[0] for row in current})


def tell(partner_ids: set[int]) -> None:
    """Let plugins know whose accepted targets have changed."""
    events.emit("targets_changed", partner_ids=sorted(partner_ids))


def supersede(before: Sequence[tuple[Any, ...]], states: Sequence[str]) -> None:
    """Revisions of these states that come before a key's number are replaced by it."""
    sql.run_many(
        "UPDATE target_revision SET state = 'superseded' WHERE partner_id = ? AND kpi_id = ?"
        f" AND period = ? AND n < ? AND state IN ({sql.marks(len(states))})",
        [(*row[:4], *states) for row in before],
    )


def restore(key: Key, n: int) -> None:
    """Let what counted before revision n count again: an earlier revision, or no target."""
    partner_id, _kpi_id, period = key
    where = "partner_id = ? AND kpi_id = ? AND period = ?"
    earlier = sql.rows(
        f"SELECT n, {', '.join(FIGURES)} FROM target_revision WHERE {where} AND n < ?"
        " AND accepted_at IS NOT NULL ORDER BY n DESC LIMIT 1",
        *key,
        n,
    )
    if earlier:
        number = earlier[0][0]
        run = f"UPDATE target_revision SET state = 'accepted' WHERE {where} AND n = ?"
        sql.run(run, *key, number)
        sql.insert("target", _TARGET, [(*key, *earlier[0])], _KEY)
    else:
        sql.run(f"DELETE FROM target WHERE {where}", *key)
    rollups.renew(partner_id, period)
    tell({partner_id})


def current_targets(keys: Sequence[Key]) -> dict[Key, tuple[int, TargetFigures]]:
    """The revision number and figures that stand for these partners, KPIs and periods."""
    rows = _of_keys("target", f"n, {', '.join(FIGURES)}", keys)
    return {
        key: (row[0], TargetFigures._make((*row[1:-1], bool(row[-1])))) for key, row in rows.items()
    }


def latest_numbers(keys: Sequence[Key]) -> dict[Key, int]:
    """The number of the latest revision of each key, whatever its state."""
    rows = _of_keys("target_revision", "MAX(n)", keys, " GROUP BY partner_id, kpi_id, period")
    return {key: row[0] for key, row in rows.items()}


def _of_keys(
    table: str, columns: str, keys: Sequence[Key], grouped: str = ""
) -> dict[Key, tuple[Any, ...]]:
    if not keys:
        return {}
    wanted = set(keys)
    kpi_ids = sorted({key[1] for key in keys})
    low, high = min(key[2] for key in keys), max(key[2] for key in keys)
    found: dict[Key, tuple[Any, ...]] = {}
    for chunk in sql.chunks(key[0] for key in keys):
        for row in sql.rows(
            f"SELECT partner_id, kpi_id, period, {columns} FROM {table}"
            f" WHERE partner_id IN ({sql.marks(len(chunk))})"
            f" AND kpi_id IN ({sql.marks(len(kpi_ids))}) AND period BETWEEN ? AND ?{grouped}",
            *chunk,
            *kpi_ids,
            low,
            high,
        ):
            if row[:3] in wanted:
                found[row[:3]] = row[3:]
    return found
