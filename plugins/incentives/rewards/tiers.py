"""Which tier partners hold, and who meets a reward's own requirement: the seam to `standing`."""

from collections.abc import Sequence
from datetime import date

from app.api import Kind, organisation
from plugins.incentives import queries, rules
from plugins.incentives.programmes.definition import Reward
from plugins.incentives.programmes.queries import Running


def held(running: Running, partner_ids: Sequence[int], day: date) -> dict[int, str]:
    """The key of the tier that each partner holds on a day; who holds none is missing.

    Read from the scorecard of the quarter before; only one that decides says anything.
    """
    calendar = organisation().calendar
    period = calendar.shift(calendar.containing(day, Kind.QUARTER), -1)
    known = {tier.key for tier in running.definition.tiers}
    ladder = queries.ladder()
    found = {}
    for partner_id, standing in queries.standings(list(partner_ids), period).items():
        tier = rules.place(ladder, standing).tier
        if tier is not None and tier.key in known:
            found[partner_id] = tier.key
    return found


def meeting(_reward: Reward, _partner_ids: Sequence[int], _day: date) -> set[int]:
    """The partners whose answer to a reward's own requirement is yes: unknown grants nothing."""
    return set()
