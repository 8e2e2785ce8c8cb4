"""Previews of PDF files: made by the worker, in a process of their own."""

import subprocess
import sys
from pathlib import Path

from app.core.db import atomic
from app.core.events import enqueue, finish
from app.core.files import first_page, storage
from app.core.files.models import StoredFile

JOB = "files.preview"
PDF = "application/pdf"
MOST_BYTES = 2 * 1024 * 1024  # of a picture that is kept


def ask(file_id: int, content_type: str) -> None:
    """Have a preview made of a file that can have one, in the caller's transaction."""
    if content_type == PDF:
        enqueue(JOB, {"file_id": file_id}, key=f"{JOB}:{file_id}", max_attempts=2)


def make(file_id: int) -> None:
    """Draw a PDF's first page; a document that cannot be drawn has no preview, and that is all."""
    stored = StoredFile.get_or_none(StoredFile.id == file_id)
    data = _content(stored) if stored and stored.content_type == PDF else None
    drawn = draw(data) if data else None
    if drawn is not None:
        storage.write_preview(stored.key, drawn)
    with atomic():
        finish()
        if drawn is not None:
            StoredFile.update(has_preview=True).where(StoredFile.id == file_id).execute()


def _content(stored: StoredFile) -> bytes | None:
    path = storage.path_of(stored.key)
    return path.read_bytes() if path.is_file() else None


def draw(data: bytes) -> bytes | None:
    """A JPEG of the first page, or None where the document cannot be drawn within the bounds."""
    program = [sys.executable, "-I", str(Path(first_page.__file__))]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, the document on its input
            program,
            input=data,
            capture_output=True,
            timeout=first_page.SECONDS + 5,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    is_picture = done.stdout.startswith(b"\xff\xd8") and len(done.stdout) <= MOST_BYTES
    return done.stdout if done.returncode == 0 and is_picture else None
