"""The fact "kpi.late_reports": how many figures a partner reported late, or not at all, in a year.

Source: domain specification §0, Facts, and §2 (what was due before a first import is never late).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext

from app.core import clock
from app.core.accounts.queries import current_settings
from app.core.contract import Fact, FactKind
from app.core.kpis import sql
from app.core.kpis.known import within
from app.core.kpis.queries import definitions
from app.core.kpis.queries.figures import limits_of
from app.core.periods import Kind, Period, add_months
from app.core.quantities import MILLION

KIND = FactKind("kpi.late_reports", lazy_gettext("Late KPI reports within a year"), "count")
MONTHS = {Kind.WEEK: 1, Kind.MONTH: 1, Kind.QUARTER: 3, Kind.HALF: 6, Kind.YEAR: 12}
_REPORTED = (
    "SELECT t.partner_id, t.kpi_id, t.period, p.first_import_at, MIN(r.submitted_at)"
    " FROM target t JOIN partner p ON p.id = t.partner_id LEFT JOIN revision r"
    " ON r.partner_id = t.partner_id AND r.kpi_id = t.kpi_id AND r.period = t.period"
    " WHERE t.partner_id IN "
)
_GROUPED = " GROUP BY t.partner_id, t.kpi_id, t.period, p.first_import_at"


def late_reports(partner_ids: Sequence[int], as_of: date) -> dict[int, Fact]:
    """How many of the figures that the partner itself was to report in the year up to a day came
    after their due date, or are missing; unknown where none was due."""
    settings = current_settings()
    calendar, since = settings.calendar, add_months(as_of, -12)
    kpis = {
        id_: kpi
        for id_, kpi in definitions(active_only=False).items()
        if kpi.submitter == "partner" and not kpi.formula
    }
    if not kpis:
        return {}
    # A period that is due within the year begins so much earlier at most.
    months = max(MONTHS[kpi.kind] for kpi in kpis.values())
    longest = max(kpi.due_days for kpi in kpis.values())
    first = add_months(since, -months) - timedelta(days=longest)
    limits = limits_of(first, as_of, calendar)
    found: dict[int, int] = {}
    for chunk in sql.chunks(partner_ids):
        where = f"({sql.marks(len(chunk))}) AND {within(limits, 't.period')}"
        own = f" AND t.kpi_id IN ({sql.marks(len(kpis))}){_GROUPED}"
        for partner_id, kpi_id, key, imported, reported in sql.rows(
            _REPORTED + where + own, *chunk, *limits, *kpis
        ):
            kpi, period = kpis[kpi_id], Period.from_key(key)
            if period.kind is not kpi.kind:
                continue
            due = calendar.end(period) + timedelta(days=kpi.due_days)
            if not since < due < as_of or (imported and due < _day(imported, settings.timezone)):
                continue
            came = _day(reported, settings.timezone) if reported else None
            found[partner_id] = found.get(partner_id, 0) + int(came is None or came > due)
    return {id_: Fact(count * MILLION) for id_, count in found.items()}


def _day(moment: Any, timezone: str) -> date:
    """The date where the organisation is; SQLite answers with text where PostgreSQL has a time."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return clock.local(at, timezone).date()
