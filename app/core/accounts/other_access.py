"""What opens somebody's figures without their password: each slice names its own ways in.

They outlive a new password, since a forgotten one is no reason to break a calendar or a program;
whoever fears an intruder ends them in the same step.
"""

from collections.abc import Callable
from typing import NamedTuple


class Access(NamedTuple):
    """One kind of such access: its open ones in the reader's words, and ending them all.

    `end` runs in the caller's transaction and records what it does.
    """

    held: Callable[[int], list[str]]
    end: Callable[[int], None]


_KINDS: list[Access] = []


def register_access(held: Callable[[int], list[str]], end: Callable[[int], None]) -> None:
    """Name a kind, once at the start."""
    kind = Access(held, end)
    if kind not in _KINDS:
        _KINDS.append(kind)


def held(user_id: int) -> list[str]:
    """All that a person has open besides the password."""
    return [words for kind in _KINDS for words in kind.held(user_id)]


def end(user_id: int) -> None:
    """End all of it, in the caller's transaction."""
    for kind in _KINDS:
        kind.end(user_id)
