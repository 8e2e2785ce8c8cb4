"""The organisation, the people who sign in, and their sessions."""

from peewee import (
    SQL,
    BigIntegerField,
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

ROLES = ("admin", "manager", "viewer", "contact", "guest")
STAFF_ROLES = ("admin", "manager", "viewer")
# Of the row in whose name a contact without an account acts through links: nobody signs in as it.
LINK_ROLE = "link"
PARTNER_ROLES = ("contact", LINK_ROLE)
DEPARTMENTS = ("marketing", "finance", "legal", "operations", "hr", "sales", "other")


class Organisation(Model):
    """The host: the one organisation that runs this desk (row 1)."""

    name = CharField(max_length=200)
    currency = CharField(max_length=3)
    timezone = CharField(max_length=64)
    locale = CharField(max_length=16, default="en")
    fiscal_year_start_month = SmallIntegerField(default=1)
    fiscal_year_label = CharField(max_length=8, default="ending")  # or "starting"
    four_eyes_required = BooleanField(default=False)  # nobody approves an own figure
    # Space-separated roles whose people must have a second factor.
    second_factor_roles = CharField(max_length=80, default="")
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
    department = CharField(max_length=16, default="")  # of DEPARTMENTS, for staff; else ""
    is_executive = BooleanField(default=False)
    line_manager = ForeignKeyField("self", backref="+", null=True)
    absent_from = DateField(null=True)
    absent_until = DateField(null=True)  # the last day of the absence
    deputy = ForeignKeyField("self", backref="+", null=True)
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
    waiting = BooleanField(default=False)  # the password was right, the second factor is awaited
    confirmed_at = DateTimeField(null=True)  # when the person last proved who they are


class SignInFailure(Model):
    """A try that was not right, or is being made: counted by key to slow guessing."""

    key = CharField(max_length=100)
    at = DateTimeField(default=clock.now)

    class Meta:
        indexes = ((("key", "at"), False),)


class Invitation(Model):
    """Somebody who was asked by e-mail to come in; the account is made when they accept."""

    token_hash = CharField(max_length=64, unique=True)
    name = CharField(max_length=200)
    email = CharField(max_length=254)  # stored lower-case
    role = CharField(max_length=16)
    # Without a foreign key: partners' tables are made after these.
    contact_id = IntegerField(null=True)
    guest_ref = CharField(max_length=80, default="")  # the one object that a guest may see
    locale = CharField(max_length=16, default="")
    invited_by = ForeignKeyField(User, backref="+", null=True)
    sent_at = DateTimeField(default=clock.now)
    expires_at = DateTimeField()
    ended_at = DateTimeField(null=True)
    outcome = CharField(max_length=10, default="")  # accepted or revoked


Invitation.add_index(
    Invitation.contact_id,
    unique=True,
    where=SQL("ended_at IS NULL"),
    name="invitation_one_open_per_contact",
)


class MailedLink(Model):
    """A link in somebody's mailbox that works once; the row goes when it is used."""

    token_hash = CharField(max_length=64, unique=True)
    purpose = CharField(max_length=12)  # reset, email or email_old
    user = ForeignKeyField(User, backref="+", on_delete="CASCADE")
    email = CharField(max_length=254, default="")  # the new address that is to be confirmed
    expires_at = DateTimeField()
    confirmed_at = DateTimeField(null=True)  # one mailbox has said yes, the other has not yet


class SecondFactor(Model):
    """A person's authenticator app; its secret is made of the salt and the installation's key."""

    user = ForeignKeyField(User, backref="+", primary_key=True, on_delete="CASCADE")
    salt = CharField(max_length=64, default="")  # empty: none is set up
    pending_salt = CharField(max_length=64, default="")  # shown, not confirmed by a code yet
    # The fingerprint of the key of which the secret is made; empty: of before they were noted.
    key_id = CharField(max_length=8, default="")
    since = DateTimeField(null=True)
    last_step = BigIntegerField(default=0)  # the half minute of the last code: each works once


class RecoveryCode(Model):
    """A code for whoever has lost the authenticator app; works once."""

    user = ForeignKeyField(User, backref="+", on_delete="CASCADE")
    code_hash = CharField(max_length=64, unique=True)
    used_at = DateTimeField(null=True)
