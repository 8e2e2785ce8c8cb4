"""Tokens of the HTTP API, and the answers that are kept so that a request counts once."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, TextField

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model


class ApiToken(Model):
    """A secret with which a program acts in a person's name, within a few scopes."""

    name = CharField(max_length=100)
    token_hash = CharField(max_length=64, unique=True)
    ending = CharField(max_length=8)  # the last characters, to tell tokens apart
    scopes = CharField(max_length=200)  # words, separated by blanks
    user = ForeignKeyField(User, backref="+")  # whose rights it has; a contact's are its partner's
    created_by = ForeignKeyField(User, backref="+", index=False)
    created_at = DateTimeField(default=clock.now)
    expires_at = DateTimeField(null=True)
    used_at = DateTimeField(null=True)
    revoked_at = DateTimeField(null=True)


class ApiAnswer(Model):
    """What a request with an idempotency key was answered."""

    token = ForeignKeyField(ApiToken, backref="+", index=False)
    key = CharField(max_length=100)
    request_hash = CharField(max_length=64)
    status = IntegerField()
    answer = TextField()
    at = DateTimeField(default=clock.now, index=True)

    class Meta:
        indexes = ((("token", "key"), True),)
