"""What the forms of every slice share."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms.fields import SelectChoice


def strip(text: str | None) -> str | None:
    """Remove the blanks around what was typed."""
    return text.strip() if text else text


def upper(text: str | None) -> str | None:
    """Capitals, as codes and currencies are written."""
    return text.upper() if text else text


def options(pairs: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """The choices of a select field from values and their labels."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return [SelectChoice(value, label) for value, label in items]
