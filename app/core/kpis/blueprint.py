"""The KPI pages' blueprint, apart from its views so that each file of views can add to it."""

from flask import Blueprint

blueprint = Blueprint("kpis", __name__)
