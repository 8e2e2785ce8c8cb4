"""What a search finds, whoever searches: sections of hits, of core and of the plugins."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from flask import url_for

from app.core.contract import Viewer
from app.core.host import current_host
from app.core.partners.rules import fold

SHORTEST = 2  # letters
MOST = 20  # hits of one section
LOOKED_THROUGH = 500  # texts that have no folded key, the latest first
_WORDS = 8


class Found(NamedTuple):
    """Something that was found: what it says, a word beside it, and where it stands."""

    title: str
    text: str
    url: str


class Section(NamedTuple):
    """What was found of one kind; `title` is a plugin's own, else the key's words are shown."""

    key: str
    hits: Sequence[Found]
    title: str = ""


def words(text: str) -> list[str]:
    """The words that are looked for, accents and case folded."""
    return fold(text).split()[:_WORDS]


def fitting(text: str) -> Callable[..., bool]:
    """Whether texts together have all words, in any order, accents and case aside."""
    wanted = words(text)

    def fits(*texts: str) -> bool:
        where = fold(" ".join(texts))
        return all(word in where for word in wanted)

    return fits


def of_plugins(viewer: Viewer, text: str) -> list[Section]:
    """What the plugins find, a section for each; one that fails is left out."""
    host = current_host()
    found = host.each("search_results", query=text, viewer=viewer, limit=MOST)
    return [
        Section(
            plugin,
            [Found(hit.title, hit.text, url_for(hit.endpoint, **hit.values)) for hit in hits],
            host.title(plugin),
        )
        for plugin, hits in found
        if hits
    ]
