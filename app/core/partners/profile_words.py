"""A profile in its reader's words, for showing it and for comparing versions."""

from collections.abc import Mapping
from typing import Any

from flask_babel import format_date

from app.core.partners import labels, profiles


def lines(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each part says, an item in a line; `values` are columns of `partner_profile`."""
    found = {part: list_lines(part, values[part]) for part in profiles.LISTS}
    found |= {part: [values[part]] if values[part] else [] for part in profiles.TEXTS}
    day = values["next_review"]
    return found | {"next_review": [format_date(day, "d MMMM y")] if day else []}


def columns(profile: Any) -> dict[str, Any]:
    """The parts of a version as it is stored; an empty profile where there is none."""
    if profile is None:
        return dict.fromkeys(profiles.PARTS, "") | {"next_review": None}
    return {part: getattr(profile, part) for part in profiles.PARTS}


def list_lines(part: str, stored: str) -> list[str]:
    """The items of a list part as it is stored, each as one line."""
    return [_line(part, row) for row in profiles.rows_of(stored)]


def _line(part: str, row: Mapping[str, str]) -> str:
    if part == "audiences":
        rest = [f"{labels.AUDIENCE[k]}: {row[k]}" for k in profiles.AUDIENCE[1:] if row.get(k)]
        return "; ".join([row["segment"], *rest])
    word = labels.GOAL_OWNERS if part == "goals" else labels.KINDS
    kind = word.get(row.get("side" if part == "goals" else "kind", ""))
    return f"{kind}: {row['text']}" if kind else row["text"]
