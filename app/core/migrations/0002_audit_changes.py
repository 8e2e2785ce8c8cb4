"""Before and after of what was audited, in rows that can be erased and not otherwise changed.

Rows of the chain that stand keep their chain of the day; new ones go to their object's chain.
"""

from peewee import CharField, CompositeKey, ForeignKeyField, Model, TextField

from app.core.db import create_erasable, is_sqlite


def up(migrator, db):
    class AuditEntry(Model):
        class Meta:
            database = db
            table_name = "audit_entry"

    class AuditChange(Model):
        entry = ForeignKeyField(AuditEntry, index=False)
        field = CharField(max_length=120)
        before = TextField(null=True)
        after = TextField(null=True)
        salt = CharField(max_length=32, null=True)

        class Meta:
            database = db
            table_name = "audit_change"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("entry", "field")

    db.create_tables([AuditChange])
    create_erasable("audit_change", keep=("entry_id", "field"), erase=("before", "after", "salt"))
