"""The first table, frozen as it was made."""

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


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Standing(Model):
        period = IntegerField()
        partner = ForeignKeyField(Partner, index=False)
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

    db.create_tables([Standing])


def down(migrator, db):
    db.execute_sql("DROP TABLE incentives_standing")
