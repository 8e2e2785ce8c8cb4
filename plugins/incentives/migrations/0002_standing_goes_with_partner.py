"""A standing is computed: it goes with its partner, where an import that made both is undone."""

from peewee import (
    BooleanField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
)

_COLUMNS = "period, partner_id, score, coverage, grey, decides, computed_at"


def up(migrator, db):
    rebuild(db, "CASCADE")


def down(migrator, db):
    rebuild(db, None)


def rebuild(db, on_delete):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Standing(Model):
        period = IntegerField()
        partner = ForeignKeyField(Partner, index=False, on_delete=on_delete)
        score = IntegerField()
        coverage = IntegerField()
        grey = SmallIntegerField()
        decides = BooleanField()
        computed_at = DateTimeField()

        class Meta:
            database = db
            table_name = "incentives_standing"
            primary_key = CompositeKey("period", "partner")
            without_rowid = isinstance(db, SqliteDatabase)

    db.execute_sql("ALTER TABLE incentives_standing RENAME TO incentives_standing_before")
    db.create_tables([Standing])
    db.execute_sql(
        f"INSERT INTO incentives_standing ({_COLUMNS})"
        f" SELECT {_COLUMNS} FROM incentives_standing_before"
    )
    db.execute_sql("DROP TABLE incentives_standing_before")
