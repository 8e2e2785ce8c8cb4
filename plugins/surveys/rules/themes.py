"""What people wrote about, as themes that staff give to texts by hand.

A theme belongs to the words of an answer, never to whoever wrote them: texts are known by a hash
of what they say, and the same words have the same themes. Source: domain specification §5.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

LONGEST = 60
MOST = 10  # themes of one text


class ThemeCount(NamedTuple):
    """A theme with how many answers have it; None: fewer than may be counted."""

    theme: str
    n: int | None


def text_hash(text: str) -> str:
    """What a text is known by."""
    return hashlib.sha256(text.strip().encode()).hexdigest()


def typed(line: str, known: Iterable[str] = ()) -> list[str]:
    """The themes of a line with commas, each once, spelt as they are known already."""
    spelling: dict[str, str] = {}
    for theme in known:
        spelling.setdefault(theme.casefold(), theme)
    found: dict[str, str] = {}
    for word in line.split(","):
        theme = " ".join(word.split())[:LONGEST].strip()
        if theme:
            found.setdefault(theme.casefold(), spelling.get(theme.casefold(), theme))
    return list(found.values())[:MOST]


def renamed(themes: Iterable[str], old: str, new: str) -> list[str]:
    """Themes of which one has another name; two that are now the same are one."""
    folded = old.casefold()
    named = [new if theme.casefold() == folded else theme for theme in themes]
    return list({theme.casefold(): theme for theme in named}.values())


def counted(
    texts: Sequence[str], given: Mapping[str, Sequence[str]], least: int
) -> list[ThemeCount]:
    """How many of these answers have each theme, the most frequent first.

    `given` are themes by `text_hash`. Of a theme with fewer than `least` answers no number is told.
    """
    found = Counter(theme for text in texts for theme in set(given.get(text_hash(text), ())))
    shown = [ThemeCount(theme, n if n >= least else None) for theme, n in found.items()]
    return sorted(shown, key=lambda one: (-(one.n or 0), one.theme.casefold()))
