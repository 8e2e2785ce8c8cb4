"""Locking figures that nobody should touch any more, and unlocking them with a reason.

Source: domain specification §2 (state table of values; Import): 90 days after the period's end or
the approval, whichever is later. A figure whose restatement waits is not locked under it. What an
administrator has unlocked stays open until it is changed and approved anew, or locked by hand.
"""

from datetime import timedelta

from app.core import audit, clock
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import sql
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services.texts import check_length
from app.core.kpis.value_models import Unlocking
from app.core.periods import Kind, Period

LOCKED_AFTER = 90  # days
AT_ONCE = 2_000

_DUE = (
    "SELECT v.partner_id, v.kpi_id, v.period FROM value v JOIN revision r ON r.id = v.revision_id"
    " WHERE NOT v.locked AND v.unlocked_at IS NULL AND v.period BETWEEN ? AND ?"
    " AND r.decided_at < ? AND NOT EXISTS (SELECT 1 FROM revision w"
    " WHERE w.partner_id = v.partner_id AND w.kpi_id = v.kpi_id AND w.period = v.period"
    " AND w.state = 'submitted')"
)
_KEY = "partner_id = ? AND kpi_id = ? AND period = ?"


def lock_due() -> int:
    """Lock every figure whose time has come; returns how many. Run daily by the worker."""
    settings = current_settings()
    last_day = settings.today() - timedelta(days=LOCKED_AFTER)
    decided = clock.now() - timedelta(days=LOCKED_AFTER)
    count = 0
    for kind in Kind:
        # A period ends at the latest on the last day where the next one begins after it.
        running = settings.calendar.containing(last_day + timedelta(days=1), kind)
        last = settings.calendar.shift(running, -1).key
        due = sql.rows(_DUE, kind.rank * 1_000_000, last, decided)
        for at in range(0, len(due), AT_ONCE):
            count += _lock(due[at : at + AT_ONCE])
    return count


def lock_value(partner_id: int, kpi_id: int, period: Period, *, by: Viewer) -> None:
    """Lock one approved figure at once; raises KpiRefusal."""
    key = (partner_id, kpi_id, period.key)
    _check_right(by)
    with atomic():
        changed = sql.run(
            f"UPDATE value SET locked = TRUE, unlocked_at = NULL WHERE {_KEY} AND NOT locked", *key
        )
        if not changed:
            raise KpiRefusal("There is no open approved figure to lock.")
        audit.record("kpi_value.locked", _ref(key))


def unlock_value(partner_id: int, kpi_id: int, period: Period, reason: str, *, by: Viewer) -> None:
    """Open a locked figure for a restatement; raises KpiRefusal."""
    key = (partner_id, kpi_id, period.key)
    check_length(reason=reason)
    if not reason.strip():
        raise KpiRefusal("Say why it is unlocked.", field="reason")
    _check_right(by)
    with atomic():
        changed = sql.run(
            f"UPDATE value SET locked = FALSE, unlocked_at = ? WHERE {_KEY} AND locked",
            clock.now(),
            *key,
        )
        if not changed:
            raise KpiRefusal("This figure is not locked.")
        Unlocking.create(
            partner=partner_id,
            kpi=kpi_id,
            period=period.key,
            reason=reason.strip(),
            unlocked_by=by.user_id,
        )
        audit.record("kpi_value.unlocked", _ref(key))


def _check_right(by: Viewer) -> None:
    if not by.can("kpis.lock"):
        raise KpiRefusal("Only an administrator locks and unlocks figures.")


def _ref(key: tuple[int, int, int]) -> str:
    return "value:" + "/".join(map(str, key))


def _lock(keys: list[tuple[int, int, int]]) -> int:
    with atomic():
        sql.run_many(f"UPDATE value SET locked = TRUE WHERE {_KEY} AND unlocked_at IS NULL", keys)
        audit.record("kpi_values.locked", "kpi_values", {"count": len(keys)})
    return len(keys)
