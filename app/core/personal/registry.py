"""Who holds what on a person: each slice of core names how it is written out and how it is erased.

Plugins take part by the hooks `personal_data` and `erase_personal_data`.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from peewee import Field

from app.core.contract import PersonalRows, Subject

Export = Callable[[Subject], Iterable[PersonalRows]]
Erase = Callable[[Subject], None]


class Part(NamedTuple):
    """One slice's pair."""

    export: Export
    erase: Erase


PARTS: dict[str, Part] = {}
# Free text in which anybody may have been named, by table and column.
TEXTS: dict[tuple[str, str], Field] = {}


def register(name: str, export: Export, erase: Erase) -> None:
    """Let a slice take part; called at boot. Both run in one transaction with all others.

    `export` reads only. `erase` leaves rows and their ids, and takes away whose they were.
    """
    part = Part(export, erase)
    if PARTS.setdefault(name, part) != part:
        raise ValueError(f"two slices hold personal data as {name!r}")


def register_texts(*fields: Field) -> None:
    """Name columns of free text: a person's name and addresses are looked for in them."""
    TEXTS.update({(field.model.__name__, field.name): field for field in fields})
