"""Stored values of fields as their readers write them: names, dates, amounts, words."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from app.core.contract import Link
from app.core.history import words
from app.core.kpis import presentation
from app.core.partners.fields.queries import definitions
from app.core.partners.fields.rules import COLUMN

NOTHING = "–"


def refs_in(text: str | None) -> set[str]:
    """The objects that a stored text points at."""
    if not text or '"ref"' not in text:
        return set()
    return set(_refs(json.loads(text)))


def _refs(value: Any) -> Iterable[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _refs(inner)
    if isinstance(value, dict) and isinstance(value.get("ref"), str):
        yield value["ref"]


def custom_labels(names: Iterable[str]) -> dict[str, str]:
    """What custom fields among these are called, by their column."""
    wanted = {name for name in names if name.startswith(COLUMN)}
    if not wanted:
        return {}
    return {f.column: f.label for f in definitions(retired=True) if f.column in wanted}


def actor(key: str) -> str:
    """Who did something, where it was no person that can be named."""
    kind, _colon, number = key.partition(":")
    if kind == "import":
        return str(_("Import %(number)s", number=number))
    known = {"system": _("The desk itself"), "user": _("Person %(number)s", number=number)}
    return str(known.get(kind, key))


def shown(kind: str, name: str, text: str | None, links: Mapping[str, Link]) -> str:
    """A stored value of an object's field, in the reader's words."""
    value = json.loads(text) if text else None
    if value is None or value in ("", []):
        return NOTHING
    if (kind, name) in words.MANY_WORDS and isinstance(value, str):
        known = words.MANY_WORDS[kind, name]
        return ", ".join(str(known.get(word, word)) for word in value.split())
    return _shown(kind, name, value, links)


def _shown(kind: str, name: str, value: Any, links: Mapping[str, Link]) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(kind, name, inner, links) for inner in value) or NOTHING
    if isinstance(value, dict):
        return _tagged(value, links)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, int):
        return _number(kind, name, value)
    return str(words.choices(kind, name).get(value, value))


def _tagged(value: Mapping[str, Any], links: Mapping[str, Link]) -> str:
    """A value that says what it is."""
    if isinstance(value.get("ref"), str):
        link = links.get(value["ref"])
        return link.title if link else actor(value["ref"])
    if isinstance(value.get("date"), str):
        return presentation.day(date.fromisoformat(value["date"]))
    if isinstance(value.get("at"), str):
        return presentation.moment(datetime.fromisoformat(value["at"]))
    return ", ".join(f"{key}: {inner}" for key, inner in value.items())


def _number(kind: str, name: str, value: int) -> str:
    if (kind, name) in words.MILLIONTHS:
        return presentation.weight(value)
    if (kind, name) in words.CLOCK:
        return f"{value // 60:02d}:{value % 60:02d}"
    return presentation.integer(value)
