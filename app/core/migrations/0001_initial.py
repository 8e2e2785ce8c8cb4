"""The first tables of this part, frozen as they were made."""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    DateTimeField,
    IntegerField,
    Model,
    TextField,
)

from app.core.db import create_append_only, is_sqlite


def up(migrator, db):
    class AuditEntry(Model):
        chain = CharField(max_length=80)
        seq = IntegerField()
        at = DateTimeField()
        actor = CharField(max_length=80)
        action = CharField(max_length=80)
        ref = CharField(max_length=80)
        detail = TextField()
        address = CharField(max_length=64, default="")
        prev_hash = CharField(max_length=64)
        hash = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "audit_entry"
            indexes = ((("chain", "seq"), True), (("ref", "at"), False))

    db.create_tables([AuditEntry])
    create_append_only("audit_entry")

    class Job(Model):
        name = CharField(max_length=120)
        payload = TextField(default="{}")
        plugin = CharField(null=True, max_length=64)
        state = CharField(max_length=8, default="ready")
        run_at = BigIntegerField()
        lease_until = BigIntegerField(default=0)
        attempts = IntegerField(default=0)
        max_attempts = IntegerField(default=8)
        key = CharField(unique=True, null=True, max_length=200)
        worker = CharField(null=True, max_length=80)
        error = TextField(null=True)

        class Meta:
            database = db
            table_name = "job"
            indexes = ((("state", "run_at"), False),)

    db.create_tables([Job])

    class PluginFault(Model):
        plugin = CharField(max_length=64)
        hook = CharField(max_length=64)
        message = TextField()
        count = IntegerField(default=1)
        at = DateTimeField()
        paused_until = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "plugin_fault"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("plugin", "hook")

    db.create_tables([PluginFault])

    class PluginSetting(Model):
        plugin = CharField(primary_key=True, max_length=64)
        data = TextField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "plugin_setting"

    db.create_tables([PluginSetting])

    class PluginSwitch(Model):
        plugin = CharField(primary_key=True, max_length=64)
        enabled = BooleanField()
        changed_at = DateTimeField()

        class Meta:
            database = db
            table_name = "plugin_switch"

    db.create_tables([PluginSwitch])
