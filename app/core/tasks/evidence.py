"""Files that show that a task is done."""

from collections.abc import Collection, Sequence
from typing import Any

from app.core.contract import Viewer
from app.core.files.models import StoredFile
from app.core.files.owners import register_owner
from app.core.files.services import Upload, store_file
from app.core.partners.models import Partner
from app.core.tasks.models import Task, TaskFile
from app.core.tasks.queries import visible
from app.core.tasks.refusals import TaskRefusal

OWNER = "task_evidence"
MOST = 5  # files of one act


def store_evidence(upload: Upload, *, by: Viewer) -> int:
    """Store a file that an act can then name; raises FileRefusal."""
    return store_file(upload, owner=OWNER, by=by)


def attach(task_id: int, files: Sequence[int], by: Viewer) -> None:
    """Let a task hold own uploads that no other task holds."""
    wanted = set(files)
    if not wanted:
        return
    if len(wanted) > MOST:
        raise TaskRefusal("At most %(most)s files.", field="files", most=MOST)
    if {file.id for file in waiting(wanted, by)} != wanted:
        raise TaskRefusal("A file is no longer there: attach it again.", field="files")
    TaskFile.insert_many([{"task": task_id, "file": id_} for id_ in sorted(wanted)]).execute()


def waiting(files: Collection[int], by: Viewer) -> list[StoredFile]:
    """Of these files, own uploads that no task holds yet."""
    held = TaskFile.select(TaskFile.file).where(TaskFile.file == StoredFile.id)
    return list(
        StoredFile.select()
        .where(
            StoredFile.id.in_(list(files)),
            StoredFile.owner == OWNER,
            StoredFile.uploaded_by == by.user_id,
            StoredFile.id.not_in(held),
        )
        .order_by(StoredFile.id)
    )


def may_read(file_id: int, viewer: Viewer) -> bool:
    """Whether somebody may see the task that holds a file."""
    found: Any = (
        TaskFile.select(TaskFile.file)
        .join(Task)
        .join(Partner)
        .where(TaskFile.file == file_id, visible(viewer))
    )
    return bool(found.exists())


def in_use(file_ids: Collection[int]) -> set[int]:
    """Of these files, those that a task holds."""
    rows = TaskFile.select(TaskFile.file).where(TaskFile.file.in_(list(file_ids))).tuples()
    return {row[0] for row in rows}


register_owner(OWNER, may_read, in_use)
