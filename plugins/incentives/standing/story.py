"""A partner's place told to people: the ladder, and how far up it a partner stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.api import Answer
from plugins.incentives.programmes.definition import Definition, Tier
from plugins.incentives.standing import words
from plugins.incentives.standing.evaluate import Eligibility
from plugins.incentives.standing.lines import Line, Teller
from plugins.incentives.standing.state import Phase, State


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of the ladder: `state` is reached, current, next or ahead."""

    key: str
    name: str
    colour: str
    state: str
    benefits: str
    answer: Answer
    line: Line | None
    met: int
    asked: int


@dataclass(frozen=True, slots=True)
class Story:
    """One programme's ladder as one partner stands on it; steps from the lowest to the highest."""

    steps: tuple[Step, ...]
    held: Step | None
    following: Step | None
    review: date
    shadow: str = ""  # what the figures alone would give, under an override

    @property
    def shown(self) -> tuple[Step, ...]:
        """From the highest to the lowest, as a ladder is climbed."""
        return tuple(reversed(self.steps))


def tell(definition: Definition, place: State, found: Eligibility, teller: Teller) -> Story:
    """The whole ladder, as a partner in this state stands on it."""
    rank = definition.rank(place.held)
    steps = tuple(
        _step(tier, _stands(n, rank, place), found, teller)
        for n, tier in enumerate(definition.tiers, start=1)
    )
    held = steps[rank - 1] if rank else None
    following = steps[rank] if 0 < rank < len(steps) else None
    shadow = ""
    if place.phase is Phase.OVERRIDDEN:
        shadow = words.tier(definition, found.tier)
    return Story(steps, held, following, place.next_review, shadow)


def lines(definition: Definition, found: Eligibility, teller: Teller) -> list[Step]:
    """Every tier's requirements as a decision found them, from the highest to the lowest."""
    rank = definition.rank(found.tier)
    return [
        _step(tier, "reached" if n <= rank else "ahead", found, teller)
        for n, tier in reversed(list(enumerate(definition.tiers, start=1)))
    ]


def _stands(n: int, rank: int, place: State) -> str:
    if n == rank:
        return "current"
    if n < rank:
        return "reached"
    return "next" if rank and n == rank + 1 and place.phase is not Phase.FROZEN else "ahead"


def _step(tier: Tier, stands: str, found: Eligibility, teller: Teller) -> Step:
    finding = found.findings.get(tier.key)
    line = teller.line(tier.requirement, finding) if tier.requirement and finding else None
    leaves = list(_leaves(line)) if line else []
    return Step(
        tier.key,
        tier.name,
        tier.colour,
        stands,
        tier.benefits,
        found.of(tier.key),
        line,
        met=sum(leaf.answer == Answer.YES for leaf in leaves),
        asked=len(leaves),
    )


def _leaves(line: Line) -> Sequence[Line]:
    if not line.group:
        return [line]
    return [leaf for part in line.parts for leaf in _leaves(part)]
