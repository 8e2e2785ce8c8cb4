"""All pages about partners, on one blueprint."""

from app.core.partners import goal_views, part_views, profile_views
from app.core.partners.views import blueprint

__all__ = ["blueprint", "goal_views", "part_views", "profile_views"]
