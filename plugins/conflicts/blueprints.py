"""The plugin's routes are added by its view modules."""

from flask import Blueprint

staff = Blueprint("conflicts", __name__)
portal = Blueprint("conflicts_portal", __name__)
