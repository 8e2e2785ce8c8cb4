"""What is kept of files on a person: those that they uploaded."""

from flask import g
from flask_babel import gettext as _

from app.core.contract import PersonalFile, PersonalRows, Subject
from app.core.files import storage
from app.core.files.models import StoredFile
from app.core.files.queries import readable_file


def export(subject: Subject) -> list[PersonalRows]:
    """The files that this person uploaded, with their content.

    Administrators who fetch them for somebody get those that they may read anyway; the person, and
    whoever runs the desk, get all.
    """
    files = list(StoredFile.select().where(StoredFile.uploaded_by == subject.user_id))
    who = g.get("viewer")
    if who is not None and who.user_id != subject.user_id:
        files = [row for row in files if readable_file(row.id, who)]
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
