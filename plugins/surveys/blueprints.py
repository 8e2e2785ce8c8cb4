"""The plugin's three mounts; each topic's views register on them when they are imported."""

from flask import Blueprint

staff = Blueprint("surveys", __name__)
portal = Blueprint("surveys_portal", __name__)
public = Blueprint("surveys_public", __name__)
