"""Which KPIs measure which goal: what both sides agreed to look at, and how often."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.core.kpis import sql
from app.core.kpis.models import FREQUENCIES


class MeasuredRow(NamedTuple):
    """A KPI that a goal is measured by; `goal_id` is None where it serves none."""

    goal_id: int | None
    kpi_id: int
    code: str
    name: str
    frequency: str
    submitter: str
    due_days: int


_MEASURED = """
SELECT r.goal_id, k.id, k.code, k.name, k.frequency, k.submitter, k.due_days
FROM target_revision r JOIN kpi k ON k.id = r.kpi_id
WHERE r.partner_id = ? AND r.state = 'accepted' AND r.n = (
  SELECT MAX(l.n) FROM target_revision l WHERE l.partner_id = r.partner_id AND l.kpi_id = r.kpi_id
  AND l.period = r.period AND l.state = 'accepted')
GROUP BY r.goal_id, k.id, k.code, k.name, k.frequency, k.submitter, k.due_days
"""


def measured(partner_id: int) -> list[MeasuredRow]:
    """Each goal's KPIs by the targets that stand, the most frequent first.

    The caller has checked who reads this partner. A KPI whose targets serve a goal in some periods
    and none in others is listed under that goal alone.
    """
    rows = [MeasuredRow._make(row) for row in sql.rows(_MEASURED, partner_id)]
    tied = {row.kpi_id for row in rows if row.goal_id is not None}
    kept = [row for row in rows if row.goal_id is not None or row.kpi_id not in tied]
    return sorted(kept, key=lambda row: (FREQUENCIES.index(row.frequency), row.name, row.code))


class PlanLine(NamedTuple):
    """A goal (None: those KPIs that serve none), and its KPIs of one frequency."""

    goal: Any
    frequency: str
    kpis: list[MeasuredRow]
    first: bool  # of its goal


def plan(goals: Sequence[Any], rows: Sequence[MeasuredRow]) -> list[PlanLine]:
    """The measurement plan: a line for each goal and frequency, goals without a KPI too."""
    lines: list[PlanLine] = []
    known = {goal.id for goal in goals}
    for goal in [*goals, None]:
        wanted = goal.id if goal else None
        own = [r for r in rows if (r.goal_id if r.goal_id in known else None) == wanted]
        by_frequency = {f: [r for r in own if r.frequency == f] for f in FREQUENCIES}
        found = [(f, kpis) for f, kpis in by_frequency.items() if kpis]
        if goal and not found:
            found = [("", [])]
        lines += [PlanLine(goal, f, kpis, at == 0) for at, (f, kpis) in enumerate(found)]
    return lines
