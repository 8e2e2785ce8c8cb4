"""Why something about money was refused."""

from app.api import Refusal


class LedgerRefusal(Refusal):
    """A write that cannot be done as asked."""


class StalePayout(LedgerRefusal):
    """Somebody changed the payout while its page was open."""
