"""Whether somebody may approve what is their own. Source: domain specification §0, Four eyes."""

from collections.abc import Collection

from app.api import organisation
from plugins.incentives.ledger.refusals import LedgerRefusal


def may_approve_own(others: Collection[int]) -> bool:
    """Whether one's own may be approved, with a reason; `others` could approve it as well."""
    return not organisation().four_eyes_required or not others


def check(author: int | None, by: int, others: Collection[int], reason: str) -> bool:
    """Whether an approval is by four eyes; refuses one's own where it may not be, or unexplained.

    `others` are the people but the author who could approve.
    """
    if author != by:
        return True
    if not may_approve_own(others):
        raise LedgerRefusal("This is your own: somebody else has to approve it.")
    if not reason.strip():
        raise LedgerRefusal("This is your own: say why you approve it.", field="reason")
    return False
