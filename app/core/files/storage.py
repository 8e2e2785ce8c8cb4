"""The files on disk: random names in the data folder, written through before a row names them."""

import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from flask import current_app

PREVIEW = ".preview"


def folder() -> Path:
    """The folder of this installation's files; outside anything that is served as it lies."""
    data: Path = current_app.extensions["entente"].config.data
    return data / "files"


def path_of(key: str) -> Path:
    """Where the content of a file lies."""
    return folder() / key[:2] / key


def write(data: bytes, preview: bytes | None = None) -> str:
    """Store bytes under a new random name and return it, once they have reached the disk."""
    key = secrets.token_hex(16)
    path = path_of(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, data)
    if preview is not None:
        _write(path.with_name(key + PREVIEW), preview)
    _sync_folder(path.parent)
    return key


def write_preview(key: str, data: bytes) -> None:
    """Store the picture of a file that is there already, whole or not at all."""
    path = path_of(key).with_name(key + PREVIEW)
    half = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    _write(half, data)
    half.replace(path)
    _sync_folder(path.parent)


def remove(key: str) -> None:
    """Forget a file's bytes; nothing happens where they are gone already."""
    path_of(key).unlink(missing_ok=True)
    path_of(key + PREVIEW).unlink(missing_ok=True)


def older_than(seconds: int) -> Iterator[str]:
    """The keys of files that were written so long ago."""
    limit = time.time() - seconds
    for path in folder().glob("??/*"):
        if path.suffix == "" and path.stat().st_mtime < limit:
            yield path.name


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
