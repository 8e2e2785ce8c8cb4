"""Which figures a side still has to report: pure, with the day as an argument.

Source: domain specification §2, Entities (submitter side, due days) and Import.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.core.periods import Calendar, Period


@dataclass(frozen=True, slots=True)
class Owed:
    """A figure that is expected and not there: late once its due date has passed."""

    kpi: Any  # a KPI's definition
    period: Period
    due: date
    late: bool
    returned: str = ""  # why it was given back, where it was


def owed(
    side: str,
    kpis: Mapping[int, Any],
    expected: Iterable[tuple[int, int]],
    there: Mapping[tuple[int, int], str],
    *,
    today: date,
    calendar: Calendar,
    since: date | None = None,
) -> list[Owed]:
    """What a side owes, the longest due first: ended periods with a target and without a figure.

    `expected` are the KPI ids and period keys of targets; `there` tells the state of what was
    reported: "approved", "submitted", or for what was given back the reason after "returned:".
    Only targets at the KPI's own frequency count. What was due before `since`, the partner's
    first import, is never owed.
    """
    found = []
    for kpi_id, key in set(expected):
        kpi, period = kpis.get(kpi_id), Period.from_key(key)
        if kpi is None or kpi.submitter != side or kpi.kind is not period.kind:
            continue
        state = there.get((kpi_id, key), "")
        end = calendar.end(period)
        due = end + timedelta(days=kpi.due_days)
        if state in ("approved", "submitted") or end >= today:
            continue
        if since is not None and due < since:
            continue
        returned = state.removeprefix("returned:") if state.startswith("returned:") else ""
        found.append(Owed(kpi, period, due, due < today, returned))
    return sorted(found, key=lambda item: (item.due, item.kpi.name, item.period.key))


def next_due(kpis: Iterable[Any], today: date, calendar: Calendar) -> date | None:
    """When the first figure of the periods that are still running is due."""
    return min(
        (calendar.end(calendar.containing(today, k.kind)) + timedelta(k.due_days) for k in kpis),
        default=None,
    )
