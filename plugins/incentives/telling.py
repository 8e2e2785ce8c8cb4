"""Who hears that a tier changed: the partner's owner and team, and its contacts by the portal."""

from collections.abc import Collection
from functools import partial

from app.api import (
    Partner,
    Period,
    notify,
    organisation,
    people,
    period_label,
    site_path,
    translations,
)
from plugins.incentives import queries, rules
from plugins.incentives.references import ref_of

_ = translations("incentives").gettext

EVENT = "incentives.tier_changed"


def tell(written: Collection[tuple[int, int]]) -> None:
    """Tell of partners whose latest standing was written now and made another tier of theirs.

    `written` are partner ids and period keys. A first tier is no change. Each tier of a period is
    told once, so that a standing that is computed again tells nothing new.
    """
    ladder = queries.ladder()
    courses = queries.courses({partner_id for partner_id, _period in written})
    moved = {}
    for partner_id, rows in courses.items():
        changes = rules.changes(ladder, rows)
        if len(changes) < 2 or changes[-1].at != len(rows) - 1:
            continue  # what stands now stood before
        if (partner_id, rows[-1].period) in written:
            moved[partner_id] = (rows[-1].period, changes[-1])
    if not moved:
        return
    names = dict(
        Partner.select(Partner.id, Partner.name).where(Partner.id.in_(list(moved))).tuples()
    )
    for partner_id, (period, change) in sorted(moved.items()):
        _tell(partner_id, names[partner_id], period, change)


def _tell(partner_id: int, partner: str, period: int, change: rules.Change) -> None:
    label = organisation().calendar.label(Period.from_key(period))
    rank = change.now.rank if change.now else 0
    ref, key = ref_of(partner_id, period), f"tier:{partner_id}:{period}:{rank}"
    notify(
        EVENT,
        people(f"team:{partner_id}"),
        title=partial(_staff_title, partner, period, change),
        url=site_path("incentives.partner", partner_id=partner_id, period=label),
        ref=ref,
        key=key,
    )
    notify(
        EVENT,
        people(f"contacts:{partner_id}"),
        title=partial(_own_title, period, change),
        url=site_path("incentives_portal.index"),
        ref=ref,
        key=key,
    )


def _staff_title(partner: str, period: int, change: rules.Change) -> str:
    words = {"partner": partner, "tier": _name(change), "period": period_label(period)}
    if change.up:
        return _("%(partner)s reached the tier %(tier)s in %(period)s", **words)
    return _("%(partner)s is at %(tier)s in %(period)s", **words)


def _own_title(period: int, change: rules.Change) -> str:
    words = {"tier": _name(change), "period": period_label(period)}
    if change.up:
        return _("You reached the tier %(tier)s in %(period)s", **words)
    return _("Your tier in %(period)s: %(tier)s", **words)


def _name(change: rules.Change) -> str:
    """The tier's name in the reader's language."""
    names = {tier.rank: tier.name for tier in queries.ladder()}
    return names[change.now.rank] if change.now else str(_("No tier"))
