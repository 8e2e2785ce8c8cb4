"""The life of a partnership: its states, its events and what each asks for.

Source: domain specification §1. Pure: facts come in as arguments, refusals go out as values.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from unicodedata import combining, normalize

from app.core.periods import add_months

REVIEW_MONTHS = 12
# Letters that Unicode does not take apart, though people search for them without their strokes.
_STROKED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)


@dataclass(frozen=True, slots=True)
class Transition:
    """One event of the state table: where it leads, who may cause it, what it asks for."""

    event: str
    sources: tuple[str, ...]
    target: str
    role: str  # "manager" or "admin"
    guards: tuple[str, ...] = ()
    reason: bool = False  # a reason must be given


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at."""

    has_owner: bool
    host_primary: bool
    partner_primary: bool
    has_goals: bool
    has_strengths: bool
    has_audience: bool
    selection_score: int | None
    exit_case: bool = False  # the agreements plugin keeps exit cases; without it there is none
    exit_checklist: bool = False


TRANSITIONS = (
    Transition("qualify", ("prospect",), "onboarding", "manager", ("selection_score",)),
    Transition("decline", ("prospect",), "declined", "manager", reason=True),
    Transition(
        "activate",
        ("onboarding",),
        "active",
        "manager",
        ("owner", "host_primary", "partner_primary", "goals", "strengths", "audience"),
    ),
    Transition("suspend", ("active",), "suspended", "admin", reason=True),
    Transition("resume", ("suspended",), "active", "admin", reason=True),
    Transition("start_exit", ("active", "suspended"), "exiting", "admin", ("exit_case",)),
    Transition("end", ("exiting",), "ended", "admin", ("exit_checklist",)),
)

_MET: dict[str, Callable[[Facts], bool]] = {
    "selection_score": lambda facts: facts.selection_score is not None,
    "owner": lambda facts: facts.has_owner,
    "host_primary": lambda facts: facts.host_primary,
    "partner_primary": lambda facts: facts.partner_primary,
    "goals": lambda facts: facts.has_goals,
    "strengths": lambda facts: facts.has_strengths,
    "audience": lambda facts: facts.has_audience,
    "exit_case": lambda facts: facts.exit_case,
    "exit_checklist": lambda facts: facts.exit_checklist,
}


def transition(status: str, event: str) -> Transition | None:
    """The event's row of the state table, or None where the state does not know it."""
    return next((t for t in TRANSITIONS if t.event == event and status in t.sources), None)


def possible(status: str, *, admin: bool) -> tuple[Transition, ...]:
    """The events that a person could cause in a state, whether or not their guards are met."""
    return tuple(t for t in TRANSITIONS if status in t.sources and (admin or t.role == "manager"))


def unmet(step: Transition, facts: Facts) -> tuple[str, ...]:
    """The guards of an event that do not hold, in the order of the state table."""
    return tuple(guard for guard in step.guards if not _MET[guard](facts))


def review_due(last: date) -> date:
    """When a profile is to be looked at again: twelve months on, clamped to the month's end [P2].

    2028-02-29 gives 2029-02-28.
    """
    return add_months(last, REVIEW_MONTHS)


def review_overdue(due: date | None, today: date) -> bool:
    """Whether the day on which a profile was to be looked at again has passed."""
    return due is not None and due < today


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which matters in use have somebody to reach on both sides."""

    in_use: tuple[str, ...]
    covered: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...]  # matter, side without a contact

    @property
    def share(self) -> Fraction | None:
        """Covered matters ÷ matters in use; unknown while none is in use."""
        return Fraction(len(self.covered), len(self.in_use)) if self.in_use else None


def coverage(host: Collection[str], partner: Collection[str], in_use: Sequence[str]) -> Coverage:
    """Contact coverage: a matter counts where both sides name a contact for it [P1].

    Source: domain specification §1, Rules.
    """
    sides = {"host": host, "partner": partner}
    gaps = tuple((m, side) for m in in_use for side, known in sides.items() if m not in known)
    missing = {matter for matter, _side in gaps}
    return Coverage(tuple(in_use), tuple(m for m in in_use if m not in missing), gaps)


def fold(text: str) -> str:
    """Text without accents and case, for searching: the same on every database."""
    plain = "".join(c for c in normalize("NFKD", text.casefold()) if not combining(c))
    return " ".join(plain.translate(_STROKED).split())
