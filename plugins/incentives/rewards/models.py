"""What partners were given besides money, and what they were recognised for."""

from peewee import (
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from app.api import Model, Partner
from plugins.incentives.programmes.models import Programme, ProgrammeVersion


class Grant(Model):
    """A benefit of a programme that a partner is owed for a period, and what became of it.

    A reward is the same as long as its programme gives it the same key, so that a new version of
    the programme grants nothing twice.
    """

    programme = ForeignKeyField(Programme, backref="+", index=False, on_delete="RESTRICT")
    programme_version = ForeignKeyField(ProgrammeVersion, backref="+", on_delete="RESTRICT")
    reward = CharField(max_length=40)  # its key in the version's definition
    partner = ForeignKeyField(Partner, backref="+", on_delete="CASCADE")
    period = IntegerField()
    tier = CharField(max_length=40)  # held at the period's first day
    state = CharField(max_length=10, default="granted", index=True)
    granted_at = DateTimeField()
    expires_on = DateField(null=True)  # the last day; null: owed until it is given
    task = IntegerField(null=True)  # that asks staff to give it
    fulfilled_at = DateTimeField(null=True)
    fulfilled_by = IntegerField(null=True)  # the account's number; the name is core's
    note = CharField(max_length=1000, default="")  # what shows that it was given
    evidence = IntegerField(null=True, unique=True)  # a stored file
    reason = CharField(max_length=500, default="")  # why it was taken back
    version = IntegerField(default=1)

    class Meta:
        table_name = "incentives_grant"
        indexes = ((("programme", "reward", "partner", "period"), True),)


class Recognition(Model):
    """Something that a partner is honoured for; a draft until somebody publishes it."""

    partner = ForeignKeyField(Partner, backref="+", index=False, on_delete="CASCADE")
    kind = CharField(max_length=12)  # milestone, target_met, tier_reached, award, other
    title = CharField(max_length=120)
    text = TextField(default="")
    day = DateField()
    state = CharField(max_length=10, default="draft", index=True)
    audience = CharField(max_length=8, default="own")  # own, all: whose contacts may read it
    source = CharField(max_length=80, null=True)  # its occasion: recognised once
    ref = CharField(max_length=80, default="")  # what it is about, where it can be seen
    signatory = CharField(max_length=120, default="")  # whose name the certificate bears
    created_at = DateTimeField()
    created_by = IntegerField(null=True)  # accounts' numbers; null: the desk itself
    published_at = DateTimeField(null=True)
    published_by = IntegerField(null=True)
    reason = CharField(max_length=500, default="")  # why it was dismissed or taken back
    version = IntegerField(default=1)

    class Meta:
        table_name = "incentives_recognition"
        indexes = ((("partner", "source"), True), (("state", "day"), False))
