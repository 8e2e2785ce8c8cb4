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
from app.core.partners import profiles

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
MATURITIES = ("transactional", "developing", "strategic")
CHANNELS = ("email", "call", "meeting", "chat", "visit", "other")
DIRECTIONS = ("out", "in")
GOAL_SIDES = ("mutual", "host", "partner")
HORIZONS = ("short", "long")
COMPATIBILITIES = ("compatible", "tension", "conflict")
GOAL_STATUSES = ("open", "achieved", "dropped")
VISIBILITIES = ("internal", "shared")


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
    maturity = CharField(max_length=16, default="")  # of MATURITIES; empty: not judged yet
    timezone = CharField(max_length=64, default="")  # IANA; empty: the organisation's
    locale = CharField(max_length=16, default="")  # the language to write in; empty: ours
    matters = CharField(max_length=200, default="")  # in use; empty: those that anybody has
    first_import_at = DateTimeField(null=True)
    created_at = DateTimeField(default=clock.now)
    created_by = ForeignKeyField(User, backref="+", null=True)
    # The partner that this one's records went to; nobody reads it as a partner any more.
    merged_into = ForeignKeyField("self", backref="+", null=True, index=False)
    version = IntegerField(default=1)


Partner.add_index(
    Partner.merged_into, where=SQL("merged_into_id IS NOT NULL"), name="partner_merged"
)
# With the column of its condition, so that counting by status reads the index alone.
Partner.add_index(
    Partner.status,
    Partner.merged_into,
    where=SQL("merged_into_id IS NULL"),
    name="partner_present",
)


class PartnerTag(Model):
    """A word that the organisation files partners under."""

    partner = ForeignKeyField(Partner, backref="+")
    tag = CharField(max_length=60)

    class Meta:
        primary_key = CompositeKey("partner", "tag")
        indexes = ((("tag", "partner"), False),)


class PartnerRegion(Model):
    """A region that a partner works in, in the organisation's own words."""

    partner = ForeignKeyField(Partner, backref="+")
    region = CharField(max_length=60)

    class Meta:
        primary_key = CompositeKey("partner", "region")
        indexes = ((("region", "partner"), False),)


class PartnerTeam(Model):
    """Staff who work on a partnership beside its owner."""

    partner = ForeignKeyField(Partner, backref="+")
    user = ForeignKeyField(User, backref="+")

    class Meta:
        primary_key = CompositeKey("partner", "user")
        indexes = ((("user", "partner"), False),)


class PartnerProfile(Model):
    """What the partnership rests on; each saved version stays.

    Goals, strengths, resources and audiences are JSON lists as `app.core.partners.profiles` reads
    and writes them; a part about which nothing was written is the empty text, never "[]".
    """

    partner = ForeignKeyField(Partner, backref="+")
    n = IntegerField()
    goals = TextField(default="")
    motivations = TextField(default="")
    strengths = TextField(default="")
    resources = TextField(default="")
    weaknesses = TextField(default="")
    core_values = TextField(default="")
    positioning = TextField(default="")
    challenges = TextField(default="")
    expectations = TextField(default="")
    audiences = TextField(default="")
    next_review = DateField(null=True)
    saved_at = DateTimeField(default=clock.now)
    saved_by = ForeignKeyField(User, backref="+", null=True)

    class Meta:
        indexes = ((("partner", "n"), True),)

    def rows(self, part: str) -> list[dict[str, str]]:
        """The items of a list part."""
        return profiles.rows_of(getattr(self, part))


PartnerProfile.add_index(PartnerProfile.next_review, name="partner_profile_due")


class Contact(Model):
    """A person to reach, on the partner's side or on ours."""

    partner = ForeignKeyField(Partner, backref="+")
    side = CharField(max_length=8)
    name = CharField(max_length=200)
    email = CharField(max_length=254, default="")
    title = CharField(max_length=120, default="")
    level = CharField(max_length=16, default="operational")  # or executive
    department = CharField(max_length=60, default="")
    locale = CharField(max_length=16, default="")  # empty: the partner's
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


class Interaction(Model):
    """An occasion on which both sides spoke; internal, contacts never see it."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    at = DateTimeField()
    channel = CharField(max_length=8)
    direction = CharField(max_length=4)
    matter = CharField(max_length=16, default="")  # of MATTERS, or none
    others = CharField(max_length=500, default="")  # who took part beside the contacts
    summary = TextField()
    created_by = ForeignKeyField(User, backref="+", null=True)
    version = IntegerField(default=1)

    class Meta:
        indexes = ((("partner", "at"), False),)


class InteractionContact(Model):
    """A contact, of either side, who took part."""

    interaction = ForeignKeyField(Interaction, backref="+", on_delete="CASCADE")
    contact = ForeignKeyField(Contact, backref="+")

    class Meta:
        primary_key = CompositeKey("interaction", "contact")


class PartnerGoal(Model):
    """What one side or both want to reach together; shared ones stand in the portal."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    statement = CharField(max_length=500)
    side = CharField(max_length=8)
    horizon = CharField(max_length=8)
    outcomes = TextField(default="")  # what is expected of it
    compatibility = CharField(max_length=12, default="compatible")
    compatibility_note = CharField(max_length=1000, default="")
    status = CharField(max_length=12, default="open")
    result = TextField(default="")  # what came of it, once achieved or dropped
    visibility = CharField(max_length=8, default="internal")
    created_at = DateTimeField(default=clock.now)
    created_by = ForeignKeyField(User, backref="+", null=True)
    version = IntegerField(default=1)

    class Meta:
        indexes = ((("partner", "status"), False),)
