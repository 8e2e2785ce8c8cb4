"""The blueprint that the slice's pages share."""

from flask import Blueprint

blueprint = Blueprint("messages", __name__)
