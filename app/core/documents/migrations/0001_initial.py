"""The first tables of this part, frozen as they were made."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class StoredFile(Model):
        class Meta:
            database = db
            table_name = "stored_file"

    class Document(Model):
        partner = ForeignKeyField(Partner, index=False)
        title = CharField(max_length=200)
        title_key = CharField(max_length=500)
        kind = CharField(max_length=16, default="")
        visibility = CharField(max_length=8, default="internal")
        side = CharField(max_length=8, default="host")
        latest = IntegerField(default=0)
        changed_at = DateTimeField()
        created_at = DateTimeField()
        created_by = ForeignKeyField(User, null=True, index=False)
        withdrawn_at = DateTimeField(null=True)
        withdrawn_by = ForeignKeyField(User, null=True, index=False)
        withdrawal = CharField(max_length=1000, default="")
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "document"
            indexes = ((("partner", "changed_at"), False),)

    class DocumentVersion(Model):
        document = ForeignKeyField(Document, index=False)
        n = IntegerField()
        file = ForeignKeyField(StoredFile, unique=True)
        note = CharField(max_length=1000, default="")
        side = CharField(max_length=8)
        added_by = ForeignKeyField(User, null=True, index=False)
        added_at = DateTimeField()

        class Meta:
            database = db
            table_name = "document_version"
            indexes = ((("document", "n"), True),)

    db.create_tables([Document, DocumentVersion])
