"""Work that outlives a request: jobs, and the events that plugins listen to.

A job is a row, written in the transaction of whoever asks for it. It is delivered at least once;
its effects are written together with the mark that it is done, so they happen once. `app.jobs`
holds the loop that runs what is due.
"""

import json
import logging
import os
import random
import socket
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import peewee as pw

from app.core.db import after_commit, atomic, database, is_sqlite
from app.core.host import current_host
from app.core.models import Job

LEASE = 30  # seconds after which a silent worker counts as lost
EVENT = "event:"

log = logging.getLogger("entente.jobs")
_current: ContextVar[Job] = ContextVar("entente_job")


class LeaseError(RuntimeError):
    """Another worker has taken the job over: whatever was written for it is rolled back."""


@dataclass(frozen=True, slots=True)
class Handler:
    """What a job's name stands for; `every` is in seconds, `slow` as told by `register`."""

    run: Callable[..., Any]
    every: int | None = None
    slow: bool = False


HANDLERS: dict[str, Handler] = {}


def register(
    name: str, function: Callable[..., Any], every: int | None = None, slow: bool = False
) -> None:
    """Name a function of core as the handler of a job, optionally run once every so many seconds.

    The function is called with the payload as keywords, inside one transaction that also marks
    the job done. A slow one (network, long computation) is called outside a transaction while a
    heartbeat keeps its lease; it calls `finish()` first in the transaction that writes its
    effects.
    """
    if name in HANDLERS and HANDLERS[name].run is not function:
        raise ValueError(f"two handlers are called {name!r}")
    HANDLERS[name] = Handler(function, every, slow)


def enqueue(
    name: str,
    payload: Mapping[str, Any] | None = None,
    *,
    plugin: str | None = None,
    key: str | None = None,
    delay: float = 0,
    max_attempts: int = 8,
) -> bool:
    """Ask for a job in the caller's transaction; `delay` is in seconds.

    Returns whether it was added: a second job with the same `key` is not.
    """
    # As text, since nearly every write asks for a job; columns that are not named may be empty.
    mark = database.param
    added = database.execute_sql(
        "INSERT INTO job (name, payload, plugin, state, run_at, lease_until, attempts,"
        f" max_attempts, key) VALUES ({mark}, {mark}, {mark}, 'ready',"
        f" {database_time().sql} + {mark}, 0, 0, {mark}, {mark}) ON CONFLICT (key) DO NOTHING",
        (name, json.dumps(payload or {}), plugin, round(delay * 1000), max_attempts, key),
    )
    return bool(added.rowcount)


def take_together(name: str) -> None:
    """Let the job that runs stand for all others of its name that are due: it does the same work.

    For jobs that do whatever there is to do. Each was asked for in the transaction that made its
    work, so that whoever calls this first and looks for work then finds it.
    """
    with atomic():
        Job.delete().where(
            Job.name == name, Job.state == "ready", Job.run_at <= database_time()
        ).execute()


def emit(event: str, **payload: Any) -> None:
    """Tell every listening plugin of a change, from inside the transaction that makes it.

    Each plugin is told after the commit, in a transaction of its own; where that fails or is cut
    off, the worker tells it again. The payload is JSON: ids, in batches.
    """
    if not database.in_transaction():
        raise RuntimeError(f"{event} must be emitted in the transaction that makes the change")
    rows = [
        Job.create(
            name=EVENT + event,
            payload=json.dumps(payload),
            plugin=plugin,
            # Born in the hands of this process: a worker takes it only if we never come to it.
            state="running",
            worker=worker_name(),
            attempts=1,
            run_at=database_time(),
            lease_until=database_time() + LEASE * 1000,
        )
        for plugin in current_host().listeners(event)
    ]
    if rows:
        after_commit(partial(_deliver, rows))


def running() -> bool:
    """Whether this is called from within a slow job."""
    return _current.get(None) is not None


def last_attempt() -> bool:
    """Whether the slow job at hand will not be tried again where this attempt fails."""
    job = _current.get()
    return job.attempts >= job.max_attempts


def finish() -> None:
    """Mark the slow job at hand as done, within the transaction that writes its effects.

    Raises LeaseError, which must be left to roll the transaction back, where the job has been
    taken over by another worker.
    """
    if not database.in_transaction():
        raise RuntimeError("finish() belongs in the transaction that writes the job's effects")
    mark_done(_current.get())


def _deliver(rows: Sequence[Job]) -> None:
    errors = [error for row in rows if (error := perform(row))]
    if errors and current_host().strict:
        database.begin()  # peewee rolls back when a callback raises, which fails without this
        raise errors[0]


def is_slow(job: Job) -> bool:
    """Whether a job makes its own transactions; False where this process does not know it."""
    try:
        return handler(job).slow
    except LookupError:
        return False


def perform(job: Job) -> BaseException | None:
    """Run a leased job together with its mark; its fault is logged, recorded and returned.

    Marking first makes the lease irrelevant while the handler works: the row (on SQLite the
    database) stays locked until its effects are committed.
    """
    try:
        call = partial(handler(job).run, **json.loads(job.payload))
        with atomic():
            mark_done(job)
            call()
            Job.update(ended_at=database_time()).where(Job.id == job.id).execute()
    except LeaseError:
        log.info("job %s %s was taken over by another worker", job.id, job.name)
    except (Exception, SystemExit) as error:  # a plugin may fail in any way, the others go on
        record_failure(job, error)
        return error
    return None


def perform_slow(job: Job) -> BaseException | None:
    """Run a leased job that makes its own transactions; the caller keeps the lease alive."""
    token = _current.set(job)
    try:
        handler(job).run(**json.loads(job.payload))
        # Nothing is left to mark where it called finish() itself.
        Job.update(state="done", error=None, ended_at=database_time()).where(held(job)).execute()
    except LeaseError:
        log.info("job %s %s was taken over by another worker", job.id, job.name)
    except (Exception, SystemExit) as error:  # a plugin may fail in any way, the others go on
        record_failure(job, error)
        return error
    finally:
        _current.reset(token)
    return None


def handler(job: Job) -> Handler:
    """The handler of a job's name; raises LookupError where this process knows none."""
    host = current_host()
    if job.name.startswith(EVENT):
        plugin, event = str(job.plugin), job.name.removeprefix(EVENT)
        return Handler(lambda **payload: host.deliver(plugin, event, payload))
    if job.name in HANDLERS:
        return HANDLERS[job.name]
    if job.name in host.jobs:
        planned = host.jobs[job.name][1]
        return Handler(planned.run, planned.every, planned.slow)
    raise LookupError(f"nothing here handles a job called {job.name!r}")


def held(job: Job) -> pw.Expression:
    """The condition that a job is still ours: its lease was not taken over since the claim."""
    condition: pw.Expression = (
        (Job.id == job.id)
        & (Job.state == "running")
        & (Job.worker == job.worker)
        & (Job.attempts == job.attempts)
    )
    return condition


def mark_done(job: Job) -> None:
    """Mark a job done while it is ours; raises LeaseError otherwise."""
    done = Job.update(state="done", error=None, ended_at=database_time())
    if not done.where(held(job)).execute():
        raise LeaseError(f"job {job.id} {job.name}")


def record_failure(job: Job, error: BaseException) -> None:
    """Log a job's fault and put it back for a later attempt, or to rest after its last one."""
    log.error("job %s %s failed", job.id, job.name, exc_info=error)
    dead = job.attempts >= job.max_attempts
    # Spread, so that a hundred jobs refused by one mail server do not return in one instant.
    delay = min(3600, 4**job.attempts) * random.uniform(0.8, 1.2)  # noqa: S311
    text = "".join(traceback.format_exception(error))[-2000:]
    try:
        Job.update(
            state="dead" if dead else "ready",
            run_at=database_time() + round(delay * 1000),
            ended_at=database_time(),
            # Neither NUL nor half a surrogate pair can be stored by PostgreSQL.
            error=text.replace("\0", "").encode(errors="replace").decode(),
        ).where(held(job)).execute()
    except pw.PeeweeException:
        log.exception("the failure of job %s could not be stored; its lease will run out", job.id)


def database_time() -> pw.SQL:
    """The database's clock in milliseconds since 1970: the one that all nodes share."""
    if is_sqlite():
        return pw.SQL("CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)")
    return pw.SQL("CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)")


def worker_name() -> str:
    """The name under which this process holds leases."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"
