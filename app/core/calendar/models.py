"""The secret address of each person's calendar."""

from peewee import CharField, DateTimeField, ForeignKeyField

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model


class CalendarFeed(Model):
    """One person's calendar address; a new one takes the place of the former."""

    user = ForeignKeyField(User, backref="+", primary_key=True)
    token_hash = CharField(max_length=64, unique=True)
    created_at = DateTimeField(default=clock.now)
    used_at = DateTimeField(null=True)
