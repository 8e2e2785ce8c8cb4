"""Notes beside a partner's tier."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Note(Model):
        partner = ForeignKeyField(Partner, on_delete="CASCADE")
        text = CharField(max_length=1000)
        by = IntegerField(null=True)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "incentives_note"

    db.create_tables([Note])


def down(migrator, db):
    db.execute_sql("DROP TABLE incentives_note")
