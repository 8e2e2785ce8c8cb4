"""Tasks, as refs point at them."""

from collections.abc import Collection

from flask import url_for

from app.core.contract import Link, Viewer
from app.core.partners.models import Partner
from app.core.tasks.models import Task
from app.core.tasks.queries import visible


def tasks(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Tasks of readable partners; a contact sees the shared ones."""
    endpoint = "tasks.show" if viewer.is_staff else "portal.task"
    rows = (
        Task.select(Task.id, Task.title)
        .join(Partner)
        .where(Task.id.in_(list(ids)), visible(viewer))
        .tuples()
    )
    return {id_: Link(title, url_for(endpoint, task_id=id_)) for id_, title in rows}
