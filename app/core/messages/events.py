"""What people can be told of, and how often they can be told by e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from app.core.accounts.models import ROLES

AT_ONCE, DAILY, WEEKLY, OFF = "at_once", "daily", "weekly", "off"
FREQUENCIES = (AT_ONCE, DAILY, WEEKLY, OFF)
DIGESTS = (DAILY, WEEKLY)
REMINDERS = "reminders"  # told in digests alone


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens and that people of these roles may be told of."""

    key: str
    label: Any
    default: str = AT_ONCE
    roles: tuple[str, ...] = ROLES
    group: Any = ""

    @property
    def frequencies(self) -> tuple[str, ...]:
        """How often e-mails about it can come."""
        return (*DIGESTS, OFF) if self.key == REMINDERS else FREQUENCIES


EVENTS: dict[str, Event] = {}


def register_event(
    key: str,
    label: Any,
    default: str = AT_ONCE,
    roles: Sequence[str] = ROLES,
    group: Any = "",
) -> None:
    """Name an event of core: `key` is "slice.past_tense", `label` a lazy text for its setting.

    `default` is how often people are told by e-mail who have not chosen; events of one `group`
    stand together. Raises ValueError for a key that names another event already.
    """
    event = Event(key, label, default, tuple(roles), group)
    if key in EVENTS and EVENTS[key].roles != event.roles:
        raise ValueError(f"two events are called {key!r}")
    if default not in event.frequencies:
        raise ValueError(f"{default!r} is no frequency of {key!r}")
    EVENTS[key] = event


register_event(REMINDERS, lazy_gettext("What is due soon or overdue"), DAILY)
