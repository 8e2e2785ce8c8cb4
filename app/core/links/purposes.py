"""What links are for: each purpose names its words, its page and how long a link lives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.contract import LinkPurpose, Viewer
from app.core.host import current_host

View = Callable[["OpenLink"], Any]
PURPOSES: dict[str, LinkPurpose] = {}


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that somebody has opened: what it is about, and in whose name they act."""

    id: int
    purpose: LinkPurpose
    ref: str
    payload: dict[str, Any]
    viewer: Viewer


def register_purpose(purpose: LinkPurpose) -> None:
    """Name a purpose of core; called at boot."""
    if PURPOSES.setdefault(purpose.key, purpose).view is not purpose.view:
        raise ValueError(f"two purposes are called {purpose.key!r}")


def every() -> dict[str, LinkPurpose]:
    """Core's purposes and those of the plugins that are on, by key."""
    host = current_host()
    off = host.off()
    theirs = {
        purpose.key: purpose
        for plugin in host.plugins
        if plugin.active and plugin.name not in off
        for purpose in plugin.link_purposes
    }
    return PURPOSES | theirs
