"""The slice's pages: importing their modules adds the views to the blueprint."""

from app.core.messages import views
from app.core.messages.blueprint import blueprint

__all__ = ["blueprint", "views"]
