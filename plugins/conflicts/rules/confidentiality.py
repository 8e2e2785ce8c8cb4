"""Who may read which text of a case: pure; the queries say the same in SQL, and a test compares.

Source: domain specification §4, Access.
"""

from dataclasses import dataclass

from plugins.conflicts.rules.state import MEDIATOR, SIDES

LEVELS = ("parties", "own_side", "caucus", "mediator_only", "named")
FULL, GLASS, OUTLINE = "full", "glass", "outline"


@dataclass(frozen=True, slots=True)
class Reader:
    """How somebody stands to a case: by which right, on which side, as whom.

    `full` takes part; `glass` broke it, for an hour; `outline` sees number, stage and clocks.
    """

    right: str
    side: str = ""
    participant: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """A text or file of a case: whose side's, by whom, and who may read it."""

    level: str
    side: str
    author: int = 0  # a participant
    named: frozenset[int] = frozenset()


def may_read(reader: Reader, paper: Paper) -> bool:
    """Whether somebody may read a text."""
    if reader.right == GLASS:
        return paper.level == "parties"
    if reader.right != FULL:
        return False
    if reader.participant and paper.author == reader.participant:
        return True
    if paper.level == "parties":
        return True
    if paper.level == "own_side":
        return reader.side in SIDES and paper.side == reader.side
    if paper.level == "caucus":
        return reader.side == MEDIATOR or (reader.side in SIDES and paper.side == reader.side)
    if paper.level == "named":
        return reader.participant in paper.named
    return False


def levels_for(side: str, mediated: bool) -> tuple[str, ...]:
    """The levels at which somebody may write a note."""
    if side == MEDIATOR:
        return ("parties", "caucus", "mediator_only", "named")
    return ("parties", "own_side", *(("caucus",) if mediated else ()), "named")
