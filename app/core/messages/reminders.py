"""What is due soon or overdue, gathered from the slices for one person's digest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.contract import Viewer

SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing that somebody has to see to; `url` is a path of this site.

    The title is in the reader's language; without a due date it simply waits.
    """

    title: str
    due: date | None = None
    url: str = ""
    late: bool = False


Remind = Callable[[Viewer, date], Sequence[Reminder]]
_SOURCES: dict[str, Remind] = {}


def register_reminders(key: str, function: Remind) -> None:
    """Let a slice say what a person has to see to, up to `SOON` from a day on; called at boot."""
    if _SOURCES.setdefault(key, function) is not function:
        raise ValueError(f"two sources of reminders are called {key!r}")


def reminders(viewer: Viewer, today: date) -> list[Reminder]:
    """Everything that one person has to see to: overdue first, then by day."""
    found = [one for remind in _SOURCES.values() for one in remind(viewer, today)]
    return sorted(found, key=lambda one: (not one.late, one.due or date.max, one.title))
