"""Who hears of a task's step."""

from app.core.contract import Viewer
from app.core.tasks.models import Task


def tell(task: Task, action: str, *, by: Viewer | None, text: str = "") -> None:
    """Tell the people whom a step concerns; to be filled in."""
