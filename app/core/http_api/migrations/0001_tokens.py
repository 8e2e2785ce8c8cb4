"""Tokens and kept answers, frozen as they were made."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class ApiToken(Model):
        name = CharField(max_length=100)
        token_hash = CharField(max_length=64, unique=True)
        ending = CharField(max_length=8)
        scopes = CharField(max_length=200)
        user = ForeignKeyField(User)
        created_by = ForeignKeyField(User, index=False)
        created_at = DateTimeField()
        expires_at = DateTimeField(null=True)
        used_at = DateTimeField(null=True)
        revoked_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "api_token"

    db.create_tables([ApiToken])

    class ApiAnswer(Model):
        token = ForeignKeyField(ApiToken, index=False)
        key = CharField(max_length=100)
        request_hash = CharField(max_length=64)
        status = IntegerField()
        answer = TextField()
        at = DateTimeField(index=True)

        class Meta:
            database = db
            table_name = "api_answer"
            indexes = ((("token", "key"), True),)

    db.create_tables([ApiAnswer])
