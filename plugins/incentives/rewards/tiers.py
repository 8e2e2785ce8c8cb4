"""Which tier partners hold, and who meets a reward's own requirement: the seam to `standing`."""

from collections.abc import Sequence
from datetime import date

from app.api import Answer
from plugins.incentives.programmes.definition import Node
from plugins.incentives.programmes.queries import Running
from plugins.incentives.standing.judging import answers
from plugins.incentives.standing.tenures import tiers_on


def held(running: Running, partner_ids: Sequence[int], day: date) -> dict[int, str]:
    """The key of the tier that each partner holds on a day; who holds none is missing."""
    known = {tier.key for tier in running.definition.tiers}
    found = tiers_on(running.programme.id, partner_ids, day)
    return {id_: tier for id_, tier in found.items() if tier in known}


def meeting(node: Node, partner_ids: Sequence[int], day: date) -> set[int]:
    """The partners whose answer to a requirement is yes: unknown grants nothing."""
    found = answers(node, partner_ids, day)
    return {id_ for id_, answer in found.items() if answer == Answer.YES}
