"""Where one partner stands in one programme: the state that the machine moves.

Source: domain specification §3, the table of states.
"""

from datetime import date
from enum import StrEnum

import msgspec

from plugins.incentives.programmes.definition import Definition


class Phase(StrEnum):
    """What is going on about a tier."""

    ACTIVE = "active"
    PROMOTION_PROPOSED = "promotion_proposed"
    GRACE = "grace"
    DEMOTION_PROPOSED = "demotion_proposed"
    OVERRIDDEN = "overridden"
    FROZEN = "frozen"
    LEFT = "left"


PROPOSED = (Phase.PROMOTION_PROPOSED, Phase.DEMOTION_PROPOSED)  # somebody decides


class Event(StrEnum):
    """What moves it."""

    ENROL = "enrol"
    EVALUATE = "evaluate"
    REVIEW = "review"
    FALL = "fall"  # the day of an approved demotion
    DECLARE = "declare"  # unreported = missed
    APPROVE = "approve"
    REJECT = "reject"
    ASK_OVERRIDE = "ask_override"
    CONFIRM_OVERRIDE = "confirm_override"
    DECLINE_OVERRIDE = "decline_override"
    REVOKE = "revoke"
    EXPIRE = "expire"
    FREEZE = "freeze"
    THAW = "thaw"
    LEAVE = "leave"


class Effect(StrEnum):
    """What came of an event, for the history and for whoever is told."""

    ENROLLED = "enrolled"
    PROMOTED = "promoted"
    PROMOTION_PROPOSED = "promotion_proposed"
    PROMOTION_WITHDRAWN = "promotion_withdrawn"
    PROMOTION_REJECTED = "promotion_rejected"
    CONFIRMED = "confirmed"
    GRACE_STARTED = "grace_started"
    RECOVERED = "recovered"
    DATA_MISSING = "data_missing"
    MISSED_DECLARED = "missed_declared"
    DEMOTION_PROPOSED = "demotion_proposed"
    DEMOTION_WITHDRAWN = "demotion_withdrawn"
    DEMOTION_APPROVED = "demotion_approved"
    DEMOTION_REJECTED = "demotion_rejected"
    DEMOTED = "demoted"
    OVERRIDE_ASKED = "override_asked"
    OVERRIDE_DECLINED = "override_declined"
    OVERRIDDEN = "overridden"
    OVERRIDE_REVOKED = "override_revoked"
    OVERRIDE_EXPIRED = "override_expired"
    TIER_GONE = "tier_gone"
    FROZEN = "frozen"
    THAWED = "thawed"
    LEFT = "left"


class Override(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tier held whatever the figures say, up to and including a day.

    It waits for its second approver until it is in force.
    """

    tier: str
    expires: date
    in_force: bool = False


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """One partner's place in one programme.

    `tier` is what the figures carried, `override` goes before it while the phase says so.
    `proposed` is the tier that a proposal or, until `falls_on`, an approved demotion leads to.
    `refused` is a higher tier that was not granted: it is proposed again after the next review.
    `unknown_since` is the first review that could not be decided, `declared` the day on which
    somebody said that what is unreported counts as missed.
    """

    phase: Phase
    tier: str
    since: date
    next_review: date
    grace_until: date | None = None
    proposed: str = ""
    falls_on: date | None = None
    override: Override | None = None
    refused: str = ""
    unknown_since: date | None = None
    declared: date | None = None

    @property
    def held(self) -> str:
        """The tier that counts today, empty for none."""
        if self.phase in (Phase.FROZEN, Phase.LEFT):
            return ""
        if self.phase is Phase.OVERRIDDEN and self.override:
            return self.override.tier
        return self.tier


class Outcome(msgspec.Struct, frozen=True):
    """The state after an event, and what came of it."""

    state: State
    effects: tuple[Effect, ...] = ()


def due(state: State, today: date) -> list[Event]:
    """What time alone brings on a day, in the order in which it is to be done."""
    if state.phase is Phase.LEFT:
        return []
    found = []
    override = state.override
    if state.phase is Phase.OVERRIDDEN and override and override.expires < today:
        found.append(Event.EXPIRE)
    if state.falls_on is not None and state.falls_on <= today and state.phase is Phase.ACTIVE:
        found.append(Event.FALL)
    found.append(Event.REVIEW if state.next_review <= today else Event.EVALUATE)
    return found


def dumps(state: State) -> str:
    """A state as canonical JSON."""
    return msgspec.json.encode(state, order="sorted").decode()


def loads(text: str | bytes) -> State:
    """A state from its JSON."""
    return msgspec.json.decode(text, type=State)


def base(definition: Definition) -> str:
    """The lowest tier: where everybody begins."""
    return definition.tiers[0].key
