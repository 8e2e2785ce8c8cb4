"""Faults and slowness of plugins: counted here, stored for the Plugins page of every process."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee as pw

from app.core import clock, db
from app.core.models import PluginFault

log = logging.getLogger(__name__)

STORED_EVERY = 60.0  # seconds between two writes for the same plugin and hook, in one process
SLOW_AFTER = 2.0  # seconds after which an answer counts as slow
PAUSE = 60.0  # seconds for which a hook that was slow twice in a row is not asked


@dataclass(slots=True)
class _Record:
    message: str = ""
    unstored: int = 0
    stored_at: float | None = None
    slow_in_a_row: int = 0
    paused_until: float = 0.0
    paused_until_time: datetime | None = None


class Faults:
    """What went wrong in this process, by plugin and hook. Times are monotonic seconds."""

    def __init__(self, slow_after: float = SLOW_AFTER) -> None:
        self.slow_after = slow_after
        self._records: dict[tuple[str, str], _Record] = {}
        self._lock = threading.Lock()

    def note(self, plugin: str, hook: str, message: str) -> None:
        """Remember one fault; `store` writes it down when it may."""
        with self._lock:
            record = self._records.setdefault((plugin, hook), _Record())
            record.message = message
            record.unstored += 1

    def timed(self, plugin: str, hook: str, seconds: float, now: float) -> None:
        """Count one answer's time; the second slow one in a row pauses the hook."""
        key = (plugin, hook)
        if seconds <= self.slow_after:
            if key in self._records:
                self._records[key].slow_in_a_row = 0
            return
        log.warning("plugin %s: %s() took %.1f s", plugin, hook, seconds)
        with self._lock:
            record = self._records.setdefault(key, _Record())
            record.slow_in_a_row += 1
            if record.slow_in_a_row < 2:
                return
            record.slow_in_a_row = 0
            record.paused_until = now + PAUSE
            record.paused_until_time = clock.now() + timedelta(seconds=PAUSE)
            record.message = f"paused: slow: {hook}() took {seconds:.1f} s, twice in a row"
            record.unstored += 1
            record.stored_at = None

    def is_paused(self, plugin: str, hook: str, now: float) -> bool:
        """Whether a hook was slow twice in a row and is left alone for a while."""
        record = self._records.get((plugin, hook))
        return record is not None and now < record.paused_until

    def store(self, now: float) -> None:
        """Write down what was noted, unless a transaction is open.

        A caller's transaction may be rolled back, and the note with it; or be broken already.
        Nothing is lost by waiting: the end of the request and the next fault ask again.
        """
        if not any(record.unstored for record in list(self._records.values())):
            return
        if db.database.in_transaction():
            return
        for (plugin, hook), message, count, paused in self._due(now):
            try:
                _write(plugin, hook, message, count, paused)
            except pw.PeeweeException:
                log.exception("the fault of plugin %s could not be stored", plugin)

    def _due(self, now: float) -> list[tuple[tuple[str, str], str, int, datetime | None]]:
        due = []
        with self._lock:
            for key, record in self._records.items():
                recent = record.stored_at is not None and now - record.stored_at < STORED_EVERY
                if not record.unstored or recent:
                    continue
                due.append((key, record.message, record.unstored, record.paused_until_time))
                record.unstored, record.stored_at = 0, now
        return due


def _write(plugin: str, hook: str, message: str, count: int, paused: datetime | None) -> None:
    now, hook = clock.now(), hook[:64]
    with db.atomic():
        changed = (
            PluginFault.update(
                message=message, at=now, paused_until=paused, count=PluginFault.count + count
            )
            .where(PluginFault.plugin == plugin, PluginFault.hook == hook)
            .execute()
        )
        if changed:
            return
        PluginFault.insert(
            plugin=plugin, hook=hook, message=message, at=now, count=count, paused_until=paused
        ).on_conflict_ignore().execute()
