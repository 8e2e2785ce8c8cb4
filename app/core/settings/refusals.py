"""Why a change of the settings is refused."""

from typing import Any

from app.core.refusals import Refusal


class SettingsError(Refusal):
    """A change that would make stored records mean something else."""


class StaleSettings(Exception):
    """Somebody saved the settings since the form was opened; `current` is what stands now."""

    def __init__(self, current: Any) -> None:
        super().__init__("changed meanwhile")
        self.current = current
