"""Links that open one task, whose acts they are, and what an administrator allows."""

from peewee import (
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    SmallIntegerField,
    TextField,
)

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.partners.models import Contact


class TaskLink(Model):
    """A secret address that opens one task for one contact; only its hash is kept."""

    token_hash = CharField(max_length=64, unique=True)
    purpose = CharField(max_length=64)
    ref = CharField(max_length=80)  # what the task is about: "partner:7"
    payload = TextField(default="{}")  # JSON: what exactly the link opens, as its purpose wrote it
    contact = ForeignKeyField(Contact, backref="+")
    address = CharField(max_length=254)  # where it was sent
    created_by = ForeignKeyField(User, backref="+", null=True, index=False)
    created_at = DateTimeField(default=clock.now)
    expires_at = DateTimeField()
    opened_at = DateTimeField(null=True)  # for the first time
    done_at = DateTimeField(null=True)
    revoked_at = DateTimeField(null=True)


class LinkPerson(Model):
    """The person in whose name a contact without an account acts through links.

    It is a row of `user` with the role "link" that can never sign in, so that figures, tasks and
    audit rows name somebody.
    """

    contact = ForeignKeyField(Contact, primary_key=True, backref="+")
    user = ForeignKeyField(User, backref="+", unique=True)


class LinkRule(Model):
    """What an administrator decided of a purpose; without a row its own default holds."""

    purpose = CharField(max_length=64, primary_key=True)
    allowed = BooleanField()
    days = SmallIntegerField()
