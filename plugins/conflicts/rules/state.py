"""Where a case stands, the lines of its log, and the field's words for both. Pure.

Source: domain specification §4, the state table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

HOST, PARTNER, MEDIATOR, SYSTEM = "host", "partner", "mediator", "system"
SIDES = (HOST, PARTNER)
STEPS = ("identify", "explore", "agree", "appoint", "route")
STAGES = (1, 2, 3)
STATUSES = ("draft", "open", "paused", "agreed", "resolved", "closed")
OUTCOMES = ("resolved", "unresolved", "withdrawn", "referred", "terminated")
CAUSES = (
    *("unclear_role", "missed_commitment", "misaligned_goal", "resource", "process"),
    *("information", "communication", "money", "external", "values", "other"),
)
CATEGORIES = (
    *("operational", "financial", "strategic", "brand", "communication", "contractual", "people"),
)
SEVERITIES = ("low", "normal", "high", "critical")
ROUTES = ("coach", "legal", "arbitrator", "terms")
FOR_PARTNER = ("acknowledge_for", "accept_for", "sign_for")  # what our side may record for it
MOST_VETOES = 2  # of internal people; from then on a mediator comes from outside
NOBODY: frozenset[str] = frozenset()
BOTH = frozenset(SIDES)


def other(side: str) -> str:
    """The side across the table."""
    return PARTNER if side == HOST else HOST


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. `detail` holds ids, words of the field and hashes, never free text."""

    seq: int
    at: datetime
    side: str  # whose act: host, partner, mediator or system
    action: str
    detail: Mapping[str, Any]
    who: str = ""  # "user:7" or "contact:3"; empty: the desk itself


@dataclass(frozen=True, slots=True)
class Restatement:
    """How a side has said the other's position in its own words."""

    text: int
    of: int  # the position's text
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who may become mediator, and what is there of what that takes."""

    id: int
    internal: bool
    at: datetime
    consents: frozenset[str] = NOBODY
    declared: bool = False
    appointed: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What our side recorded for the partner: it stands, and the partner may undo it."""

    action: str  # of FOR_PARTNER
    text: int  # how the partner said so
    at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands."""

    status: str = "draft"
    stage: int = 1
    step: str = "identify"
    severity: str = "normal"
    reporter: str = HOST  # the side that raised it
    acknowledged: bool = False
    positions: tuple[tuple[str, int], ...] = ()  # side and text
    restatements: tuple[tuple[str, Restatement], ...] = ()  # by side
    statement: int = 0  # the joint problem statement's text
    statement_by: frozenset[str] = NOBODY  # who accepts it
    causes: tuple[str, ...] = ()
    issue_by: frozenset[str] = NOBODY  # who says that the issue is understood
    issue_confirmed: bool = False
    proposal: int = 0  # the latest proposal's text
    proposal_side: str = ""
    accepted_by: frozenset[str] = NOBODY
    accepted: int = 0  # the proposal that both accept
    plan: str = ""  # the hash of the present plan
    plan_text: int = 0
    signed_by: frozenset[str] = NOBODY
    recorded: tuple[Recorded, ...] = ()  # for the partner, and neither undone nor confirmed
    undone: frozenset[tuple[str, str]] = frozenset()  # records, and of which proposal or plan
    escalation_by: frozenset[str] = NOBODY
    candidate: Candidate | None = None
    vetoes: int = 0
    impasse: bool = False
    declined: bool = False  # a side declines mediation
    route: str = ""
    route_by: str = ""
    pause_by: str = ""
    pause_until: datetime | None = None
    done_by: str = ""  # the side that says the plan is carried out
    done_at: datetime | None = None
    resolved_at: datetime | None = None
    closing_by: frozenset[str] = NOBODY
    withdrawn_at: datetime | None = None  # the reporter asks to withdraw
    outcome: str = ""
    closed_at: datetime | None = None
    reopened: int = 0
    stage_since: datetime | None = None

    def position(self, side: str) -> int:
        """The text of a side's position, or 0."""
        return dict(self.positions).get(side, 0)

    def restatement(self, side: str) -> Restatement | None:
        """How a side has restated the other's position."""
        return dict(self.restatements).get(side)

    @property
    def is_open(self) -> bool:
        """Whether both sides are at work on it."""
        return self.status == "open"

    @property
    def is_over(self) -> bool:
        """Whether nothing is expected of anybody."""
        return self.status == "closed"

    @property
    def exchanged(self) -> bool:
        """Whether there was a full exchange: each side has stated its position."""
        return {side for side, _text in self.positions} == BOTH

    @property
    def heard(self) -> bool:
        """Whether each side's restatement of the other's present position is confirmed."""
        return all(
            (found := self.restatement(side)) is not None
            and found.confirmed
            and found.of == self.position(other(side))
            for side in SIDES
        )

    @property
    def mediator(self) -> Candidate | None:
        """The mediator, once appointed."""
        return self.candidate if self.candidate and self.candidate.appointed else None
