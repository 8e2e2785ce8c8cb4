"""Imports have drafts, remembered mappings and a journal by which they can be undone."""

from peewee import (
    AutoField,
    BlobField,
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from app.core.db import is_sqlite


def up(migrator, db):
    moment = "DATETIME" if is_sqlite() else "TIMESTAMP"
    db.execute_sql("ALTER TABLE import ADD COLUMN source VARCHAR(80) NOT NULL DEFAULT ''")
    db.execute_sql("ALTER TABLE import ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0")
    db.execute_sql(f"ALTER TABLE import ADD COLUMN undone_at {moment}")
    user = "REFERENCES user (id)" if is_sqlite() else 'REFERENCES "user" (id)'
    db.execute_sql(f"ALTER TABLE import ADD COLUMN undone_by_id INTEGER {user}")

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Import(Model):
        class Meta:
            database = db
            table_name = "import"

    class ImportDraft(Model):
        id = AutoField()
        at = DateTimeField()
        by = ForeignKeyField(User, index=False)
        source = CharField(max_length=80, default="")
        state = CharField(max_length=10, default="matching")
        tables = TextField(default="[]")
        read = IntegerField(default=0)
        counts = TextField(default="{}")
        warnings = TextField(default="[]")
        fingerprint = CharField(max_length=64, default="")
        whole = IntegerField(default=1)
        message = CharField(max_length=500, default="")
        record = ForeignKeyField(Import, null=True, index=False)

        class Meta:
            database = db
            table_name = "import_draft"

    class ImportDraftFile(Model):
        draft = ForeignKeyField(ImportDraft, index=False, on_delete="CASCADE")
        n = IntegerField()
        name = CharField(max_length=200)
        content = BlobField()

        class Meta:
            database = db
            table_name = "import_draft_file"
            primary_key = CompositeKey("draft", "n")

    class ImportDraftRow(Model):
        draft = ForeignKeyField(ImportDraft, index=False, on_delete="CASCADE")
        n = IntegerField()
        file = CharField(max_length=260)
        row = IntegerField()
        kind = CharField(max_length=8)
        outcome = CharField(max_length=10)
        about = TextField()
        change = TextField()
        column = CharField(max_length=200, default="")
        value = TextField(default="")
        expected = TextField(default="")

        class Meta:
            database = db
            table_name = "import_draft_row"
            primary_key = CompositeKey("draft", "n")
            indexes = ((("draft", "outcome", "n"), False),)

    class ImportMapping(Model):
        source = CharField(max_length=80)
        signature = CharField(max_length=64)
        mapping = TextField()
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "import_mapping"
            primary_key = CompositeKey("source", "signature")

    class ImportJournal(Model):
        record = ForeignKeyField(Import, primary_key=True)
        content = BlobField()

        class Meta:
            database = db
            table_name = "import_journal"

    db.create_tables([ImportDraft, ImportDraftFile, ImportDraftRow, ImportMapping, ImportJournal])
