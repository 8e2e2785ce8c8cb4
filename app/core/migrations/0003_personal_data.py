"""Erasures that wait for a plugin, and for how long things are kept."""

from peewee import CharField, DateTimeField, IntegerField, Model, TextField


def up(migrator, db):
    class PendingErasure(Model):
        plugin = CharField(max_length=64)
        alias = CharField(max_length=40)
        user_id = IntegerField(null=True)
        contacts = TextField(default="[]")
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "pending_erasure"

    class Retention(Model):
        key = CharField(max_length=40, primary_key=True)
        days = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "retention"

    db.create_tables([PendingErasure, Retention])
