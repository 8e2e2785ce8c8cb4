"""The plugin's two places, whose routes are added by its view modules."""

from flask import Blueprint

from app.api import Viewer

staff = Blueprint("conflicts", __name__)
portal = Blueprint("conflicts_portal", __name__)


def place_of(who: Viewer) -> str:
    """Where somebody reads cases: ours on the desk, everybody else in the portal."""
    return str((staff if who.is_staff else portal).name)
