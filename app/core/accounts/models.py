"""The organisation, the people who sign in, and their sessions."""

from peewee import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
)

from app.core import clock
from app.core.db import Model

ROLES = ("admin", "manager", "viewer", "contact")
STAFF_ROLES = ("admin", "manager", "viewer")


class Organisation(Model):
    """The host: the one organisation that runs this desk (row 1)."""

    name = CharField(max_length=200)
    currency = CharField(max_length=3)
    timezone = CharField(max_length=64)
    locale = CharField(max_length=16, default="en")
    fiscal_year_start_month = SmallIntegerField(default=1)
    fiscal_year_label = CharField(max_length=8, default="ending")  # or "starting"
    four_eyes_required = BooleanField(default=False)  # nobody approves an own figure
    logo = CharField(max_length=64, default="")  # its file's name in the data folder; none: ""
    primary_colour = CharField(max_length=7, default="")  # #rrggbb; none: our own
    working_days = CharField(max_length=7, default="12345")  # ISO weekdays, Monday is 1
    opens_at = SmallIntegerField(default=9 * 60)  # local minutes since midnight
    closes_at = SmallIntegerField(default=17 * 60)
    holiday_country = CharField(max_length=2, default="")  # ISO 3166-1; none: no holidays
    holiday_subdivision = CharField(max_length=20, default="")
    version = IntegerField(default=1)
    created_at = DateTimeField(default=clock.now)


class HolidayChange(Model):
    """A day on which the organisation differs from the public holidays it follows."""

    day = DateField(primary_key=True)
    closed = BooleanField()  # True: an own day off; False: a public holiday on which we work
    name = CharField(max_length=100, default="")


class User(Model):
    """A person who can sign in: staff, or a partner's contact."""

    email = CharField(max_length=254, unique=True)  # stored lower-case
    name = CharField(max_length=200)
    role = CharField(max_length=16)
    password_hash = CharField(max_length=200, null=True)
    active = BooleanField(default=True)
    locale = CharField(max_length=16, null=True)
    theme = CharField(max_length=8, default="system")  # light, dark or system
    version = IntegerField(default=1)
    created_at = DateTimeField(default=clock.now)


class UserSession(Model):
    """A signed-in browser; deleting the row ends it at once."""

    token_hash = CharField(max_length=64, unique=True)
    user = ForeignKeyField(User, backref="+", on_delete="CASCADE")
    created_at = DateTimeField(default=clock.now)
    seen_at = DateTimeField(default=clock.now)
    address = CharField(max_length=64, default="")
    browser = CharField(max_length=200, default="")


class SignInFailure(Model):
    """A refused sign-in, counted per account and per network to slow guessing."""

    key = CharField(max_length=100)
    at = DateTimeField(default=clock.now)

    class Meta:
        indexes = ((("key", "at"), False),)
