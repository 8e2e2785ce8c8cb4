"""What is kept of files on a person: those that they uploaded."""

from flask_babel import gettext as _

from app.core.contract import PersonalFile, PersonalRows, Subject
from app.core.files import storage
from app.core.files.models import StoredFile


def export(subject: Subject) -> list[PersonalRows]:
    """The files that this person uploaded, with their content."""
    files = list(StoredFile.select().where(StoredFile.uploaded_by == subject.user_id))
    rows = [
        {"name": row.name, "size": row.size, "at": row.uploaded_at.isoformat()} for row in files
    ]
    return [
        PersonalRows(
            _("Uploaded files"),
            rows,
            [PersonalFile(row.name, storage.path_of(row.key)) for row in files],
        )
    ]


def erase(_subject: Subject) -> None:
    """Evidence stays with the figures that it supports; names of files are free text."""
