"""A person's name and addresses in free text: where they stand, and how they are taken out."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from flask_babel import gettext as _
from peewee import Field, fn

from app.core.contract import PersonalRows, Subject
from app.core.partners.rules import fold
from app.core.personal.registry import TEXTS

SHORTEST = 3  # letters; what is shorter would be found in anything


class Mention(NamedTuple):
    """A text that names somebody."""

    field: Field
    row: tuple[Any, ...]  # its primary key
    text: str


def words_of(subject: Subject) -> list[str]:
    """What a person is found by, the longest first."""
    found = {word.strip() for word in (*subject.names, *subject.emails, *subject.phones)}
    return sorted((word for word in found if len(word) >= SHORTEST), key=len, reverse=True)


def masking(subject: Subject) -> Callable[[str], str]:
    """A function that puts the alias in the place of every name and address in a text."""
    words = words_of(subject)
    forms = sorted({form for word in words for form in _forms(word)}, key=len, reverse=True)
    if not forms:
        return lambda text: text
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(form) for form in forms) + r")(?!\w)", re.IGNORECASE
    )
    return lambda text: pattern.sub(subject.alias, text)


def mentions(subject: Subject) -> Iterator[Mention]:
    """Every free text of core that names this person."""
    mask, words = masking(subject), words_of(subject)
    for field in TEXTS.values():
        if not words:
            return
        model = field.model
        likely = [_contains(field, word) for word in words]
        condition = likely[0]
        for other in likely[1:]:
            condition |= other
        keys = model._meta.get_primary_keys()
        for *row, text in model.select(*keys, field).where(condition).tuples():
            if text and mask(text) != text:
                yield Mention(field, tuple(row), text)


def _forms(word: str) -> tuple[str, ...]:
    """A word as it stands in plain text, inside a JSON string, and in a column for searching."""
    return word, json.dumps(word, ensure_ascii=False)[1:-1], fold(word)


def _contains(field: Field, word: str) -> Any:
    found = fn.LOWER(field).contains(word.lower())
    for form in dict.fromkeys(_forms(word)):
        found |= field.contains(form)
    return found


def export(subject: Subject) -> list[PersonalRows]:
    """The texts that name this person, each with its place."""
    rows = [{"where": _place(m), "text": m.text} for m in mentions(subject)]
    return [PersonalRows(_("Texts that name this person"), rows)] if rows else []


def erase(subject: Subject) -> None:
    """Put the alias in the place of every name and address in core's free texts."""
    _erase(subject, list(mentions(subject)))


def erase_names(subject: Subject, fields: Iterable[Field]) -> None:
    """Put the alias in the place of a person's names, addresses and phones in these columns."""
    for field in fields if words_of(subject) else ():
        keys = field.model._meta.get_primary_keys()
        rows = field.model.select(*keys, field).where(field != "").tuples()
        _erase(subject, [Mention(field, tuple(row), text) for *row, text in rows])


def _erase(subject: Subject, found: Iterable[Mention]) -> None:
    mask = masking(subject)
    for field, row, before in found:
        text = mask(before)[: getattr(field, "max_length", None)]
        if text != before:
            model = field.model
            same = zip(model._meta.get_primary_keys(), row, strict=True)
            model.update({field: text}).where(*(key == value for key, value in same)).execute()


def _place(mention: Mention) -> str:
    number = "/".join(str(part) for part in mention.row)
    return f"{mention.field.model.__name__} {number}, {mention.field.name}"
