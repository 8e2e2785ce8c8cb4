"""Which characters a font can show, so that a document leaves out what it cannot.

Paper that is to be heard as well as read (PDF/UA) may hold no character without a picture: one
emoji in somebody's name would refuse the whole document.
"""

import struct
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

_ENTRY = struct.Struct(">HHL")
_GROUP = struct.Struct(">LLL")
_BLANKS = "\n\t"
_UNSHOWN = "\N{REPLACEMENT CHARACTER}"


@cache
def characters(*fonts: Path) -> frozenset[int]:
    """The code points that each of these TrueType fonts has a picture for."""
    return frozenset.intersection(*(frozenset(_covered(font.read_bytes())) for font in fonts))


def showable(value: Any, known: frozenset[int]) -> Any:
    """A text, or the texts in a JSON value, without what cannot be shown.

    Pictures and marks go without a trace; a letter that is missing leaves a sign that it is.
    """
    if isinstance(value, str):
        return "".join(_shown(one, known) for one in value)
    if isinstance(value, dict):
        return {key: showable(one, known) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [showable(one, known) for one in value]
    return value


def _shown(character: str, known: frozenset[int]) -> str:
    if ord(character) in known or character in _BLANKS:
        return character
    return _UNSHOWN if unicodedata.category(character)[0] in "LN" else ""


def _covered(font: bytes) -> Iterable[int]:
    """The code points of the font's table of characters, as the OpenType standard's `cmap` says."""
    (tables,) = struct.unpack_from(">H", font, 4)
    rows = (struct.unpack_from(">4s4xLL", font, 12 + 16 * n) for n in range(tables))
    start = next(offset for tag, offset, _length in rows if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    for n in range(count):
        platform, encoding, offset = _ENTRY.unpack_from(font, start + 4 + 8 * n)
        if (platform, encoding) == (3, 10):  # all of Unicode, in format 12
            (groups,) = struct.unpack_from(">L", font, start + offset + 12)
            for number in range(groups):
                first, last, _glyph = _GROUP.unpack_from(font, start + offset + 16 + 12 * number)
                yield from range(first, last + 1)
