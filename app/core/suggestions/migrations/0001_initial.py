"""Suggestions, frozen as they were made."""

from peewee import CharField, DateTimeField, ForeignKeyField, Model, TextField


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Suggestion(Model):
        partner = ForeignKeyField(Partner, index=False)
        kind = CharField(max_length=64)
        title = CharField(max_length=200)
        text = TextField(default="")
        evidence = TextField(default="[]")
        source = CharField(max_length=64, default="")
        live_key = CharField(max_length=280, null=True, unique=True)
        suggested_at = DateTimeField()
        state = CharField(max_length=10, default="new")
        made = CharField(max_length=80, default="")
        reason = CharField(max_length=1000, default="")
        decided_at = DateTimeField(null=True)
        decided_by = ForeignKeyField(User, null=True, index=False)

        class Meta:
            database = db
            table_name = "suggestion"
            indexes = ((("partner", "state"), False), (("state", "suggested_at"), False))

    db.create_tables([Suggestion])
