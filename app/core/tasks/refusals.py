"""Why a write on a task was refused, in words for whoever asked for it."""

from app.core.refusals import Refusal


class TaskRefusal(Refusal):
    """A write that cannot be done as asked."""


class StaleTask(TaskRefusal):
    """Somebody changed the task while this form was open."""
