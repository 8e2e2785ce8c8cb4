"""Objecting to a payout: only where an open case disputes that very payout."""

from collections.abc import Sequence

from app.api import Objection, translations
from plugins.conflicts import queries
from plugins.conflicts.log import ref_of

lazy_gettext = translations("conflicts").lazy_gettext


def objections(partner_id: int, period: str) -> Sequence[Objection]:
    """One objection for each case; who may see the case finds it behind the ref."""
    return [
        Objection(
            lazy_gettext("This very payout is in dispute between both sides."), ref_of(case.id)
        )
        for case in queries.disputed(partner_id, period)
    ]
