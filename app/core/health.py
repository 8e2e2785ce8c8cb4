"""`/healthz`: whether the desk can do its work, for whoever watches it."""

import peewee
from flask import Blueprint, Response, jsonify

from app.core.db import connect, database
from app.security import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public("a watcher has no account; says nothing about the data", anonymous=True)
def healthz() -> tuple[Response, int]:
    """200 and `{"status": "ok"}` once the database answers, else 503."""
    try:
        connect()
        database.execute_sql("SELECT 1")
    except peewee.PeeweeException:
        return jsonify(status="database away"), 503
    return jsonify(status="ok"), 200
