"""The plugin's two mounts; each slice's views register on them when they are imported."""

from flask import Blueprint

staff = Blueprint("incentives", __name__)
portal = Blueprint("incentives_portal", __name__)
