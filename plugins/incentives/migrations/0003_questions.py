"""Which missing figures were asked for, and what came of it."""

from peewee import (
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SqliteDatabase,
)


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Question(Model):
        period = IntegerField()
        partner = ForeignKeyField(Partner, index=False, on_delete="CASCADE")
        task = IntegerField(unique=True)
        outcome = CharField(max_length=10, default="")
        asked_at = DateTimeField()

        class Meta:
            database = db
            table_name = "incentives_question"
            primary_key = CompositeKey("period", "partner")
            without_rowid = isinstance(db, SqliteDatabase)

    db.create_tables([Question])


def down(migrator, db):
    db.execute_sql("DROP TABLE incentives_question")
