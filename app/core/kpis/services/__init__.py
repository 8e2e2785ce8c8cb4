"""The only writer of KPIs: each write is one transaction with its audit row, roll-up and event."""

from app.core.kpis.figures import TargetFigures
from app.core.kpis.refusals import KpiRefusal, StaleVersion
from app.core.kpis.services.definitions import KpiDraft, save_kpi
from app.core.kpis.services.recording import ValueRow, record_kpi_values
from app.core.kpis.services.targets import set_target
from app.core.kpis.services.values import approve, return_value, submit_value

__all__ = [
    "KpiDraft",
    "KpiRefusal",
    "StaleVersion",
    "TargetFigures",
    "ValueRow",
    "approve",
    "record_kpi_values",
    "return_value",
    "save_kpi",
    "set_target",
    "submit_value",
]
