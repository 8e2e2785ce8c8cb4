"""The hooks that this plugin publishes: other plugins answer them, where they are there."""

from collections.abc import Sequence

from app.api import Objection, hookspec


@hookspec
def incentives_payout_objections(  # type: ignore[empty-body]
    partner_id: int, period: str
) -> Sequence[Objection]:
    """Why a partner's money of a period may not be paid out now.

    When: incentives asks before payable entries become a payout, and again before the payout is
    approved; an administrator may go on all the same, with a reason that stays on record.
    Arguments: `partner_id`; `period`, its code as in "2026-Q3".
    Returns: `Objection`s, only where this very payout is in dispute: that there is a conflict is no
    reason. None where there is nothing to say.
    On an exception: it fails closed: an objection stands there, that the plugin could not be asked.
    """
