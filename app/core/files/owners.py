"""Which kinds of record own files: each kind says who may read them, and which are in use.

A file whose owner is not known here is read by nobody.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from app.core.contract import Viewer


class Owner(NamedTuple):
    """How a kind of record answers for its files."""

    may_read: Callable[[int, Viewer], bool]  # file id, who asks
    in_use: Callable[[Collection[int]], set[int]]  # of these file ids, those that a record holds


OWNERS: dict[str, Owner] = {}


def register_owner(
    kind: str,
    may_read: Callable[[int, Viewer], bool],
    in_use: Callable[[Collection[int]], set[int]],
) -> None:
    """Let a kind of record own files; called at import by the slice that has the records."""
    OWNERS[kind] = Owner(may_read, in_use)
