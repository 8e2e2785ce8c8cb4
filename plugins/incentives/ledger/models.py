"""The ledger's lines, where each stands, and the payouts that they are paid with.

Lines are only ever added and hash-chained, one chain for each account: a programme and a partner.
Where a line stands on its way to the partner is kept beside it, and moves forward only.
"""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from app.api import ChainedModel, Model, Partner
from plugins.incentives.programmes.models import Programme, ProgrammeVersion

KINDS = "('accrual', 'adjustment', 'clawback', 'manual', 'reversal', 'payout')"
FROM_RULES = "('accrual', 'adjustment', 'clawback')"
STATES = "('pending', 'approvable', 'payable', 'rejected', 'in_payout', 'paid')"


class LedgerEntry(ChainedModel):
    """One line: so much for or from a partner. Columns in the order in which they are hashed."""

    programme = ForeignKeyField(Programme, backref="+", index=False, on_delete="RESTRICT")
    partner = ForeignKeyField(Partner, backref="+", index=False, on_delete="RESTRICT")
    kind = CharField(max_length=10)
    amount = BigIntegerField()  # minor units; negative takes from the partner
    currency = CharField(max_length=3)
    period = IntegerField(null=True)  # its key; a payout has none
    reward = CharField(max_length=40, default="")  # its key in the version; "" for manual lines
    version = ForeignKeyField(
        ProgrammeVersion, backref="+", index=False, null=True, on_delete="RESTRICT"
    )
    tier = CharField(max_length=40, default="")  # at the period's first day
    sources = TextField(default="[]")  # canonical JSON: ids of the revisions behind the figure
    working = TextField(default="{}")  # canonical JSON: base, carried loss, due, booked before
    reverses = ForeignKeyField("self", backref="+", index=False, null=True, on_delete="RESTRICT")
    idempotency_key = CharField(max_length=64, unique=True)
    author = IntegerField(null=True)  # the account's number; None: the desk itself
    at = DateTimeField()

    class Meta:
        table_name = "incentives_ledger_entry"
        indexes = (
            (("chain", "seq"), True),
            (("partner", "programme", "reward", "period"), False),
        )
        constraints = [
            Check(f"kind IN {KINDS}"),
            Check("amount <> 0"),
            Check("kind <> 'accrual' OR amount > 0"),
            Check("kind <> 'clawback' OR amount < 0"),
            Check("length(currency) = 3 AND currency = upper(currency)"),
            Check(f"(kind IN {FROM_RULES}) = (reward <> '')"),
            Check("(kind = 'reversal') = (reverses_id IS NOT NULL)"),
            Check("(kind = 'payout') = (period IS NULL)"),
        ]


class Payout(Model):
    """Lines of many partners in one currency that are paid together, outside of this desk."""

    currency = CharField(max_length=3)
    state = CharField(max_length=10, default="draft")
    created_by = IntegerField(null=True)
    created_at = DateTimeField()
    approved_by = IntegerField(null=True)
    approved_at = DateTimeField(null=True)
    four_eyes = BooleanField(default=True)  # False: whoever made it approved it
    approval = CharField(max_length=500, default="")  # why one's own was approved
    exported_at = DateTimeField(null=True)
    retries = ForeignKeyField("self", backref="+", null=True, on_delete="RESTRICT")
    version = IntegerField(default=1)

    class Meta:
        table_name = "incentives_payout"
        constraints = [
            Check("state IN ('draft', 'approved', 'exported', 'paid', 'failed', 'discarded')"),
            Check("length(currency) = 3 AND currency = upper(currency)"),
        ]


class PayoutLine(Model):
    """What one partner is paid in a payout, and what came of it."""

    payout = ForeignKeyField(Payout, backref="+", index=False, on_delete="RESTRICT")
    partner = ForeignKeyField(Partner, backref="+", on_delete="RESTRICT")
    amount = BigIntegerField()  # minor units of the payout's currency
    state = CharField(max_length=6, default="open")
    reference = CharField(max_length=120, default="")  # of the payment, as the bank has it
    reason = CharField(max_length=500, default="")  # why it failed
    settled_on = DateField(null=True)
    settled_by = IntegerField(null=True)
    objections = TextField(default="[]")  # JSON: reason and source of each that was overridden
    override = CharField(max_length=500, default="")  # why it is paid all the same
    override_by = IntegerField(null=True)

    class Meta:
        table_name = "incentives_payout_line"
        indexes = ((("payout", "partner"), True),)
        constraints = [Check("amount > 0"), Check("state IN ('open', 'paid', 'failed')")]


class LedgerState(Model):
    """Where a line stands: held, to be decided, to be paid, rejected, in a payout, paid."""

    entry = ForeignKeyField(LedgerEntry, backref="+", primary_key=True, on_delete="RESTRICT")
    state = CharField(max_length=10, default="pending")
    due = DateField(null=True)  # from which day on it can be approved
    text = CharField(max_length=500, default="")  # its author's reason
    decided_by = IntegerField(null=True)
    decided_at = DateTimeField(null=True)
    decision = CharField(max_length=500, default="")  # why it was rejected, or approved as an own
    four_eyes = BooleanField(default=True)  # False: its author approved it
    line = ForeignKeyField(PayoutLine, backref="+", null=True, on_delete="RESTRICT")

    class Meta:
        table_name = "incentives_ledger_state"
        indexes = ((("state", "due"), False),)
        constraints = [
            Check(f"state IN {STATES}"),
            Check("(state IN ('in_payout', 'paid')) = (line_id IS NOT NULL)"),
        ]


class Unsettled(Model):
    """A reward of a period that is not booked: what it waits for, or that a merge made it due."""

    programme = ForeignKeyField(Programme, backref="+", index=False, on_delete="CASCADE")
    partner = ForeignKeyField(Partner, backref="+", on_delete="CASCADE")
    reward = CharField(max_length=40)
    period = IntegerField()
    reason = CharField(max_length=12)  # base, requirement, carry, currency, merge
    about = CharField(max_length=64, default="")  # the KPI's code, or the other currency
    since = DateTimeField()

    class Meta:
        table_name = "incentives_unsettled"
        primary_key = CompositeKey("programme", "partner", "reward", "period")
