"""Two versions of a record side by side: what somebody else saved, and what was typed here."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from flask_babel import format_date, format_datetime
from flask_wtf import FlaskForm


class Versions(NamedTuple):
    """One field on which they differ, in the reader's words."""

    label: Any
    theirs: str
    yours: str


def differing(
    form: FlaskForm,
    current: Any,
    typed: Mapping[str, Any],
    words: Mapping[str, Mapping[Any, Any]] | None = None,
) -> list[Versions]:
    """The fields of a form whose stored value differs from what was typed.

    `typed` holds the columns as they would be saved; `words` the labels of coded values.
    """
    found = []
    for column, mine in typed.items():
        stands = getattr(current, column)
        field = form._fields.get(column) or form._fields.get(column.removesuffix("_id"))
        if field is None or stands == mine:
            continue
        known = (words or {}).get(column, {})
        found.append(Versions(field.label.text, _text(stands, known), _text(mine, known)))
    return found


def _text(value: Any, known: Mapping[Any, Any]) -> str:
    if isinstance(value, str) and value and all(word in known for word in value.split()):
        return ", ".join(str(known[word]) for word in value.split())
    if value in known:
        return str(known[value])
    if isinstance(value, date):
        return format_datetime(value) if hasattr(value, "hour") else format_date(value)
    return "" if value is None else str(value)
