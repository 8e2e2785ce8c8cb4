"""Grants, frozen as they were made."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Grant(Model):
        ref = CharField(max_length=80)
        kind = CharField(max_length=8)
        user = ForeignKeyField(User, null=True)
        invitation_id = IntegerField(null=True, index=True)
        name = CharField(max_length=200)
        email = CharField(max_length=254)
        reason = CharField(max_length=500)
        granted_by = ForeignKeyField(User, null=True, index=False)
        granted_at = DateTimeField()
        until = DateTimeField()
        revoked_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "object_grant"
            indexes = ((("ref", "kind"), False),)

    db.create_tables([Grant])
