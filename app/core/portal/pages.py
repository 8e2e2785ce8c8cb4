"""The portal's pages: importing their modules adds the views to the blueprint."""

from app.core.portal import (
    document_views,
    explanation_views,
    grid_views,
    organisation_views,
    preview_views,
    search_views,
    target_views,
    task_views,
    views,
)
from app.core.portal.views import blueprint

__all__ = [
    "blueprint",
    "document_views",
    "explanation_views",
    "grid_views",
    "organisation_views",
    "preview_views",
    "search_views",
    "target_views",
    "task_views",
    "views",
]
