"""What a step of the machine is given, and the small changes of a state that rules share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from msgspec.structs import replace

from app.api import Calendar, Refusal
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.standing.evaluate import Eligibility
from plugins.incentives.standing.state import Outcome, Phase, State
from plugins.incentives.standing.windows import first_after


class Refused(Refusal):
    """An event that is not possible now, with what is missing for it."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody gives along with an event: a reason; the tier and last day of an override."""

    reason: str = ""
    tier: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """All that a step looks at beside the state."""

    eligibility: Eligibility
    definition: Definition
    today: date
    calendar: Calendar
    act: Act = field(default_factory=Act)

    def rank(self, tier: str) -> int:
        """A tier's place, 0 for none."""
        return self.definition.rank(tier)

    def review(self) -> date:
        """The day of the next review."""
        return first_after(self.calendar, self.definition.review, self.today)


Rule: TypeAlias = Callable[[State, Case], Outcome]


def calm(state: State) -> Phase:
    """The phase once nothing is under way: rest, overrides and leaving stay."""
    quiet = (Phase.OVERRIDDEN, Phase.FROZEN, Phase.LEFT)
    return state.phase if state.phase in quiet else Phase.ACTIVE


def settled(state: State) -> State:
    """Active at the same tier, with nothing under way."""
    return replace(
        state,
        phase=Phase.ACTIVE,
        grace_until=None,
        proposed="",
        falls_on=None,
        unknown_since=None,
        declared=None,
    )


def moved(state: State, tier: str, day: date) -> State:
    """Active at another tier from a day on."""
    changed = tier != state.tier or state.phase is Phase.OVERRIDDEN
    return replace(settled(state), tier=tier, since=day if changed else state.since, refused="")


def back(state: State) -> State:
    """As before a promotion was proposed."""
    phase = Phase.GRACE if state.grace_until else Phase.ACTIVE
    return replace(state, phase=phase, proposed="")


def need_reason(act: Act, least: int) -> None:
    """Refuse an act without so many characters of a reason."""
    if len(act.reason.strip()) < least:
        raise Refused("Give a reason of at least %(least)s characters.", least=least)
