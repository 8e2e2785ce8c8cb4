"""The first tables of this part, frozen as they were made."""

from peewee import (
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
)


def up(migrator, db):
    class Organisation(Model):
        name = CharField(max_length=200)
        currency = CharField(max_length=3)
        timezone = CharField(max_length=64)
        locale = CharField(max_length=16, default="en")
        fiscal_year_start_month = SmallIntegerField(default=1)
        fiscal_year_label = CharField(max_length=8, default="ending")
        version = IntegerField(default=1)
        created_at = DateTimeField()

        class Meta:
            database = db
            table_name = "organisation"

    db.create_tables([Organisation])

    class SignInFailure(Model):
        key = CharField(max_length=100)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "sign_in_failure"
            indexes = ((("key", "at"), False),)

    db.create_tables([SignInFailure])

    class User(Model):
        email = CharField(unique=True, max_length=254)
        name = CharField(max_length=200)
        role = CharField(max_length=16)
        password_hash = CharField(null=True, max_length=200)
        active = BooleanField(default=True)
        locale = CharField(null=True, max_length=16)
        theme = CharField(max_length=8, default="system")
        version = IntegerField(default=1)
        created_at = DateTimeField()

        class Meta:
            database = db
            table_name = "user"

    db.create_tables([User])

    class UserSession(Model):
        token_hash = CharField(unique=True, max_length=64)
        user = ForeignKeyField(User, on_delete="CASCADE")
        created_at = DateTimeField()
        seen_at = DateTimeField()
        address = CharField(max_length=64, default="")
        browser = CharField(max_length=200, default="")

        class Meta:
            database = db
            table_name = "user_session"

    db.create_tables([UserSession])
