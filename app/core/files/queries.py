"""Reads about stored files; whoever asks is checked by the file's owner."""

from app.core.contract import Viewer
from app.core.files.models import StoredFile
from app.core.files.owners import OWNERS


def readable_file(file_id: int, viewer: Viewer) -> StoredFile | None:
    """The file if its owner lets this person read it; while nothing holds it, its uploader."""
    stored: StoredFile | None = StoredFile.get_or_none(StoredFile.id == file_id)
    owner = OWNERS.get(stored.owner) if stored else None
    if stored is None or owner is None:
        return None
    if owner.may_read(file_id, viewer):
        return stored
    own = stored.uploaded_by_id == viewer.user_id
    return stored if own and not owner.in_use([file_id]) else None
