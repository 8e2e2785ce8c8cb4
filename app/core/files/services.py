"""Storing files and forgetting those that nothing holds: the only writer of this part."""

import hashlib
from datetime import timedelta
from typing import IO, Any, Protocol

from flask import current_app

from app.core import audit, clock
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.files import previews, quota, rules, storage
from app.core.files.models import StoredFile
from app.core.files.owners import OWNERS
from app.core.files.rules import FileRefusal

LEFT_ALONE = 24 * 3600  # seconds for which a file may wait for the record that will hold it
AT_ONCE = 500


class Upload(Protocol):
    """A file as a form brings it (werkzeug's FileStorage)."""

    filename: str | None
    stream: IO[bytes]


def store_file(
    upload: Upload, *, owner: str, by: Viewer | None, allowed: tuple[str, ...] = rules.ALL
) -> int:
    """Check and store an uploaded file; returns its id, which the owner's record then holds.

    `owner` is a kind of `owners.OWNERS`; until one of its records holds the file, only the
    uploader sees it, and it is forgotten after a day. Raises FileRefusal, also where somebody from
    outside has uploaded too much within a day.
    """
    most: int = current_app.extensions["entente"].config.file_mb
    data = upload.stream.read(most * 1024 * 1024 + 1)
    name = upload.filename or ""
    if len(data) > most * 1024 * 1024:
        raise FileRefusal(
            "%(name)s is larger than %(most)s MB.", name=rules.display_name(name), most=most
        )
    quota.check(by, len(data))  # before the work of looking into it
    content = rules.checked(name, data, allowed)
    with atomic():
        quota.hold(by)
        quota.check(by, len(content.data))
        key = storage.write(content.data, content.preview)
        stored = StoredFile.create(
            key=key,
            owner=owner,
            name=content.name,
            content_type=content.content_type,
            size=len(content.data),
            sha256=hashlib.sha256(content.data).hexdigest(),
            has_preview=content.preview is not None,
            uploaded_by=by.user_id if by else None,
        )
        previews.ask(stored.id, content.content_type)
        audit.record("file.stored", f"file:{stored.id}", {"sha256": stored.sha256})
    return int(stored.id)


def sweep() -> None:
    """Forget files that no record holds and bytes that no row names, a day after they came."""
    limit = clock.now() - timedelta(seconds=LEFT_ALONE)
    gone: list[str] = []
    for kind, owner in OWNERS.items():
        last = 0
        while rows := _old(kind, limit, last):
            last = rows[-1][0]
            used = owner.in_use([row[0] for row in rows])
            gone += [key for id_, key in rows if id_ not in used and _forget(id_, kind)]
    for key in gone:
        storage.remove(key)
    for key in storage.older_than(LEFT_ALONE):
        if not StoredFile.select().where(StoredFile.key == key).exists():
            storage.remove(key)
    if gone:
        with atomic():
            audit.record("files.swept", "files", {"count": len(gone)})


def _old(kind: str, limit: Any, after: int) -> list[tuple[int, str]]:
    return list(
        StoredFile.select(StoredFile.id, StoredFile.key)
        .where(StoredFile.owner == kind, StoredFile.uploaded_at < limit, StoredFile.id > after)
        .order_by(StoredFile.id)
        .limit(AT_ONCE)
        .tuples()
    )


def _forget(file_id: int, kind: str) -> bool:
    """Delete a row, unless a record has taken hold of it since."""
    with atomic():
        if OWNERS[kind].in_use([file_id]):
            return False
        StoredFile.delete().where(StoredFile.id == file_id).execute()
    return True
