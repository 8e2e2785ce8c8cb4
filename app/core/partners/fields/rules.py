"""Custom fields: what a text means in a field of a kind, and how a value is written.

Pure. `parse` and `text_of` are each other's opposite: exports write what imports read.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from app.core import quantities
from app.core.refusals import Refusal

KINDS = ("text", "long_text", "number", "date", "yes_no", "choice", "choices", "link", "email")
WITH_CHOICES = ("choice", "choices")
SEARCHED = ("text", "long_text", "choice", "choices", "link", "email")
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST = {"text": 300, "long_text": 5_000, "link": 500, "email": 254, "choices": 5_000}
MOST_CHOICES = 50
LONGEST_CHOICE = 80
FIRST_YEAR, LAST_YEAR = 1900, 2999
COLUMN = "field:"  # before a field's key, in files and addresses

_EMAIL = re.compile(r"[^@\s,;<>()\"]{1,64}@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]{2,}")
_YES, _NO = ("yes", "true", "1", "y"), ("no", "false", "0", "n")

Parsed: TypeAlias = "str | int | date | bool | tuple[str, ...] | None"


class FieldRefusal(Refusal):
    """A text that a custom field cannot hold, in words for whoever wrote it."""


class Field(NamedTuple):
    """A custom field as it was defined; `choices` in their order."""

    id: int
    key: str
    label: str
    help: str
    kind: str
    required: bool
    choices: tuple[str, ...]
    visibility: str
    retired: bool
    position: int = 0
    version: int = 1

    @property
    def column(self) -> str:
        """The field's column in files and lists."""
        return COLUMN + self.key


class Stored(NamedTuple):
    """One row of a value: its text and what lists are filtered by."""

    text: str
    text_key: str = ""
    choice: str | None = None
    number: int | None = None
    day: date | None = None


def parse(field: Field, text: str, *, decimal_comma: bool = False) -> Parsed:
    """What a text means in a field; None where it is empty.

    Numbers are millionths, dates ISO 8601, yes/no the words yes and no, several choices stand
    between semicolons or on lines of their own. Choices are found whatever their capitals.
    Raises FieldRefusal, also where a required field is empty.
    """
    written = text.strip()
    if not written:
        if field.required:
            raise FieldRefusal("This field must be filled in.")
        return None
    most = LONGEST.get(field.kind, 300)
    if len(written) > most:
        raise FieldRefusal("At most %(most)s characters.", most=most)
    if field.kind == "number":
        return _number(written, decimal_comma)
    if field.kind == "date":
        return _day(written)
    if field.kind == "yes_no":
        return _yes_no(written)
    if field.kind == "choice":
        return _choice(field, written)
    if field.kind == "choices":
        parts = [part.strip() for part in re.split(r"[;\n]", written) if part.strip()]
        chosen = {_choice(field, part) for part in parts}
        return tuple(choice for choice in field.choices if choice in chosen) or None
    if field.kind == "link":
        return _link(written)
    if field.kind == "email" and not _EMAIL.fullmatch(written):
        raise FieldRefusal("Give one e-mail address, such as kim@example.org.")
    return written


def text_of(value: Parsed) -> str:
    """A value as `parse` reads it back; nothing where it is unknown."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return quantities.to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return "; ".join(value) if isinstance(value, tuple) else value


def stored(field: Field, value: Parsed, text_key: str = "") -> list[Stored]:
    """The rows that hold a value; none where it is unknown. `text_key` is the folded text."""
    if value is None:
        return []
    if isinstance(value, bool):
        return [Stored(text_of(value), choice=text_of(value))]
    if isinstance(value, int):
        return [Stored(text_of(value), number=value)]
    if isinstance(value, date):
        return [Stored(text_of(value), day=value)]
    if isinstance(value, tuple):
        return [Stored(one, text_key, choice=one) for one in value]
    return [Stored(value, text_key, choice=value if field.kind == "choice" else None)]


def joined(field: Field, texts: Iterable[str]) -> Parsed:
    """The value that stored rows hold; a choice that was taken away since is kept as it is."""
    found = list(texts)
    if not found:
        return None
    if field.kind == "choices":
        return tuple(found)
    if field.kind in ("number", "date", "yes_no"):
        return parse(field, found[0])
    return found[0]


def check_choices(kind: str, text: str) -> tuple[str, ...]:
    """The choices of a field from a text with one on each line; raises FieldRefusal."""
    found = tuple(line.strip() for line in text.splitlines() if line.strip())
    if kind not in WITH_CHOICES:
        return ()
    if len(found) < 2:
        raise FieldRefusal("Give at least two choices, one on each line.")
    if len(found) > MOST_CHOICES:
        raise FieldRefusal("At most %(most)s choices.", most=MOST_CHOICES)
    if len({choice.casefold() for choice in found}) < len(found):
        raise FieldRefusal("Each choice only once.")
    for choice in found:
        if len(choice) > LONGEST_CHOICE or ";" in choice:
            raise FieldRefusal(
                "A choice has at most %(most)s characters and no semicolon.", most=LONGEST_CHOICE
            )
    return found


def _number(written: str, decimal_comma: bool) -> int:
    try:
        return quantities.parse(written, decimal_comma=decimal_comma)
    except quantities.QuantityError as refusal:
        raise FieldRefusal(refusal.message, **refusal.params) from refusal


def _day(written: str) -> date:
    try:
        found = date.fromisoformat(written) if len(written) == 10 else None
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise FieldRefusal("Give a date from 1900 to 2999, such as 2026-01-31.")
    return found


def _yes_no(written: str) -> bool:
    word = written.casefold()
    if word not in _YES and word not in _NO:
        raise FieldRefusal("Write yes or no.")
    return word in _YES


def _choice(field: Field, written: str) -> str:
    for choice in field.choices:
        if choice.casefold() == written.casefold():
            return choice
    raise FieldRefusal("One of: %(choices)s.", choices=", ".join(field.choices))


def _link(written: str) -> str:
    try:
        parts = urlsplit(written)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in written:
        raise FieldRefusal("Give the whole address, such as https://example.org.")
    return written
