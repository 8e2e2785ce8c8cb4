"""Definitions are kept in versions; a KPI may need evidence, name its source or be derived."""

from peewee import (
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from app.core import clock
from app.core.db import is_sqlite

FIELDS = (
    *("code", "name", "description", "category", "value_type", "unit", "direction", "nature"),
    *("aggregation", "frequency", "labels", "submitter", "due_days", "active"),
    *("evidence_required", "data_source", "formula"),
)


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table for a column that is not null.
    truth = "INTEGER NOT NULL DEFAULT 0" if is_sqlite() else "BOOLEAN NOT NULL DEFAULT false"
    db.execute_sql(f"ALTER TABLE kpi ADD COLUMN evidence_required {truth}")
    db.execute_sql("ALTER TABLE kpi ADD COLUMN data_source VARCHAR(300) NOT NULL DEFAULT ''")
    db.execute_sql("ALTER TABLE kpi ADD COLUMN formula VARCHAR(500) NOT NULL DEFAULT ''")

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Kpi(Model):
        class Meta:
            database = db
            table_name = "kpi"

    class KpiVersion(Model):
        kpi = ForeignKeyField(Kpi, index=False, on_delete="CASCADE")
        n = IntegerField()
        code = CharField(max_length=32)
        name = CharField(max_length=200)
        description = TextField()
        category = CharField(max_length=16)
        value_type = CharField(max_length=16)
        unit = CharField(max_length=32)
        direction = CharField(max_length=8)
        nature = CharField(max_length=8)
        aggregation = CharField(max_length=8)
        frequency = CharField(max_length=16)
        labels = CharField(max_length=300)
        submitter = CharField(max_length=8)
        due_days = SmallIntegerField()
        active = BooleanField()
        evidence_required = BooleanField()
        data_source = CharField(max_length=300)
        formula = CharField(max_length=500)
        saved_by = ForeignKeyField(User, null=True, index=False)
        saved_at = DateTimeField()
        note = CharField(max_length=300, default="")

        class Meta:
            database = db
            table_name = "kpi_version"
            indexes = ((("kpi", "n"), True),)

    db.create_tables([KpiVersion])
    names = ", ".join(FIELDS)
    # What stands begins its history here; who saved it before is in the audit.
    db.execute_sql(
        f"INSERT INTO kpi_version (kpi_id, n, {names}, saved_at, note)"
        f" SELECT id, version, {names}, {db.param}, '' FROM kpi",
        (clock.now(),),
    )
