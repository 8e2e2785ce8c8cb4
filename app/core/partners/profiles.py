"""What a profile says: its parts, how they are stored, and what changed between two versions.

Pure: texts come in, values go out. Source: domain specification §1, Entities (profile).
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, NamedTuple

SIDES = ("host", "partner", "both")
KINDS = ("expertise", "network", "asset", "technology", "distribution")
AUDIENCE = ("segment", "demographics", "interests", "preferences", "size", "source")
# Each list with the columns of its rows; the first that is filled makes a row.
LISTS: dict[str, tuple[str, ...]] = {
    "goals": ("side", "text"),
    "strengths": ("kind", "text"),
    "resources": ("kind", "text"),
    "audiences": AUDIENCE,
}
TEXTS = (
    "motivations",
    "weaknesses",
    "core_values",
    "positioning",
    "challenges",
    "expectations",
)
# In the order in which a profile is read.
PARTS = (
    *("goals", "motivations", "strengths", "resources", "weaknesses", "core_values"),
    *("positioning", "challenges", "expectations", "audiences", "next_review"),
)
MAX_ROWS = 30
MAX_ITEM = 1000
MAX_TEXT = 5000

Row = Mapping[str, str]


def rows_of(stored: str) -> list[dict[str, str]]:
    """The rows of a list part as it is stored; nothing where nothing was written."""
    found: list[dict[str, str]] = json.loads(stored) if stored else []
    return found


def stored(part: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """A list part as it is stored: rows without a text are left out, and no rows are no text."""
    columns = LISTS[part]
    text = "segment" if part == "audiences" else "text"
    kept = [
        {column: str(row.get(column) or "").strip() for column in columns}
        for row in rows
        if str(row.get(text) or "").strip()
    ]
    return json.dumps(kept, ensure_ascii=False) if kept else ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: "same", "added" or "removed"."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """An item or a text of one part; "changed" where words were replaced within it."""

    state: str  # same, added, removed, changed
    pieces: tuple[Piece, ...]


class Difference(NamedTuple):
    """What became of one part of the profile between two versions."""

    part: str
    state: str  # same, added, removed, changed
    lines: tuple[Line, ...]


def differences(
    old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]
) -> list[Difference]:
    """Compare two versions part by part, items in their reader's words.

    `old` and `new` hold the lines of each part; a part that says nothing has none.
    """
    return [_difference(part, old.get(part, ()), new.get(part, ())) for part in PARTS]


def _difference(part: str, old: Sequence[str], new: Sequence[str]) -> Difference:
    if list(old) == list(new):
        return Difference(part, "same", tuple(_whole("same", line) for line in new))
    lines = tuple(_lines(old, new))
    state = "added" if not old else "removed" if not new else "changed"
    return Difference(part, state, lines)


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterable[Line]:
    """Items that stay, go and come; one that takes another's place is compared word by word."""
    for step, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step == "equal":
            yield from (_whole("same", line) for line in new[c:d])
            continue
        pairs = min(b - a, d - c)
        for before, after in zip(old[a:b], new[c:d], strict=False):
            yield words(before, after)
        yield from (_whole("removed", line) for line in old[a + pairs : b])
        yield from (_whole("added", line) for line in new[c + pairs : d])


def words(old: str, new: str) -> Line:
    """Two texts word by word; where little is shared, one simply replaces the other."""
    before, after = _words(old), _words(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < 2 / 5:
        return Line("changed", (Piece("removed", old), Piece("added", new)))
    pieces: list[Piece] = []
    for step, a, b, c, d in matcher.get_opcodes():
        if step == "equal":
            pieces.append(Piece("same", "".join(after[c:d])))
            continue
        pieces += [Piece("removed", "".join(before[a:b]))] if b > a else []
        pieces += [Piece("added", "".join(after[c:d]))] if d > c else []
    return Line("changed", tuple(pieces))


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)


def _whole(state: str, text: str) -> Line:
    return Line(state, (Piece(state, text),))
