"""Links, whose acts they are, and rules; frozen as they were made."""

from peewee import (
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    Model,
    SmallIntegerField,
    TextField,
)


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Contact(Model):
        class Meta:
            database = db
            table_name = "contact"

    class TaskLink(Model):
        token_hash = CharField(max_length=64, unique=True)
        purpose = CharField(max_length=64)
        ref = CharField(max_length=80)
        payload = TextField(default="{}")
        contact = ForeignKeyField(Contact)
        address = CharField(max_length=254)
        created_by = ForeignKeyField(User, null=True, index=False)
        created_at = DateTimeField()
        expires_at = DateTimeField()
        opened_at = DateTimeField(null=True)
        done_at = DateTimeField(null=True)
        revoked_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "task_link"

    class LinkPerson(Model):
        contact = ForeignKeyField(Contact, primary_key=True)
        user = ForeignKeyField(User, unique=True)

        class Meta:
            database = db
            table_name = "link_person"

    class LinkRule(Model):
        purpose = CharField(max_length=64, primary_key=True)
        allowed = BooleanField()
        days = SmallIntegerField()

        class Meta:
            database = db
            table_name = "link_rule"

    db.create_tables([TaskLink, LinkPerson, LinkRule])
