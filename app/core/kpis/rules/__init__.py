"""The KPI rules: pure functions on exact numbers, with time as an argument."""

from app.core.kpis.rules.display import display_attainment, display_beside, display_percent
from app.core.kpis.rules.figures import Aggregation, Definition, Goal, Reading, Result, ValueType
from app.core.kpis.rules.judgement import (
    AMBER_FROM,
    Direction,
    Status,
    attainment,
    is_met,
    ordinal_attainment,
    status,
)
from app.core.kpis.rules.rollup import pace, roll_up
from app.core.kpis.rules.scoring import Part, Scorecard, parts, scorecard
from app.core.kpis.rules.smart import Aim, Check, Letter, checks, is_ambitious, unmet
from app.core.kpis.rules.streaks import Streak, is_closed, marks, streak

__all__ = [
    "AMBER_FROM",
    "Aggregation",
    "Aim",
    "Check",
    "Definition",
    "Direction",
    "Goal",
    "Letter",
    "Part",
    "Reading",
    "Result",
    "Scorecard",
    "Status",
    "Streak",
    "ValueType",
    "attainment",
    "checks",
    "display_attainment",
    "display_beside",
    "display_percent",
    "is_ambitious",
    "is_closed",
    "is_met",
    "marks",
    "ordinal_attainment",
    "pace",
    "parts",
    "roll_up",
    "scorecard",
    "status",
    "streak",
    "unmet",
]
