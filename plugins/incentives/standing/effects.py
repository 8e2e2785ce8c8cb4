"""What a corrected figure would change: the tier that the figures carry, in each programme."""

from collections.abc import Sequence

from app.api import Effect, KpiFigure, organisation, site_path, translations
from plugins.incentives.programmes.enrolled import programmes_of
from plugins.incentives.standing import readings, words
from plugins.incentives.standing.evaluate import eligible

_ = translations("incentives").gettext


def restatement_effects(proposed: KpiFigure) -> Sequence[Effect]:
    """What would be eligible with the figure against what is; read from a hypothetical book."""
    partner_id, today = proposed.partner_id, organisation().today()
    found = []
    for one in programmes_of(partner_id):
        asked = readings.of_tiers(one.definition)
        known = [readings.gather([partner_id], asked, today, new) for new in ((), (proposed,))]
        old, new = (
            words.tier(one.definition, eligible(one.definition, read[partner_id]).tier)
            for read in known
        )
        if old != new:
            label = _("Tier in %(programme)s", programme=one.programme.name)
            link = site_path("incentives.partner", partner_id=partner_id)
            found.append(Effect(label, old, new, link))
    return found
