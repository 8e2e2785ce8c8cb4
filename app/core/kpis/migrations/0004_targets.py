"""Targets are agreed: states, what the SMART gate asks for, and who said what."""

from peewee import (
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
)

from app.core.db import is_sqlite


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table for a column that is not null.
    truth = "INTEGER NOT NULL DEFAULT 0" if is_sqlite() else "BOOLEAN NOT NULL DEFAULT false"
    moment = "DATETIME" if is_sqlite() else "TIMESTAMP"
    columns = {
        "state": "VARCHAR(10) NOT NULL DEFAULT 'accepted'",
        "goal_id": "INTEGER",
        "justification": "VARCHAR(1000) NOT NULL DEFAULT ''",
        "data_source": "VARCHAR(300) NOT NULL DEFAULT ''",
        "access_host": truth,
        "waived": "VARCHAR(8) NOT NULL DEFAULT ''",
        "waiver": "VARCHAR(1000) NOT NULL DEFAULT ''",
        "host_at": moment,
        "partner_at": moment,
        "accepted_at": moment,
        "on_behalf": truth,
        "undo_until": "DATE",
    }
    for name, kind in columns.items():
        db.execute_sql(f"ALTER TABLE target_revision ADD COLUMN {name} {kind}")
    # Whatever stood before there was anything to agree counts as accepted.
    db.execute_sql("UPDATE target_revision SET accepted_at = set_at")
    db.execute_sql(
        "UPDATE target_revision SET state = 'superseded' WHERE n < (SELECT target.n FROM target"
        " WHERE target.partner_id = target_revision.partner_id"
        " AND target.kpi_id = target_revision.kpi_id"
        " AND target.period = target_revision.period)"
    )
    db.execute_sql("CREATE INDEX target_revision_state ON target_revision (state, partner_id)")

    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Kpi(Model):
        class Meta:
            database = db
            table_name = "kpi"

    class TargetDecision(Model):
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        n = IntegerField()
        at = DateTimeField()
        by = ForeignKeyField(User, null=True, index=False)
        side = CharField(max_length=8)
        action = CharField(max_length=12)
        on_behalf = BooleanField(default=False)
        reason = CharField(max_length=1000, default="")

        class Meta:
            database = db
            table_name = "target_decision"
            indexes = ((("partner", "kpi", "period", "n"), False),)

    db.create_tables([TargetDecision])
