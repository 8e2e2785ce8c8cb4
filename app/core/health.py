"""`/healthz`: whether the desk can do its work, for whoever watches it."""

import peewee
from flask import Blueprint, Response, jsonify

from app.core.db import connect
from app.core.host import current_host
from app.core.jobs.queries import silent_since
from app.security import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public("a watcher has no account; says nothing about the data", anonymous=True)
def healthz() -> tuple[Response, int]:
    """200 and `{"status": "ok", "worker": "ok"}` once the database answers, else 503.

    "silent" where no worker takes up what is due: pages are served all the same.
    """
    try:
        connect()
        silent = silent_since(current_host())
    except peewee.PeeweeException:
        return jsonify(status="database away"), 503
    return jsonify(status="ok", worker="silent" if silent else "ok"), 200
