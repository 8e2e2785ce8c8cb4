"""The worker's side of the job table: claim, heartbeat, schedule, and the loop around them."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import flask
import peewee as pw

from app.core.db import atomic, connect, database, is_sqlite
from app.core.events import (
    HANDLERS,
    LEASE,
    LeaseError,
    database_time,
    enqueue,
    held,
    is_slow,
    perform,
    perform_slow,
    record_failure,
    register,
    worker_name,
)
from app.core.host import current_host
from app.core.models import Job

POLL = 0.5  # seconds between two looks at an idle table
KEEP = 7 * 24 * 3600  # seconds for which done jobs, and so schedule slots, are kept
SWEEP = 5000  # rows deleted in one transaction, which thus stays well under a second

log = logging.getLogger("entente.jobs")


def init_jobs(_app: flask.Flask) -> None:
    """Register the jobs of the mechanism itself; starts nothing."""
    register("jobs.sweep", sweep, every=3600)


def work(app: flask.Flask, stop: threading.Event) -> None:
    """Run what is due until told to stop; nothing but that ends the loop."""
    slots: dict[str, int] = {}
    hindered = False
    while not stop.is_set():
        busy = False
        try:
            with app.app_context():
                connect()
                enqueue_due_slots(slots)
                busy = _run_next() is not None
        except Exception:  # a locked or absent database passes; the worker must outlive it
            if not hindered:  # once: it may take hours
                log.exception("the worker cannot look for jobs and keeps trying")
            hindered = True
            stop.wait(1)
        else:
            if hindered:
                log.warning("the worker looks for jobs again")
            hindered = False
        if not busy:
            stop.wait(POLL)
    database.close()


def run_pending(app: flask.Flask) -> int:
    """Run everything that is due now, one after the other, and return how many jobs that were.

    For tests and the command line. Where the host is strict, the first fault is raised at the
    end.
    """
    errors = []
    count = 0
    with app.app_context():
        connect()
        enqueue_due_slots({})
        while outcome := _run_next():
            count += 1
            errors += [error for error in outcome if error]
        if errors and current_host().strict:
            raise errors[0]
    return count


def _run_next() -> tuple[BaseException | None] | None:
    """Run one due job; None where nothing is due, else its fault or None, in a tuple."""
    job = claim()
    if job is None:
        return None
    if job.attempts > job.max_attempts:  # no attempt ended: it takes its worker down each time
        error = LeaseError("the worker was lost at each attempt")
        record_failure(job, error)
        return (error,)
    if is_slow(job):
        with heartbeat(job):
            return (perform_slow(job),)
    return (perform(job),)


def claim() -> Job | None:
    """Lease the job that has waited longest, or None where none is due.

    Due are ready jobs whose time has come and running ones whose lease ran out; not those of
    plugins that are off or absent.
    """
    now = database_time()
    due = (
        Job.select(Job.id)
        .where(
            ((Job.state == "ready") & (Job.run_at <= now))
            | ((Job.state == "running") & (Job.lease_until < now)),
            Job.plugin.is_null() | Job.plugin.in_(sorted(running_plugins())),
        )
        .order_by(Job.run_at)
        .limit(1)
    )
    if due.scalar() is None:  # looked at without the write lock: an idle worker disturbs nobody
        return None
    with atomic():
        job_id = (due if is_sqlite() else due.for_update(skip_locked=True)).scalar()
        if job_id is None:
            return None
        Job.update(
            state="running",
            worker=worker_name(),
            attempts=Job.attempts + 1,
            lease_until=now + LEASE * 1000,
            claimed_at=now,
        ).where(Job.id == job_id).execute()
        job: Job = Job.get_by_id(job_id)
        return job


def running_plugins() -> set[str]:
    """The plugins that are registered here and switched on."""
    host = current_host()
    return set(host.registered) - host.off()


@contextmanager
def heartbeat(job: Job) -> Iterator[None]:
    """Renew the lease of a slow job from a thread, until the block ends or the lease is lost."""
    done = threading.Event()
    thread = threading.Thread(target=_beat, args=(job, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(job: Job, done: threading.Event) -> None:
    pause = LEASE / 3
    while not done.wait(pause):
        try:
            connect()
            renewed = Job.update(lease_until=database_time() + LEASE * 1000).where(held(job))
            if not renewed.execute():
                break
            pause = LEASE / 3
        except pw.PeeweeException:
            pause = 1  # a lock passes: try again while the lease still holds
    database.close()


def enqueue_due_slots(slots: dict[str, int]) -> None:
    """Ask for every scheduled job whose present slot nobody has asked for yet.

    `slots` remembers what this worker knows to be asked for; the unique key makes a slot happen
    once, whichever workers look at the same time.
    """
    schedule: dict[str, tuple[str | None, int]] = {
        name: (None, each.every) for name, each in HANDLERS.items() if each.every
    }
    schedule |= {key: (plugin, job.every) for key, (plugin, job) in current_host().jobs.items()}
    now = database.execute(pw.Select(columns=[database_time()])).fetchone()[0]
    missing = {
        name: slot
        for name, (_, every) in schedule.items()
        if slots.get(name) != (slot := now // (every * 1000))
    }
    if not missing:
        return
    running = running_plugins()
    for name, slot in missing.items():
        plugin = schedule[name][0]
        if (plugin is None or plugin in running) and not _unfinished(name):
            enqueue(name, plugin=plugin, key=f"{name}@{slot}")
            slots[name] = slot


def _unfinished(name: str) -> bool:
    """Whether an earlier slot still waits or runs: slots must not pile up behind a failing job."""
    return bool(Job.select().where(Job.name == name, Job.state << ("ready", "running")).exists())


def sweep() -> None:
    """Delete jobs that were done a week ago; the dead are kept until someone has looked at them."""
    old = (
        Job.select(Job.id)
        .where(Job.state == "done", Job.run_at < database_time() - KEEP * 1000)
        .limit(SWEEP)
    )
    if Job.delete().where(Job.id.in_(old)).execute() == SWEEP:
        enqueue("jobs.sweep")
