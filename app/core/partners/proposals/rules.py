"""What a proposal would change, and how the whole of it stands: pure.

Source: domain specification §1, Portal ("own profile: edit, then the manager accepts").
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from app.core.partners import profiles

FACTS = ("name", "legal_name", "website", "regions")
PROFILE = (
    *("goals", "motivations", "strengths", "resources", "weaknesses", "core_values"),
    *("positioning", "challenges", "expectations", "audiences"),
)
PERSON = (
    *("name", "email", "title", "department", "level", "locale", "matters"),
    *("is_primary", "can_sign"),
)
FLAGS = ("is_primary", "can_sign")
LEFT = "left"  # the one field of "this person has left"


class Wanted(NamedTuple):
    """A field that somebody wants otherwise than it stands."""

    field: str
    before: str
    after: str


def changed(stands: Mapping[str, str], wanted: Mapping[str, str]) -> list[Wanted]:
    """The fields of `wanted` that stand otherwise, in its order."""
    return [
        Wanted(field, stands.get(field, ""), after)
        for field, after in wanted.items()
        if stands.get(field, "") != after
    ]


def mark(text: str) -> str:
    """A short mark of a value, by which a form says which value its reader has seen."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def outcome(states: Collection[str]) -> str:
    """How the whole stands: open while any field is, else what all share, else "partly"."""
    if "open" in states:
        return "open"
    kinds = set(states)
    if len(kinds) == 1:
        return next(iter(kinds))
    return "partly" if "accepted" in kinds else "declined" if "declined" in kinds else "replaced"


def own_goals(stored: str) -> str:
    """Of a profile's goals those of the partner's side, as a list part is stored."""
    rows = [row for row in profiles.rows_of(stored) if row.get("side") == "partner"]
    return profiles.stored("goals", rows)


def with_own_goals(stored: str, own: str) -> str:
    """A profile's goals with those of the partner's side replaced; the others stay."""
    others = [row for row in profiles.rows_of(stored) if row.get("side") != "partner"]
    return profiles.stored("goals", [*profiles.rows_of(own), *others])


def regions(words: Iterable[str]) -> str:
    """Regions as one text: in alphabetical order, each once."""
    return ", ".join(sorted({word.strip()[:60] for word in words if word.strip()}))


def flag(value: object) -> str:
    """A yes or no as a text."""
    return "yes" if value else ""


def incomplete_person(accepted: Collection[str], left_open: Sequence[str]) -> str:
    """Why a new person cannot be decided on like this: "open", "name", or nothing.

    A person is added whole: all fields are decided at once, and somebody without a name is none.
    """
    if left_open:
        return "open"
    return "name" if accepted and "name" not in accepted else ""
