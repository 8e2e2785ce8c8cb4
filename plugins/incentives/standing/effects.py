"""What a corrected figure would change: the tier that the figures carry, in each programme."""

from collections.abc import Sequence

from app.api import Effect, KpiFigure, organisation, site_path, translations
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.programmes.queries import running
from plugins.incentives.standing import readings, words
from plugins.incentives.standing.evaluate import Eligibility, eligible
from plugins.incentives.standing.models import Enrolment
from plugins.incentives.standing.queries import TAKING_PART

_ = translations("incentives").gettext


def restatement_effects(proposed: KpiFigure) -> Sequence[Effect]:
    """What would be eligible with the figure against what is; read from a hypothetical book."""
    partner_id, today = proposed.partner_id, organisation().today()
    rows = Enrolment.select(Enrolment.programme).where(Enrolment.partner == partner_id, TAKING_PART)
    inside = {row[0] for row in rows.tuples()}
    found = []
    for one in running():
        if one.programme.id not in inside:
            continue
        asked = readings.of_tiers(one.definition)
        before, after = (
            eligible(one.definition, readings.gather([partner_id], asked, today, new)[partner_id])
            for new in ((), (proposed,))
        )
        old, new = _said(one.definition, before), _said(one.definition, after)
        if old != new:
            label = _("Tier in %(programme)s", programme=one.programme.name)
            link = site_path("incentives.partner", partner_id=partner_id)
            found.append(Effect(label, old, new, link))
    return found


def _said(definition: Definition, found: Eligibility) -> str:
    """The eligible tier, and the next one where it cannot be told."""
    return words.tier(definition, found.tier)
