"""The portal's pages: importing their modules adds the views to the blueprint."""

from app.core.portal import target_views, views
from app.core.portal.views import blueprint

__all__ = ["blueprint", "target_views", "views"]
