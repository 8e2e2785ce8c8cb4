"""All pages about partners, on one blueprint."""

from app.core.partners import (
    contact_access_views,
    edit_views,
    goal_views,
    interaction_views,
    part_views,
    profile_views,
    timeline_views,
)
from app.core.partners.bulk import views as bulk_views
from app.core.partners.fields import views as field_views
from app.core.partners.lists import view_views
from app.core.partners.lists import views as list_views
from app.core.partners.merge import views as merge_views
from app.core.partners.proposals import views as proposal_views
from app.core.partners.views import blueprint

__all__ = [
    "blueprint",
    "bulk_views",
    "contact_access_views",
    "edit_views",
    "field_views",
    "goal_views",
    "interaction_views",
    "list_views",
    "merge_views",
    "part_views",
    "profile_views",
    "proposal_views",
    "timeline_views",
    "view_views",
]
