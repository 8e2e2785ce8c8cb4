"""Making figures current: shared by approval, imports and plugins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.core import audit, clock, events
from app.core.db import atomic, is_sqlite
from app.core.kpis import rollups, sql
from app.core.kpis.figures import check_figure
from app.core.kpis.known import Derivation, Known, known
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rollups import Staged
from app.core.kpis.services import derived
from app.core.kpis.services.derived import Derived
from app.core.kpis.services.revisions import (
    KEY,
    NOTHING,
    REVISION,
    VALUE,
    Standing,
    Written,
    reserve_ids,
    retire,
    standings,
)
from app.core.kpis.totals import Change, Figure

__all__ = [
    "NOTHING",
    "Recorded",
    "Standing",
    "ValueRow",
    "Written",
    "make_current",
    "recompute",
    "record_kpi_values",
    "retire",
    "standings",
    "write_current",
]


LOOK = "suggestions.misses"  # the job that looks at what has come to count
MINUTE = timedelta(minutes=1)
LONGEST = timedelta(minutes=10)  # for which one transaction may have been writing figures


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


class Recorded(NamedTuple):
    """Revision ids that became current, as first figures or restated; how many stood already."""

    first: list[int]
    restated: list[int]
    unchanged: int


def record_kpi_values(rows: Sequence[ValueRow], *, source: str, by: int | None) -> list[int]:
    """Record figures as approved at once: for plugins, whose own guards stand before it.

    `source` says where they come from ("survey:3"). A figure that stands already is left as it
    is; one that differs becomes a restatement. Raises KpiRefusal, and then nothing is written,
    where a KPI cannot hold the figure or a figure is locked. Returns the ids of new revisions.
    """
    known_kpis = known()
    by_formula = {derivation.kpi_id for derivation in known_kpis.derivations}
    for row in rows:
        if row.kpi_id in by_formula:
            raise KpiRefusal("This KPI is worked out by a formula: report the figures it reads.")
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


def make_current(
    written: Sequence[Written],
    also: Sequence[tuple[int, int]] = (),
    staged: Sequence[Staged] = (),
) -> None:
    """Let approved revisions be the current figures; scorecards and totals follow."""
    retire(row.before.current_id for row in written)
    sql.insert(
        "value",
        VALUE,
        [(*key, *figure, revision_id, False, None) for key, figure, revision_id, _ in written],
        KEY,
    )
    all_known = known()
    changes = [Change(*key, before.current, figure) for key, figure, _, before in written]
    following = derived.follow(changes, all_known)
    rollups.apply(changes, also, staged, all_known)
    if following:  # apart: what was staged does not know of them
        rollups.apply([one.change for one in following], all_known=all_known)
    _tell(written, following)


def recompute(derivation: Derivation, partner_ids: Sequence[int], all_known: Known) -> int:
    """Work out a derived KPI anew for these partners, in the caller's transaction.

    Returns how many figures have changed, those of other KPIs that read it included.
    """
    sql.lock_partners(partner_ids)
    found = derived.recompute(derivation, partner_ids, all_known)
    if found:
        rollups.apply([one.change for one in found], all_known=all_known)
        _tell([], found)
    return len(found)


def _tell(written: Sequence[Written], following: Sequence[Derived]) -> None:
    """Tell who listens: of first figures, and of those that take another's place."""
    was = [(row.revision_id, row.before.current is None) for row in written]
    was += [(one.revision_id, one.change.old is None) for one in following]
    first = sorted(id_ for id_, is_first in was if is_first)
    restated = sorted(id_ for id_, is_first in was if not is_first)
    if first:
        events.emit("kpis_approved", value_ids=first)
        _look_later()
    if restated:
        events.emit("kpis_restated", value_ids=restated)


def _look_later() -> None:
    """Have a job look at what has just counted: one for all that is approved within a minute."""
    now = clock.now()
    start = now.replace(second=0, microsecond=0)
    events.enqueue(
        LOOK,
        {"since": (start - LONGEST).isoformat(" ")},
        key=f"{LOOK}:{start.isoformat()}",
        delay=(start + MINUTE - now).total_seconds() + 1,
    )


def _add(
    rows: Sequence[tuple[ValueRow, Standing]], source: str, by: int | None, now: datetime
) -> list[Written]:
    """Insert approved revisions; ids come from one range, which nobody else can draw from."""
    if not rows:
        return []
    ids = reserve_ids(len(rows))
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
