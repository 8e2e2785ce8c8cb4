"""The ledger: lines that are only added, where each stands, payouts, and what is unsettled."""

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
    Model,
    SqliteDatabase,
    TextField,
)

from app.api import create_append_only

_MOVES = (
    *("pending>approvable", "pending>rejected", "approvable>payable", "approvable>rejected"),
    *("payable>in_payout", "in_payout>payable", "in_payout>paid"),
)
_TABLES = (
    *("incentives_unsettled", "incentives_ledger_state", "incentives_payout_line"),
    *("incentives_payout", "incentives_ledger_entry"),
)


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Programme(Model):
        class Meta:
            database = db
            table_name = "incentives_programme"

    class ProgrammeVersion(Model):
        class Meta:
            database = db
            table_name = "incentives_programme_version"

    class LedgerEntry(Model):
        chain = CharField(max_length=80)
        seq = IntegerField()
        prev_hash = CharField(max_length=64)
        hash = CharField(max_length=64)
        programme = ForeignKeyField(Programme, index=False, on_delete="RESTRICT")
        partner = ForeignKeyField(Partner, index=False, on_delete="RESTRICT")
        kind = CharField(max_length=10)
        amount = BigIntegerField()
        currency = CharField(max_length=3)
        period = IntegerField(null=True)
        reward = CharField(max_length=40, default="")
        version = ForeignKeyField(ProgrammeVersion, index=False, null=True, on_delete="RESTRICT")
        tier = CharField(max_length=40, default="")
        sources = TextField(default="[]")
        working = TextField(default="{}")
        reverses = ForeignKeyField("self", index=False, null=True, on_delete="RESTRICT")
        idempotency_key = CharField(max_length=64, unique=True)
        author = IntegerField(null=True)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "incentives_ledger_entry"
            legacy_table_names = False
            indexes = (
                (("chain", "seq"), True),
                (("partner", "programme", "reward", "period"), False),
            )
            constraints = [
                Check(
                    "kind IN ('accrual', 'adjustment', 'clawback', 'manual', 'reversal', 'payout')"
                ),
                Check("amount <> 0"),
                Check("kind <> 'accrual' OR amount > 0"),
                Check("kind <> 'clawback' OR amount < 0"),
                Check("length(currency) = 3 AND currency = upper(currency)"),
                Check("(kind IN ('accrual', 'adjustment', 'clawback')) = (reward <> '')"),
                Check("(kind = 'reversal') = (reverses_id IS NOT NULL)"),
                Check("(kind = 'payout') = (period IS NULL)"),
            ]

    class Payout(Model):
        currency = CharField(max_length=3)
        state = CharField(max_length=10, default="draft")
        created_by = IntegerField(null=True)
        created_at = DateTimeField()
        approved_by = IntegerField(null=True)
        approved_at = DateTimeField(null=True)
        four_eyes = BooleanField(default=True)
        approval = CharField(max_length=500, default="")
        exported_at = DateTimeField(null=True)
        retries = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "incentives_payout"
            legacy_table_names = False
            constraints = [
                Check("state IN ('draft', 'approved', 'exported', 'paid', 'failed', 'discarded')"),
                Check("length(currency) = 3 AND currency = upper(currency)"),
            ]

    class PayoutLine(Model):
        payout = ForeignKeyField(Payout, index=False, on_delete="RESTRICT")
        partner = ForeignKeyField(Partner, on_delete="RESTRICT")
        amount = BigIntegerField()
        state = CharField(max_length=6, default="open")
        reference = CharField(max_length=120, default="")
        reason = CharField(max_length=500, default="")
        settled_on = DateField(null=True)
        settled_by = IntegerField(null=True)
        objections = TextField(default="[]")
        override = CharField(max_length=500, default="")
        override_by = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "incentives_payout_line"
            legacy_table_names = False
            indexes = ((("payout", "partner"), True),)
            constraints = [Check("amount > 0"), Check("state IN ('open', 'paid', 'failed')")]

    class LedgerState(Model):
        entry = ForeignKeyField(LedgerEntry, primary_key=True, on_delete="RESTRICT")
        state = CharField(max_length=10, default="pending")
        due = DateField(null=True)
        text = CharField(max_length=500, default="")
        decided_by = IntegerField(null=True)
        decided_at = DateTimeField(null=True)
        decision = CharField(max_length=500, default="")
        four_eyes = BooleanField(default=True)
        line = ForeignKeyField(PayoutLine, null=True, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "incentives_ledger_state"
            legacy_table_names = False
            indexes = ((("state", "due"), False),)
            constraints = [
                Check(
                    "state IN ('pending', 'approvable', 'payable', 'rejected', 'in_payout', 'paid')"
                ),
                Check("(state IN ('in_payout', 'paid')) = (line_id IS NOT NULL)"),
            ]

    class Unsettled(Model):
        programme = ForeignKeyField(Programme, index=False, on_delete="CASCADE")
        partner = ForeignKeyField(Partner, on_delete="CASCADE")
        reward = CharField(max_length=40)
        period = IntegerField()
        reason = CharField(max_length=12)
        about = CharField(max_length=64, default="")
        since = DateTimeField()

        class Meta:
            database = db
            table_name = "incentives_unsettled"
            legacy_table_names = False
            primary_key = CompositeKey("programme", "partner", "reward", "period")

    db.create_tables([LedgerEntry, Payout, PayoutLine, LedgerState, Unsettled])
    create_append_only("incentives_ledger_entry")
    moves = ", ".join(f"'{move}'" for move in _MOVES)
    _guard(
        db,
        "incentives_ledger_state",
        "UPDATE",
        f"NEW.entry_id <> OLD.entry_id OR (NEW.state <> OLD.state"
        f" AND OLD.state || '>' || NEW.state NOT IN ({moves}))",
    )
    _guard(
        db,
        "incentives_payout_line",
        "UPDATE",
        "NEW.payout_id <> OLD.payout_id OR NEW.partner_id <> OLD.partner_id"
        " OR NEW.amount <> OLD.amount OR (OLD.state <> 'open' AND (NEW.state <> OLD.state"
        " OR NEW.reference <> OLD.reference OR NEW.settled_on <> OLD.settled_on))",
    )
    for table in ("incentives_ledger_state", "incentives_payout_line", "incentives_payout"):
        _guard(db, table, "DELETE", "1 = 1")


def _guard(db, table, action, wrong):
    """A trigger that refuses what is wrong: money moves forward only, and nothing is taken out."""
    name, refusal = f"{table}_no_{action.lower()}", f"{table} moves forward only"
    if isinstance(db, SqliteDatabase):
        db.execute_sql(
            f'CREATE TRIGGER "{name}" BEFORE {action} ON "{table}" WHEN {wrong}'
            f" BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
        return
    db.execute_sql(
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    condition = f"WHEN ({wrong}) " if action == "UPDATE" else ""
    db.execute_sql(
        f'CREATE TRIGGER "{name}" BEFORE {action} ON "{table}" FOR EACH ROW'
        f" {condition}EXECUTE FUNCTION {table}_refuse()"
    )
    if action == "DELETE":
        db.execute_sql(
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}"'
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
        )


def down(migrator, db):
    for table in _TABLES:
        db.execute_sql(f"DROP TABLE {table}")
    if not isinstance(db, SqliteDatabase):
        for table in ("incentives_ledger_state", "incentives_payout_line", "incentives_payout"):
            db.execute_sql(f"DROP FUNCTION {table}_refuse()")
