"""All pages about accounts, on one blueprint."""

from app.core.accounts import account_views, factor_views, link_views, people_views
from app.core.accounts.views import blueprint

__all__ = ["account_views", "blueprint", "factor_views", "link_views", "people_views"]
