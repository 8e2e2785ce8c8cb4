"""Whether partners meet a tree of requirements on a day: for rewards, and whoever else asks."""

from collections.abc import Sequence
from datetime import date

from app.api import Answer, KpiFigure
from plugins.incentives.programmes.definition import Node, Requirement, walk
from plugins.incentives.standing import readings
from plugins.incentives.standing.evaluate import evaluate


def answers(
    node: Node,
    partner_ids: Sequence[int],
    as_of: date,
    proposed: Sequence[KpiFigure] = (),
) -> dict[int, Answer]:
    """What each partner's figures answer to a tree on a day; one read for all of them."""
    asked = [one for one in walk(node) if isinstance(one, Requirement)]
    known = readings.gather(partner_ids, asked, as_of, proposed)
    return {id_: evaluate(node, known[id_]).answer for id_ in partner_ids}
