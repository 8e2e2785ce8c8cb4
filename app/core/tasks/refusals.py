"""Why a write on a task was refused, in words for whoever asked for it."""

from app.core.refusals import Refusal


class TaskRefusal(Refusal):
    """A write that cannot be done as asked; `field` names the form field at fault, if one is."""

    def __init__(self, message: str, field: str = "", **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class StaleTask(TaskRefusal):
    """Somebody changed the task while this form was open."""
