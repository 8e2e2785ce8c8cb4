"""Who hears of a tier: the partner's owner and team, and its contacts by the portal."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from app.api import NotificationEvent, notify, people, site_path, translations
from plugins.incentives.programmes.queries import Running
from plugins.incentives.references import enrolment_ref
from plugins.incentives.standing import words
from plugins.incentives.standing.models import Enrolment
from plugins.incentives.standing.state import Effect, Outcome

_ = translations("incentives").gettext
lazy_gettext = translations("incentives").lazy_gettext

CHANGED = "incentives.tier_changed"
WAITS = "incentives.tier_waits"
APPEALS = "incentives.appeals"

_ALL = ("admin", "manager", "contact")
EVENTS = (
    NotificationEvent(CHANGED, lazy_gettext("A partner’s tier changed"), "daily", _ALL),
    NotificationEvent(
        WAITS, lazy_gettext("A tier is at stake, or a decision on it waits"), "daily", _ALL
    ),
    NotificationEvent(APPEALS, lazy_gettext("A partner asks to review a decision"), roles=_ALL),
)

# What both sides hear, what only staff do; the rest stands in the history.
_CHANGES = (
    *(Effect.PROMOTED, Effect.DEMOTED, Effect.OVERRIDDEN, Effect.OVERRIDE_EXPIRED),
    *(Effect.OVERRIDE_REVOKED, Effect.TIER_GONE, Effect.ENROLLED),
)
_AT_STAKE = (
    *(Effect.GRACE_STARTED, Effect.RECOVERED, Effect.DEMOTION_APPROVED),
    *(Effect.DEMOTION_WITHDRAWN, Effect.DEMOTION_REJECTED),
)
_STAFF = (Effect.PROMOTION_PROPOSED, Effect.DEMOTION_PROPOSED, Effect.OVERRIDE_ASKED)


# "You stay" is no news beside what else came of the same event.
_STAYS = (Effect.DEMOTION_WITHDRAWN, Effect.DEMOTION_REJECTED)


def tell(row: Enrolment, programme: Running, outcome: Outcome, by: int | None) -> None:
    """Tell each side of every effect that concerns it, in the order in which they happened."""
    known = [effect for effect in outcome.effects if effect in (*_CHANGES, *_AT_STAKE, *_STAFF)]
    for effect in known:
        if effect not in _STAYS or effect == known[-1]:
            _tell(row, programme, effect, by)


def _tell(row: Enrolment, programme: Running, effect: Effect, by: int | None) -> None:
    values: dict[str, Any] = {
        "partner": row.partner.name,
        "programme": programme.programme.name,
        "tier": words.tier(programme.definition, row.held),
        "lower": words.tier(programme.definition, row.proposed_tier),
        "until": row.grace_until or row.falls_on,
    }
    about: dict[str, Any] = {
        "ref": enrolment_ref(row.id),
        "key": f"tier:{row.id}:{row.evaluation}:{effect}",
        "by": by,
    }
    notify(
        _event(effect),
        people(f"team:{row.partner_id}"),
        title=partial(words.told, effect, values),
        url=site_path("incentives.partner", partner_id=row.partner_id),
        **about,
    )
    if effect not in _STAFF:
        title = partial(words.told_own, effect, values)
        tell_contacts(row.partner_id, _event(effect), title, about)


def _event(effect: Effect) -> str:
    return CHANGED if effect in _CHANGES else WAITS


def tell_contacts(
    partner_id: int, event: str, title: Callable[[], str], about: Mapping[str, Any]
) -> None:
    """Tell the partner's own people, who come by the portal."""
    url = site_path("incentives_portal.index")
    notify(event, people(f"contacts:{partner_id}"), title=title, url=url, **about)
