"""What a restated figure would change: the tier of each scorecard that it reaches."""

from collections.abc import Sequence

from app.api import (
    Effect,
    KpiFigure,
    Period,
    period_label,
    proposed_scorecards,
    scorecards,
    translations,
)
from plugins.incentives import queries, rules

_ = translations("incentives").gettext


def restatement_effects(proposed: KpiFigure) -> Sequence[Effect]:
    """The tiers that differ once the figure counts; read from hypothetical scorecards."""
    tiers = queries.ladder()
    after = proposed_scorecards(proposed)
    periods = [Period.from_key(key) for key in sorted(after)]
    before = scorecards([proposed.partner_id], periods)
    found = []
    for period in periods:
        old = _words(tiers, before.get((proposed.partner_id, period.key)))
        new = _words(tiers, after[period.key])
        if old != new:
            found.append(Effect(_("Tier, %(period)s", period=period_label(period)), old, new))
    return found


def _words(tiers: Sequence[rules.Tier], card: rules.Scored | None) -> str:
    place = rules.place(tiers, card)
    if not place.determined:
        return str(_("Undetermined"))
    return place.tier.name if place.tier else str(_("No tier yet"))
