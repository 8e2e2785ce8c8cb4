"""Where each partner stands, as it was last computed from approved figures."""

from peewee import (
    BooleanField,
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
)

from app.api import Model, Partner
from plugins.incentives.ledger.models import (
    LedgerEntry,
    LedgerState,
    Payout,
    PayoutLine,
    Unsettled,
)
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.rewards.models import Grant, Recognition

__all__ = [
    "Grant",
    "LedgerEntry",
    "LedgerState",
    "Note",
    "Payout",
    "PayoutLine",
    "Programme",
    "ProgrammeVersion",
    "Question",
    "Recognition",
    "Standing",
    "Unsettled",
]


class Standing(Model):
    """What a partner's scorecard says for one period; the tier is read from it by the settings.

    A partner without an approved figure that has a target in the period has no standing.
    """

    period = IntegerField()
    partner = ForeignKeyField(Partner, backref="+", index=False, on_delete="CASCADE")
    score = IntegerField()  # millionths of 1, rounded down
    coverage = IntegerField()  # millionths of 1
    grey = SmallIntegerField()  # KPIs without an approved figure
    decides = BooleanField()  # full coverage, every KPI complete
    computed_at = DateTimeField()

    class Meta:
        table_name = "incentives_standing"
        primary_key = CompositeKey("period", "partner")


class Question(Model):
    """A task that asks for the figures that a standing waits for, and what came of it."""

    period = IntegerField()
    partner = ForeignKeyField(Partner, backref="+", index=False, on_delete="CASCADE")
    task = IntegerField(unique=True)
    outcome = CharField(max_length=10, default="")  # "" while it is open, else the task's state
    asked_at = DateTimeField()

    class Meta:
        table_name = "incentives_question"
        primary_key = CompositeKey("period", "partner")


class Note(Model):
    """What staff wrote beside a partner's tier: what was agreed or is under way; internal."""

    partner = ForeignKeyField(Partner, backref="+", on_delete="CASCADE")
    text = CharField(max_length=1000)
    by = IntegerField(null=True)  # the account's number; the name is core's
    at = DateTimeField()

    class Meta:
        table_name = "incentives_note"
