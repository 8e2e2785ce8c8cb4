"""The KPI pages: importing their modules adds the views to the blueprint."""

from app.core.kpis import (
    approval_views,
    catalogue_views,
    library_views,
    plan_views,
    scorecard_views,
    target_bulk_views,
    target_views,
    total_views,
    value_actions,
    value_views,
    version_views,
)
from app.core.kpis.blueprint import blueprint
from app.core.kpis.grid import views as grid_views

__all__ = [
    "approval_views",
    "blueprint",
    "catalogue_views",
    "grid_views",
    "library_views",
    "plan_views",
    "scorecard_views",
    "target_bulk_views",
    "target_views",
    "total_views",
    "value_actions",
    "value_views",
    "version_views",
]
