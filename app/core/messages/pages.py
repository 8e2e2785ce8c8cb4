"""The slice's pages: importing their modules adds the views to the blueprint."""

from app.core.messages import announcement_views, mail_views, views
from app.core.messages.blueprint import blueprint

__all__ = ["announcement_views", "blueprint", "mail_views", "views"]
