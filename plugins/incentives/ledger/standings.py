"""Where the ledger asks for tiers, and whether a reward's own requirement is met."""

from collections.abc import Sequence
from datetime import date

from app.api import Answer
from plugins.incentives.ledger.due import Standings
from plugins.incentives.programmes.definition import Node


def _tiers(_programme: int, _partner_ids: Sequence[int], _day: date) -> dict[int, str]:
    return {}


def _answers(_node: Node, _partner_ids: Sequence[int], _as_of: date) -> dict[int, Answer]:
    return {}


CURRENT = Standings(_tiers, _answers)
