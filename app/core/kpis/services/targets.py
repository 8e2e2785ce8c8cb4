"""Targets: each change is a revision, and the scorecards of its periods follow."""

from collections.abc import Sequence
from typing import NamedTuple

from peewee import IntegrityError

from app.core import audit, clock
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import rollups, sql
from app.core.kpis.figures import TargetFigures, check_target
from app.core.kpis.known import known
from app.core.kpis.refusals import KpiRefusal, StaleVersion
from app.core.partners.models import Partner
from app.core.partners.queries import editable_by
from app.core.periods import Period

_FIGURES = TargetFigures._fields
_KEY = ("partner_id", "kpi_id", "period")
_TARGET = (*_KEY, "n", *_FIGURES)
_REVISION = (*_TARGET, "set_by_id", "set_at", "source")


class TargetRow(NamedTuple):
    """A target to record, and the revision that it follows (0: none)."""

    partner_id: int
    kpi_id: int
    period: int
    figures: TargetFigures

    @property
    def key(self) -> tuple[int, int, int]:
        """What there is one current target of."""
        return self[:3]


def set_target(
    partner_id: int,
    kpi_id: int,
    period: Period,
    figures: TargetFigures,
    *,
    by: Viewer,
    n: int,
) -> int:
    """Set a target, `n` being the revision that the form showed (0: none); returns the new one.

    Raises KpiRefusal for figures that the KPI cannot be judged by, StaleVersion where somebody
    has set the target since.
    """
    definition = known().definitions.get(kpi_id)
    if definition is None:
        raise KpiRefusal("This KPI is not in use.", field="kpi")
    check_target(definition, period.key, figures)
    _check_writable(partner_id, by)
    row = TargetRow(partner_id, kpi_id, period.key, figures)
    try:
        with atomic():
            sql.lock_partners([partner_id])
            current = current_targets([row.key]).get(row.key)
            if (current[0] if current else 0) != n:
                raise StaleVersion("Somebody has changed this target: look at it first.")
            if current and current[1] == figures:
                return n
            write_targets([row], {row.key: n}, source="form", by=by.user_id)
            rollups.apply([], [(partner_id, period.key)])
            audit.record("target.set", f"partner:{partner_id}", {"kpi": kpi_id, "n": n + 1})
    except IntegrityError as error:
        raise StaleVersion("Somebody has changed this target: look at it first.") from error
    return n + 1


def write_targets(
    rows: Sequence[TargetRow],
    last_n: dict[tuple[int, int, int], int],
    *,
    source: str,
    by: int | None,
) -> None:
    """Make checked targets current inside the caller's transaction, which rebuilds scorecards."""
    if not rows:
        return
    now = clock.now()
    current = [(*row.key, last_n.get(row.key, 0) + 1, *row.figures) for row in rows]
    sql.insert("target_revision", _REVISION, [(*row, by, now, source) for row in current])
    sql.insert("target", _TARGET, current, _KEY)


def current_targets(
    keys: Sequence[tuple[int, int, int]],
) -> dict[tuple[int, int, int], tuple[int, TargetFigures]]:
    """The revision number and figures that stand for these partners, KPIs and periods."""
    if not keys:
        return {}
    wanted = set(keys)
    kpi_ids = sorted({key[1] for key in keys})
    low, high = min(key[2] for key in keys), max(key[2] for key in keys)
    found: dict[tuple[int, int, int], tuple[int, TargetFigures]] = {}
    for chunk in sql.chunks(key[0] for key in keys):
        for row in sql.rows(
            f"SELECT partner_id, kpi_id, period, n, {', '.join(_FIGURES)} FROM target"
            f" WHERE partner_id IN ({sql.marks(len(chunk))})"
            f" AND kpi_id IN ({sql.marks(len(kpi_ids))}) AND period BETWEEN ? AND ?",
            *chunk,
            *kpi_ids,
            low,
            high,
        ):
            if row[:3] in wanted:
                found[row[:3]] = row[3], TargetFigures._make((*row[4:-1], bool(row[-1])))
    return found


def _check_writable(partner_id: int, by: Viewer) -> None:
    may = by.is_staff and by.can("targets.edit")
    if not may or not Partner.select().where(Partner.id == partner_id, editable_by(by)).exists():
        raise KpiRefusal("This partner's targets are not yours to set.")
