"""The plugin's tables, of all slices."""

from plugins.incentives.ledger.models import (
    LedgerEntry,
    LedgerState,
    Payout,
    PayoutLine,
    Unsettled,
)
from plugins.incentives.programmes.models import Aim, Programme, ProgrammeVersion
from plugins.incentives.rewards.models import Grant, Recognition
from plugins.incentives.standing.models import (
    Appeal,
    Enrolment,
    Evaluation,
    Note,
    Question,
    Reason,
    Tenure,
)

__all__ = [
    "Aim",
    "Appeal",
    "Enrolment",
    "Evaluation",
    "Grant",
    "LedgerEntry",
    "LedgerState",
    "Note",
    "Payout",
    "PayoutLine",
    "Programme",
    "ProgrammeVersion",
    "Question",
    "Reason",
    "Recognition",
    "Tenure",
    "Unsettled",
]
