"""Why something about money was refused."""

from app.api import Refusal


class LedgerRefusal(Refusal):
    """A write that cannot be done as asked; `field` names the form field at fault, if one is."""

    def __init__(self, message: str, field: str = "", **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class StalePayout(LedgerRefusal):
    """Somebody changed the payout while its page was open."""
