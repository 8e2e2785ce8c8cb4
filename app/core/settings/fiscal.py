"""Moving the start of the fiscal year: what stands against it, and what is computed anew.

Weeks and months are always calendar. Quarters, halves and years get other borders: figures and
targets that were agreed for them would silently mean other months, so they stand against it.
Scorecards and totals of those periods are only sums and are made again.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

import peewee as pw

from app.core.db import is_sqlite
from app.core.events import enqueue
from app.core.kpis import rollups, sql, totals
from app.core.kpis.models import Revision, TargetRevision
from app.core.kpis.value_models import DeclaredMiss
from app.core.models import Job
from app.core.periods import Kind
from app.core.settings.refusals import SettingsError

FISCAL_FROM = Kind.QUARTER.rank * 1_000_000  # the keys of quarters, halves and years lie above
AT_ONCE = 25  # partners whose scorecards are made again within the request
PER_JOB = 100
AGREED = ("draft", "proposed", "accepted")  # target revisions that somebody counts on
STANDING = ("submitted", "returned", "approved")  # revisions that say what a period's figure is
JOB = "scores.rebuild"


class Effects(NamedTuple):
    """What a new start of the fiscal year meets."""

    targets: int  # agreed or proposed for a quarter, half or year
    figures: int  # reported for one, or declared missed
    partners: int  # whose scorecards are made again

    @property
    def refused(self) -> bool:
        """Whether figures or targets would change their meaning."""
        return bool(self.targets or self.figures)


class Progress(NamedTuple):
    """How far the scorecards have been made again."""

    done: int
    total: int


def effects() -> Effects:
    """What changing the start of the fiscal year would meet now."""
    return Effects(
        targets=_count(TargetRevision, TargetRevision.state.in_(AGREED)),
        figures=_count(Revision, Revision.state.in_(STANDING))
        + _count(DeclaredMiss, DeclaredMiss.withdrawn_at.is_null()),
        partners=len(_partners_after(0)),
    )


def _count(model: type[pw.Model], *conditions: pw.Expression) -> int:
    return int(model.select().where(model.period >= FISCAL_FROM, *conditions).count())


def move() -> None:
    """Make totals and scorecards again for the start month that has just been stored.

    Raises SettingsError where figures or targets would change their meaning.
    """
    if not is_sqlite():
        # Nobody writes figures meanwhile; whoever waits here reads the new calendar afterwards.
        tables = "target, target_revision, value, revision, declared_miss"
        sql.run(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
    found = effects()
    if found.refused:
        raise SettingsError(
            "Targets or figures exist for quarters, halves or years: they would mean other months."
        )
    totals.rebuild_fiscal()
    sql.run("DELETE FROM score WHERE period >= ?", FISCAL_FROM)
    if found.partners <= AT_ONCE:
        rollups.rebuild_partners(_partners_after(0))
    else:
        enqueue(JOB, {"after": 0, "done": 0, "total": found.partners})


def rebuild_some(after: int, done: int, total: int) -> None:
    """The job: make the next partners' scorecards again, then ask for those behind them."""
    ids = _partners_after(after)[:PER_JOB]
    if not ids:
        return
    sql.lock_partners(ids)
    rollups.rebuild_partners(ids)
    enqueue(JOB, {"after": ids[-1], "done": done + len(ids), "total": total})


def progress() -> Progress | None:
    """How far the rebuilding is; None where none is under way."""
    job = (
        Job.select(Job.payload)
        .where(Job.name == JOB, Job.state.in_(("ready", "running")))
        .order_by(Job.id.desc())
        .first()
    )
    if job is None:
        return None
    payload = json.loads(job.payload)
    return Progress(payload["done"], payload["total"])


def _partners_after(partner_id: int) -> Sequence[int]:
    found = sql.rows(
        "SELECT DISTINCT partner_id FROM target WHERE partner_id > ? ORDER BY partner_id",
        partner_id,
    )
    return [row[0] for row in found]
