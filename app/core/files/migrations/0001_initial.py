"""The first tables of this part, frozen as they were made."""

from peewee import (
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
)


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class StoredFile(Model):
        key = CharField(max_length=32, unique=True)
        owner = CharField(max_length=32)
        name = CharField(max_length=200)
        content_type = CharField(max_length=100)
        size = IntegerField()
        sha256 = CharField(max_length=64)
        has_preview = BooleanField(default=False)
        uploaded_by = ForeignKeyField(User, null=True, index=False)
        uploaded_at = DateTimeField()

        class Meta:
            database = db
            table_name = "stored_file"
            indexes = ((("owner", "uploaded_at"), False),)

    db.create_tables([StoredFile])
