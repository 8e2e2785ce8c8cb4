"""What is wrong in an import: named by file, row and column, in the order of finding."""

from dataclasses import dataclass, field
from typing import NamedTuple

MOST_PROBLEMS = 1_000  # of one import; whoever has more looks at the file anew


class Problem(NamedTuple):
    """What is wrong, and where: row 1 is the header, row 0 the file as a whole."""

    file: str
    row: int
    column: str
    value: str
    expected: str


class TooManyProblemsError(Exception):
    """Reading stops: nobody reads on."""


@dataclass(slots=True)
class Problems:
    """Everything that is wrong in an import, in the order in which it was found."""

    found: list[Problem] = field(default_factory=list)
    most: int = MOST_PROBLEMS

    def add(self, file: str, row: int, column: str, value: str, expected: str) -> None:
        """Name a fault; raises TooManyProblemsError after the last one that is kept."""
        shown = value if len(value) <= 80 else value[:80] + "…"
        self.found.append(Problem(file, row, column, visible(shown), expected))
        if len(self.found) >= self.most:
            raise TooManyProblemsError


def visible(text: str) -> str:
    """Text whose control characters can be seen, so that a report or a log stays one line."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
