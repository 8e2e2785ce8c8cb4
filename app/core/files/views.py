"""Files are sent as attachments and never run: whatever is in them, it stays inert."""

from typing import Any

from flask import Blueprint, Response, abort, g, send_file

from app.core import audit
from app.core.db import atomic
from app.core.files import queries, storage
from app.core.files.models import StoredFile
from app.security import requires

blueprint = Blueprint("files", __name__, url_prefix="/files")


@blueprint.get("/<int:file_id>")
@requires("files.read")
def download(file_id: int) -> Any:
    """The file, to be saved."""
    stored = _readable(file_id)
    return _inert(
        _sent(
            stored.key,
            mimetype=stored.content_type,
            as_attachment=True,
            download_name=stored.name,
        )
    )


@blueprint.get("/<int:file_id>/preview")
@requires("files.read")
def preview(file_id: int) -> Any:
    """A small picture of an image."""
    stored = _readable(file_id)
    if not stored.has_preview:
        abort(404)
    return _inert(_sent(stored.key + storage.PREVIEW, mimetype="image/jpeg"))


def _readable(file_id: int) -> StoredFile:
    stored = queries.readable_file(file_id, g.viewer)
    if stored is None:
        with atomic():
            audit.record("access.refused", f"file:{file_id}")
        abort(404)
    return stored


def _sent(name: str, **how: Any) -> Response:
    path = storage.path_of(name)
    if not path.is_file():  # a backup without the folder `files`
        abort(404)
    return send_file(path, conditional=False, etag=False, **how)


def _inert(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
