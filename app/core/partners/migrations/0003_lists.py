"""Custom fields, saved views, changes to many, and where a merged partner has gone."""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from app.core.db import is_sqlite


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    # As text: the migrator would rebuild SQLite's table.
    db.execute_sql(
        'ALTER TABLE "partner" ADD COLUMN "merged_into_id" INTEGER REFERENCES "partner" ("id")'
    )
    db.execute_sql('CREATE INDEX "partner_merged_into_id" ON "partner" ("merged_into_id")')

    class CustomField(Model):
        key = CharField(unique=True, max_length=40)
        label = CharField(max_length=80)
        help = CharField(max_length=300, default="")
        kind = CharField(max_length=12)
        required = BooleanField(default=False)
        choices = TextField(default="")
        position = IntegerField(default=0)
        visibility = CharField(max_length=8, default="internal")
        retired = BooleanField(default=False)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "custom_field"

    db.create_tables([CustomField])

    class CustomValue(Model):
        partner = ForeignKeyField(Partner, index=False)
        field = ForeignKeyField(CustomField, index=False)
        n = SmallIntegerField(default=0)
        text = TextField()
        text_key = TextField(default="")
        choice = CharField(max_length=80, null=True)
        number = BigIntegerField(null=True)
        day = DateField(null=True)

        class Meta:
            database = db
            table_name = "custom_value"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("partner", "field", "n")
            indexes = (
                (("field", "choice", "partner"), False),
                (("field", "number", "partner"), False),
                (("field", "day", "partner"), False),
            )

    db.create_tables([CustomValue])

    class SavedView(Model):
        name = CharField(max_length=60)
        owner = ForeignKeyField(User)
        shared = BooleanField(default=False)
        query = TextField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "saved_view"
            indexes = ((("owner", "name"), True),)

    db.create_tables([SavedView])

    class DefaultView(Model):
        user = ForeignKeyField(User, primary_key=True)
        view = ForeignKeyField(SavedView)

        class Meta:
            database = db
            table_name = "default_view"

    db.create_tables([DefaultView])

    class BulkChange(Model):
        at = DateTimeField()
        by = ForeignKeyField(User, index=False)
        action = CharField(max_length=60)
        rows = TextField()
        undone_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "bulk_change"

    db.create_tables([BulkChange])
