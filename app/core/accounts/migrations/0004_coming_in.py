"""Invitations, mailed links, second factors, half sessions, and who is who among staff."""

from peewee import (
    SQL,
    BigIntegerField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
)

from app.core.db import is_sqlite


def up(migrator, db):
    # As text: the migrator's add_column rebuilds SQLite's table for a column that is not null.
    truth = "INTEGER NOT NULL DEFAULT 0" if is_sqlite() else "BOOLEAN NOT NULL DEFAULT false"
    moment = "DATETIME" if is_sqlite() else "TIMESTAMP"
    for table, name, kind in (
        ("organisation", "second_factor_roles", "VARCHAR(80) NOT NULL DEFAULT ''"),
        ("user", "department", "VARCHAR(16) NOT NULL DEFAULT ''"),
        ("user", "is_executive", truth),
        ("user", "line_manager_id", 'INTEGER REFERENCES "user" ("id")'),
        ("user", "absent_from", "DATE"),
        ("user", "absent_until", "DATE"),
        ("user", "deputy_id", 'INTEGER REFERENCES "user" ("id")'),
        ("user_session", "waiting", truth),
        ("user_session", "confirmed_at", moment),
    ):
        db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {kind}')
    for name in ("line_manager_id", "deputy_id"):
        db.execute_sql(f'CREATE INDEX "user_{name}" ON "user" ("{name}")')

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Invitation(Model):
        token_hash = CharField(unique=True, max_length=64)
        name = CharField(max_length=200)
        email = CharField(max_length=254)
        role = CharField(max_length=16)
        contact_id = IntegerField(null=True)
        guest_ref = CharField(max_length=80, default="")
        locale = CharField(max_length=16, default="")
        invited_by = ForeignKeyField(User, null=True)
        sent_at = DateTimeField()
        expires_at = DateTimeField()
        ended_at = DateTimeField(null=True)
        outcome = CharField(max_length=10, default="")

        class Meta:
            database = db
            table_name = "invitation"

    Invitation.add_index(
        Invitation.contact_id,
        unique=True,
        where=SQL("ended_at IS NULL"),
        name="invitation_one_open_per_contact",
    )

    class MailedLink(Model):
        token_hash = CharField(unique=True, max_length=64)
        purpose = CharField(max_length=12)
        user = ForeignKeyField(User, on_delete="CASCADE")
        email = CharField(max_length=254, default="")
        expires_at = DateTimeField()

        class Meta:
            database = db
            table_name = "mailed_link"

    class SecondFactor(Model):
        user = ForeignKeyField(User, primary_key=True, on_delete="CASCADE")
        salt = CharField(max_length=64, default="")
        pending_salt = CharField(max_length=64, default="")
        since = DateTimeField(null=True)
        last_step = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "second_factor"

    class RecoveryCode(Model):
        user = ForeignKeyField(User, on_delete="CASCADE")
        code_hash = CharField(unique=True, max_length=64)
        used_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "recovery_code"

    db.create_tables([Invitation, MailedLink, SecondFactor, RecoveryCode])
