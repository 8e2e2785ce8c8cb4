"""Reads of the job table, for those who look after the desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from flask import abort
from peewee import Case, Select, fn

from app.core.db import database
from app.core.events import HANDLERS, database_time
from app.core.host import Host
from app.core.jobs.labels import label, plugin_title
from app.core.kept import kept
from app.core.models import Job

SILENCE = 120  # seconds without a claim, although something is due, after which nobody works
# What each filter shows; the first is everything that is not done.
FILTERS: Mapping[str, Any] = {
    "": Job.state != "done",
    "running": Job.state == "running",
    "waiting": (Job.state == "ready") & Job.error.is_null(),
    "again": (Job.state == "ready") & Job.error.is_null(False),
    "dead": Job.state == "dead",
}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the page shows it; moments are naive UTC.

    `state` is running, waiting, again (waits after a failure), dead or done; `away` is the title
    of the plugin for which it waits, where that is off or gone.
    """

    id: int
    label: str
    name: str
    state: str
    away: str
    due: datetime
    lease_until: datetime | None
    claimed_at: datetime | None
    ended_at: datetime | None
    worker: str
    attempts: int
    max_attempts: int
    error: str

    @property
    def error_line(self) -> str:
        """The last line of its error: what a traceback ends with."""
        lines = self.error.strip().splitlines()
        return lines[-1][:300] if lines else ""


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """Work that comes again and again; `away` as in `JobRow`."""

    label: str
    name: str
    away: str
    every: timedelta
    last: JobRow | None
    next_at: datetime

    @property
    def took(self) -> timedelta | None:
        """How long it took the last time."""
        if self.last is None or self.last.claimed_at is None or self.last.ended_at is None:
            return None
        return max(timedelta(0), self.last.ended_at - self.last.claimed_at)


def jobs(chosen: str, page: int, size: int, host: Host) -> tuple[list[JobRow], int]:
    """One page of jobs: those that were given up first, then the running, then by their time."""
    query = Job.select().where(FILTERS[chosen])
    rank = Case(Job.state, (("dead", 0), ("running", 1)), 2)
    found = query.order_by(rank, Job.run_at, Job.id).paginate(page, size)
    off = host.off()
    return [_row(job, host, off) for job in found], query.count()


def counts() -> dict[str, int]:
    """How many jobs each filter shows."""
    failed = Case(None, ((Job.error.is_null(False), 1),), 0)
    rows = (
        Job.select(Job.state, failed, fn.COUNT(Job.id))
        .where(FILTERS[""])
        .group_by(Job.state, failed)
        .tuples()
    )
    found = dict.fromkeys(FILTERS, 0)
    for state, was_error, count in rows:
        key = state if state != "ready" else "again" if was_error else "waiting"
        found[key] += count
        found[""] += count
    return found


def job_or_404(job_id: int, host: Host) -> JobRow:
    """One job, whatever became of it."""
    job = Job.get_or_none(Job.id == job_id)
    if job is None:
        abort(404)
    return _row(job, host, host.off())


def schedule(host: Host) -> list[ScheduleRow]:
    """Everything that comes again and again, by its name on the page."""
    every = {name: (None, each.every) for name, each in HANDLERS.items() if each.every}
    planned: dict[str, tuple[str | None, int]] = {
        **every,
        **{key: (plugin, job.every) for key, (plugin, job) in host.jobs.items()},
    }
    off, now = host.off(), _now()
    last = _last_runs(list(planned))
    rows = [
        ScheduleRow(
            label=label(name, plugin, host),
            name=name,
            away=_away(plugin, host, off),
            every=timedelta(seconds=seconds),
            last=_row(last[name], host, off) if name in last else None,
            next_at=_moment((now // (seconds * 1000) + 1) * seconds * 1000),
        )
        for name, (plugin, seconds) in planned.items()
    ]
    return sorted(rows, key=lambda row: row.label.casefold())


def _last_runs(names: list[str]) -> dict[str, Job]:
    ended = (
        Job.select(Job.name, fn.MAX(Job.ended_at).alias("at"))
        .where(Job.name.in_(names), Job.ended_at.is_null(False))
        .group_by(Job.name)
    )
    on = (Job.name == ended.c.name) & (Job.ended_at == ended.c.at)
    return {job.name: job for job in Job.select().join(ended, on=on).order_by(Job.id)}


class Watch(NamedTuple):
    """What somebody who looks after the desk has to know of its jobs.

    `silent` is since when no worker has taken anything up although something is due, None where
    all is well; `given_up` how many jobs wait for somebody to look at them.
    """

    silent: datetime | None
    given_up: int


def watch(host: Host) -> Watch:
    """Whether a worker is at work, and whether jobs were given up, in one query.

    While a worker lives, it takes something up every minute: there is mail to look after. A
    worker that is busy with one long job counts as alive.
    """
    plugins = tuple(sorted(set(host.registered) - host.off()))
    now, claimed, due, busy, given_up = _signs_of_work(plugins=plugins)[0]
    latest = now - SILENCE * 1000
    if (busy or 0) > now or (claimed or 0) > latest:
        return Watch(None, given_up)
    since = claimed or (due if due and due < latest else None)
    return Watch(_moment(since) if since else None, given_up)


def silent_since(host: Host) -> datetime | None:
    """Since when no worker has taken anything up although something is due; None where one has."""
    return watch(host).silent


@kept
def _signs_of_work(*, plugins: tuple[str, ...]) -> Any:
    """The time, the last claim, the first job that is due, the longest lease, what was given up."""
    mine = Job.plugin.is_null() | Job.plugin.in_(plugins)
    columns = [
        database_time(),
        Job.select(fn.MAX(Job.claimed_at)),
        Job.select(fn.MIN(Job.run_at)).where(Job.state == "ready", mine),
        Job.select(fn.MAX(Job.lease_until)).where(Job.state == "running"),
        Job.select(fn.COUNT(Job.id)).where(Job.state == "dead"),
    ]
    return Select(columns=columns).bind(database).tuples()


def _row(job: Job, host: Host, off: frozenset[str]) -> JobRow:
    state = job.state if job.state != "ready" else "again" if job.error else "waiting"
    return JobRow(
        id=job.id,
        label=label(job.name, job.plugin, host),
        name=job.name,
        state=state,
        away=_away(job.plugin, host, off),
        due=_moment(job.run_at),
        lease_until=_moment(job.lease_until) if state == "running" else None,
        claimed_at=_moment(job.claimed_at) if job.claimed_at else None,
        ended_at=_moment(job.ended_at) if job.ended_at else None,
        worker=job.worker or "",
        attempts=job.attempts,
        max_attempts=job.max_attempts,
        error=job.error or "",
    )


def _away(plugin: str | None, host: Host, off: frozenset[str]) -> str:
    if plugin is None or (plugin in host.registered and plugin not in off):
        return ""
    return plugin_title(plugin, host)


def _now() -> int:
    found: int = database.execute(Select(columns=[database_time()])).fetchone()[0]
    return found


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)
