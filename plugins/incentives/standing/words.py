"""States, effects and figures of tiers in plain words; what requirements ask is in programmes."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from flask_babel import format_date

from app.api import name_history, translations
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.standing.state import Effect, Event, Phase, State

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

PHASES = {
    Phase.ACTIVE: lazy_gettext("Steady"),
    Phase.PROMOTION_PROPOSED: lazy_gettext("Promotion proposed"),
    Phase.GRACE: lazy_gettext("Grace period"),
    Phase.DEMOTION_PROPOSED: lazy_gettext("Demotion proposed"),
    Phase.OVERRIDDEN: lazy_gettext("Set by hand"),
    Phase.FROZEN: lazy_gettext("Frozen"),
    Phase.LEFT: lazy_gettext("Takes no part"),
}
PHASE_TONES = {
    Phase.ACTIVE: "neutral",
    Phase.PROMOTION_PROPOSED: "accent",
    Phase.GRACE: "warning",
    Phase.DEMOTION_PROPOSED: "bad",
    Phase.OVERRIDDEN: "accent",
    Phase.FROZEN: "neutral",
    Phase.LEFT: "neutral",
}

EFFECTS = {
    Effect.ENROLLED: lazy_gettext("Enrolled"),
    Effect.PROMOTED: lazy_gettext("Promoted"),
    Effect.PROMOTION_PROPOSED: lazy_gettext("Promotion proposed"),
    Effect.PROMOTION_WITHDRAWN: lazy_gettext("Promotion no longer carried by the figures"),
    Effect.PROMOTION_REJECTED: lazy_gettext("Promotion not granted"),
    Effect.CONFIRMED: lazy_gettext("Reviewed: the tier is met"),
    Effect.GRACE_STARTED: lazy_gettext("Reviewed: the tier is not met, a grace period begins"),
    Effect.RECOVERED: lazy_gettext("The tier is met again, the grace period ends"),
    Effect.DATA_MISSING: lazy_gettext("Reviewed: cannot be decided, figures are missing"),
    Effect.MISSED_DECLARED: lazy_gettext("What is unreported was declared missed"),
    Effect.DEMOTION_PROPOSED: lazy_gettext("Reviewed: still not met, a demotion is proposed"),
    Effect.DEMOTION_WITHDRAWN: lazy_gettext("The tier is met again, no demotion"),
    Effect.DEMOTION_APPROVED: lazy_gettext("Demotion approved"),
    Effect.DEMOTION_REJECTED: lazy_gettext("Demotion not approved, the tier stays"),
    Effect.DEMOTED: lazy_gettext("Demoted"),
    Effect.OVERRIDE_ASKED: lazy_gettext("Override asked for"),
    Effect.OVERRIDE_DECLINED: lazy_gettext("Override not approved"),
    Effect.OVERRIDDEN: lazy_gettext("Tier set by hand"),
    Effect.OVERRIDE_REVOKED: lazy_gettext("Override revoked"),
    Effect.OVERRIDE_EXPIRED: lazy_gettext("Override expired"),
    Effect.TIER_GONE: lazy_gettext("The programme no longer has the former tier"),
    Effect.FROZEN: lazy_gettext("Frozen with the partnership"),
    Effect.THAWED: lazy_gettext("Resumed with the partnership"),
    Effect.LEFT: lazy_gettext("Left the programme"),
}
name_history(
    {f"incentives.{effect}": label for effect, label in EFFECTS.items()}
    | {
        "incentives.appeal_asked": lazy_gettext("Review of a decision asked for"),
        "incentives.appeal_accepted": lazy_gettext("Appeal accepted"),
        "incentives.appeal_declined": lazy_gettext("Appeal not accepted"),
    },
    {
        "tier": lazy_gettext("Tier"),
        "text": lazy_gettext("What was asked"),
        "answer": lazy_gettext("Answer"),
    },
)
_UP = (Effect.PROMOTED, Effect.OVERRIDDEN, Effect.RECOVERED)
_DOWN = (Effect.DEMOTED, Effect.GRACE_STARTED, Effect.DEMOTION_PROPOSED, Effect.DEMOTION_APPROVED)

EVENTS = {
    Event.ENROL: lazy_gettext("Enrolment"),
    Event.EVALUATE: lazy_gettext("Evaluation of new figures"),
    Event.REVIEW: lazy_gettext("Scheduled review"),
    Event.FALL: lazy_gettext("Day of the approved demotion"),
    Event.DECLARE: lazy_gettext("Unreported declared missed"),
    Event.APPROVE: lazy_gettext("Approval"),
    Event.REJECT: lazy_gettext("Rejection"),
    Event.ASK_OVERRIDE: lazy_gettext("Override asked for"),
    Event.CONFIRM_OVERRIDE: lazy_gettext("Override approved"),
    Event.DECLINE_OVERRIDE: lazy_gettext("Override declined"),
    Event.REVOKE: lazy_gettext("Override revoked"),
    Event.EXPIRE: lazy_gettext("Override expired"),
    Event.FREEZE: lazy_gettext("The partnership rests"),
    Event.THAW: lazy_gettext("The partnership resumes"),
    Event.LEAVE: lazy_gettext("Leaving"),
}


def tier(definition: Definition, key: str) -> str:
    """A tier's name; one that the version no longer has, by its key; none, as such."""
    found = definition.tier(key)
    if found:
        return found.name
    return key or str(_("No tier"))


def icon(effect: Effect) -> str:
    """The icon beside an effect."""
    if effect in _UP:
        return "trending-up"
    return "trending-down" if effect in _DOWN else "award"


def outcome(text: str) -> list[Effect]:
    """What came of a decision, as it is stored, in the order in which it happened."""
    return [Effect(word) for word in text.split()]


def said(text: str, definition: Definition, after: State) -> list[str]:
    """What came of a decision, as it is stored, with the tiers and days that it is about."""
    return [became(effect, definition, after) for effect in outcome(text)]


def became(effect: Effect, definition: Definition, after: State) -> str:
    """What an effect means to whom stands so afterwards."""
    known = {
        "tier": tier(definition, after.held or after.tier),
        "lower": tier(definition, after.proposed),
        "until": day(after.grace_until or after.falls_on),
    }
    match effect:
        case Effect.PROMOTED:
            return _("Tier reached: %(tier)s", **known)
        case Effect.ENROLLED:
            return _("Enrolled at %(tier)s", **known)
        case Effect.PROMOTION_PROPOSED:
            return _("Promotion to %(lower)s proposed", **known)
        case Effect.CONFIRMED:
            return _("Reviewed: %(tier)s is met", **known)
        case Effect.GRACE_STARTED:
            return _("%(tier)s is not met: grace period until %(until)s", **known)
        case Effect.RECOVERED:
            return _("%(tier)s is met again, the grace period ends", **known)
        case Effect.DEMOTION_PROPOSED:
            return _("%(tier)s is still not met: a demotion to %(lower)s is proposed", **known)
        case Effect.DEMOTION_APPROVED:
            return _("Demotion approved: %(lower)s from %(until)s on", **known)
        case Effect.DEMOTED | Effect.OVERRIDDEN | Effect.OVERRIDE_REVOKED | Effect.OVERRIDE_EXPIRED:
            return _("Tier now: %(tier)s", **known)
        case Effect.OVERRIDE_ASKED if after.override:
            wanted, last = tier(definition, after.override.tier), day(after.override.expires)
            return _("Asked for by hand: %(tier)s until %(until)s", tier=wanted, until=last)
        case Effect.TIER_GONE:
            return _("The former tier is gone from the programme: %(tier)s now", **known)
    return str(EFFECTS[effect])


def told(effect: Effect, values: Mapping[str, Any]) -> str:
    """What staff are told."""
    known = _values(values)
    match effect:
        case Effect.PROMOTED:
            return _("%(partner)s reached the tier %(tier)s", **known)
        case Effect.GRACE_STARTED:
            return _("%(partner)s misses %(tier)s: grace period until %(until)s", **known)
        case Effect.RECOVERED:
            return _("%(partner)s meets %(tier)s again", **known)
        case Effect.PROMOTION_PROPOSED:
            return _("%(partner)s could rise to %(lower)s: decide", **known)
        case Effect.DEMOTION_PROPOSED:
            return _("%(partner)s still misses %(tier)s: decide on %(lower)s", **known)
        case Effect.DEMOTION_APPROVED:
            return _("%(partner)s goes from %(tier)s to %(lower)s on %(until)s", **known)
        case Effect.DEMOTION_WITHDRAWN | Effect.DEMOTION_REJECTED:
            return _("%(partner)s stays at %(tier)s", **known)
        case Effect.OVERRIDE_ASKED:
            return _("%(partner)s: a tier by hand waits for approval", **known)
        case Effect.ENROLLED:
            return _("%(partner)s takes part in %(programme)s", **known)
    return _("%(partner)s is at %(tier)s now", **known)


def told_own(effect: Effect, values: Mapping[str, Any]) -> str:
    """What the partner's own people are told."""
    known = _values(values)
    match effect:
        case Effect.PROMOTED:
            return _("You reached the tier %(tier)s", **known)
        case Effect.GRACE_STARTED:
            return _("You miss %(tier)s at present: you have until %(until)s to recover", **known)
        case Effect.RECOVERED:
            return _("You meet %(tier)s again", **known)
        case Effect.DEMOTION_APPROVED:
            return _("Your tier becomes %(lower)s on %(until)s", **known)
        case Effect.DEMOTION_WITHDRAWN | Effect.DEMOTION_REJECTED:
            return _("You stay at %(tier)s", **known)
        case Effect.ENROLLED:
            return _("You take part in %(programme)s", **known)
    return _("Your tier is %(tier)s now", **known)


def day(value: date | None) -> str:
    """A day in the reader's way, empty for none."""
    return format_date(value, "medium") if value else ""


def percent(value: Fraction) -> int:
    """A share as whole per cent, rounded down: a bar is never fuller than the figure."""
    return int(value * 100)


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "until": day(values.get("until"))}
