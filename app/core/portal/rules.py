"""Which figures a side still has to report: pure, with the day as an argument.

Source: domain specification §2, Entities (submitter side, due days) and Import.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.core.periods import Calendar, Period

_GIVEN_BACK = ("returned:", "restated:")


@dataclass(frozen=True, slots=True)
class Owed:
    """A figure that is expected and not there, or one that was given back.

    It is late once its due date has passed, unless an approved figure stands meanwhile.
    """

    kpi: Any  # a KPI's definition
    period: Period
    due: date
    late: bool
    returned: str = ""  # why it was given back, where it was
    stands: bool = False  # a restatement was given back: the approved figure still counts


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
    """What a side owes: what was given back first, then the longest due.

    Owed are ended periods with a target and without a figure, and whatever was given back.
    `expected` are the KPI ids and period keys of targets; `there` tells the state of what was
    reported: "approved", "submitted", or for what was given back the reason after "returned:", or
    after "restated:" where an approved figure stands. Only targets at the KPI's own frequency
    count. What was due before `since`, the partner's first import, is never owed.
    """
    found = []
    given_back = {place for place, state in there.items() if state.startswith(_GIVEN_BACK)}
    for kpi_id, key in set(expected) | given_back:
        kpi, period = kpis.get(kpi_id), Period.from_key(key)
        if kpi is None or kpi.submitter != side or kpi.kind is not period.kind:
            continue
        state, _colon, reason = there.get((kpi_id, key), "").partition(":")
        end = calendar.end(period)
        due = end + timedelta(days=kpi.due_days)
        if (kpi_id, key) in given_back:
            stands = state == "restated"
            found.append(Owed(kpi, period, due, due < today and not stands, reason, stands))
            continue
        if state in ("approved", "submitted") or end >= today:
            continue
        if since is None or due >= since:
            found.append(Owed(kpi, period, due, due < today))
    return sorted(
        found, key=lambda item: (not item.returned, item.due, item.kpi.name, item.period.key)
    )


def next_due(kpis: Iterable[Any], today: date, calendar: Calendar) -> date | None:
    """When the first figure of the periods that are still running is due."""
    return min(
        (calendar.end(calendar.containing(today, k.kind)) + timedelta(k.due_days) for k in kpis),
        default=None,
    )
