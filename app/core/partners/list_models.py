"""Fields that an organisation adds to its partners, saved views of the list, changes to many."""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.partners.models import Partner


class CustomField(Model):
    """A fact that this organisation keeps of its partners, beside those that every desk has."""

    key = CharField(max_length=40, unique=True)  # stable: imports, exports and addresses name it
    label = CharField(max_length=80)
    help = CharField(max_length=300, default="")
    kind = CharField(max_length=12)  # fixed once made: see fields.rules.KINDS
    required = BooleanField(default=False)
    choices = TextField(default="")  # one per line
    position = IntegerField(default=0)
    visibility = CharField(max_length=8, default="internal")  # or shared: the portal shows it
    retired = BooleanField(default=False)
    version = IntegerField(default=1)


class CustomValue(Model):
    """What one partner has in one custom field; of several choices, each has a row."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    field = ForeignKeyField(CustomField, backref="+", index=False)
    n = SmallIntegerField(default=0)
    text = TextField()  # as `fields.rules.parse` reads it back
    text_key = TextField(default="")  # folded, for searching; empty where nobody searches by it
    choice = CharField(max_length=80, null=True)  # of a choice, or "yes" and "no"
    number = BigIntegerField(null=True)  # millionths
    day = DateField(null=True)

    class Meta:
        primary_key = CompositeKey("partner", "field", "n")
        indexes = (
            (("field", "choice", "partner"), False),
            (("field", "number", "partner"), False),
            (("field", "day", "partner"), False),
        )


class SavedView(Model):
    """A way of looking at the list of partners: filters, order and columns under a name."""

    name = CharField(max_length=60)
    owner = ForeignKeyField(User, backref="+")
    shared = BooleanField(default=False)  # with all staff
    query = TextField()  # the list's address after the question mark
    version = IntegerField(default=1)

    class Meta:
        indexes = ((("owner", "name"), True),)


class DefaultView(Model):
    """The view that somebody's list opens with."""

    user = ForeignKeyField(User, backref="+", primary_key=True)
    view = ForeignKeyField(SavedView, backref="+")


class BulkChange(Model):
    """One change made to many partners at once, with what stood before: it can be undone."""

    at = DateTimeField(default=clock.now)
    by = ForeignKeyField(User, backref="+", index=False)
    action = CharField(max_length=60)
    rows = TextField()  # JSON: partner id, before, after
    undone_at = DateTimeField(null=True)
