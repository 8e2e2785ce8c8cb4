"""Reads about KPIs: tuples, few queries; whatever lists partners' data takes the viewer."""

from app.core.kpis.queries.definitions import KpiRow, definition_by_code, definitions
from app.core.kpis.queries.figures import (
    Figures,
    Point,
    TargetRow,
    kpi_series,
    partner_figures,
)
from app.core.kpis.queries.history import (
    HistoryRow,
    RevisionRow,
    TargetHistoryRow,
    revisions,
    target_history,
    value_history,
)
from app.core.kpis.queries.portfolio import (
    ScoreRow,
    StatusCounts,
    TotalRow,
    latest_period_of,
    latest_period_with_values,
    periods_with_values,
    scorecards,
    status_counts,
    totals,
)
from app.core.kpis.queries.standings import ScorecardView, Standing, scorecard
from app.core.kpis.queries.worklists import (
    OverdueRow,
    PendingRow,
    overdue,
    pending,
    pending_count,
)

__all__ = [
    "Figures",
    "HistoryRow",
    "KpiRow",
    "OverdueRow",
    "PendingRow",
    "Point",
    "RevisionRow",
    "ScoreRow",
    "ScorecardView",
    "Standing",
    "StatusCounts",
    "TargetHistoryRow",
    "TargetRow",
    "TotalRow",
    "definition_by_code",
    "definitions",
    "kpi_series",
    "latest_period_of",
    "latest_period_with_values",
    "overdue",
    "partner_figures",
    "pending",
    "pending_count",
    "periods_with_values",
    "revisions",
    "scorecard",
    "scorecards",
    "status_counts",
    "target_history",
    "totals",
    "value_history",
]
