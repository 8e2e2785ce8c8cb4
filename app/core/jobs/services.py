"""What administrators do about jobs that failed: try them again, or give them up for good."""

from app.core import audit
from app.core.audit import Change
from app.core.db import atomic
from app.core.events import database_time
from app.core.models import Job


def retry(job_id: int) -> bool:
    """Try a job again now, as often as a new one; False where it is not one that failed."""
    with atomic():
        if not _retry((Job.id == job_id) & Job.error.is_null(False) & (Job.state != "running")):
            return False
        audit.record("job.retried", f"job:{job_id}")
    return True


def retry_dead() -> int:
    """Try all again that were given up; returns how many those are."""
    with atomic():
        count = _retry(Job.state == "dead")
        if count:
            audit.record("job.all_retried", "job:dead", {"count": count})
    return count


def _retry(which: object) -> int:
    again = Job.update(state="ready", attempts=0, run_at=database_time())
    return int(again.where(which, Job.state << ("ready", "dead")).execute())


def discard(job_id: int, reason: str) -> bool:
    """Take a job that failed out of the queue; False where it is not one that failed.

    The reason stays in the history.
    """
    failed = (Job.id == job_id) & (Job.state << ("ready", "dead")) & Job.error.is_null(False)
    with atomic():
        row = Job.select(Job.name).where(failed).first()
        if row is None or not Job.delete().where(failed).execute():
            return False
        detail = {"name": row.name}
        audit.record(
            "job.discarded", f"job:{job_id}", detail, changes=[Change("reason", None, reason)]
        )
    return True
