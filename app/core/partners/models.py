"""Partners, their contacts on both sides, and the profile that the partnership rests on."""

from peewee import (
    SQL,
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

TYPES = (
    "reseller",
    "referral",
    "technology",
    "content",
    "supplier",
    "distributor",
    "strategic",
    "other",
)
STATUSES = ("prospect", "onboarding", "active", "suspended", "exiting", "ended", "declined")
SIDES = ("host", "partner")
MATTERS = ("commercial", "finance", "legal", "technical", "marketing", "escalation")


class Partner(Model):
    """The counterpart organisation of a partnership."""

    code = CharField(max_length=32, unique=True)
    name = CharField(max_length=200)
    name_key = CharField(max_length=500, index=True)  # name and code, accents and case folded
    legal_name = CharField(max_length=200, default="")
    type = CharField(max_length=16)
    status = CharField(max_length=16, default="prospect", index=True)
    owner = ForeignKeyField(User, backref="+", null=True)
    start_date = DateField(null=True)
    end_date = DateField(null=True)
    currency = CharField(max_length=3)
    website = CharField(max_length=300, default="")
    selection_score = SmallIntegerField(null=True)  # 0-100, or unknown
    first_import_at = DateTimeField(null=True)
    created_at = DateTimeField(default=clock.now)
    created_by = ForeignKeyField(User, backref="+", null=True)
    version = IntegerField(default=1)


class PartnerTag(Model):
    """A word that the organisation files partners under."""

    partner = ForeignKeyField(Partner, backref="+")
    tag = CharField(max_length=60)

    class Meta:
        primary_key = CompositeKey("partner", "tag")
        indexes = ((("tag", "partner"), False),)


class PartnerTeam(Model):
    """Staff who work on a partnership beside its owner."""

    partner = ForeignKeyField(Partner, backref="+")
    user = ForeignKeyField(User, backref="+")

    class Meta:
        primary_key = CompositeKey("partner", "user")
        indexes = ((("user", "partner"), False),)


class PartnerProfile(Model):
    """What the partnership rests on; each saved version stays."""

    partner = ForeignKeyField(Partner, backref="+")
    n = IntegerField()
    goals = TextField(default="")
    strengths = TextField(default="")
    audience = TextField(default="")
    next_review = DateField(null=True)
    saved_at = DateTimeField(default=clock.now)
    saved_by = ForeignKeyField(User, backref="+", null=True)

    class Meta:
        indexes = ((("partner", "n"), True),)


class Contact(Model):
    """A person to reach, on the partner's side or on ours."""

    partner = ForeignKeyField(Partner, backref="+")
    side = CharField(max_length=8)
    name = CharField(max_length=200)
    email = CharField(max_length=254, default="")
    title = CharField(max_length=120, default="")
    level = CharField(max_length=16, default="operational")  # or executive
    matters = CharField(max_length=200, default="")  # space-separated words of MATTERS
    is_primary = BooleanField(default=False)
    can_sign = BooleanField(default=False)
    user = ForeignKeyField(User, backref="+", null=True)
    active = BooleanField(default=True)
    version = IntegerField(default=1)

    class Meta:
        indexes = ((("partner", "side"), False),)


Contact.add_index(
    Contact.partner,
    Contact.side,
    unique=True,
    where=SQL("is_primary"),
    name="contact_one_primary_per_side",
)
Contact.add_index(
    Contact.user,
    unique=True,
    where=SQL("side = 'partner'"),
    name="contact_one_portal_account",
)
