"""Tables of the mechanism itself: plugin switches and settings, jobs, audit."""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from app.core import clock
from app.core.chains import ChainedModel
from app.core.db import Model


class PluginSwitch(Model):
    """Whether a found plugin is on; a plugin without a row is on."""

    plugin = CharField(max_length=64, primary_key=True)
    enabled = BooleanField()
    changed_at = DateTimeField(default=clock.now)


class PluginSetting(Model):
    """One plugin's settings as JSON, as its settings form validated them."""

    plugin = CharField(max_length=64, primary_key=True)
    data = TextField()
    version = IntegerField(default=1)


class PluginFault(Model):
    """The last fault of one plugin's hook, for the Plugins page of every process."""

    plugin = CharField(max_length=64)
    hook = CharField(max_length=64)
    message = TextField()
    count = IntegerField(default=1)
    at = DateTimeField(default=clock.now)
    paused_until = DateTimeField(null=True)

    class Meta:
        primary_key = CompositeKey("plugin", "hook")


class Job(Model):
    """Work that outlives the request which asked for it: delivered at least once."""

    name = CharField(max_length=120)
    payload = TextField(default="{}")
    plugin = CharField(max_length=64, null=True)  # jobs of a plugin that is off are not claimed
    state = CharField(max_length=8, default="ready")  # ready, running, done, dead
    run_at = BigIntegerField()  # milliseconds since 1970, database time
    lease_until = BigIntegerField(default=0)
    attempts = IntegerField(default=0)
    max_attempts = IntegerField(default=8)
    key = CharField(max_length=200, null=True, unique=True)  # one per schedule slot
    worker = CharField(max_length=80, null=True)
    error = TextField(null=True)
    claimed_at = BigIntegerField(null=True, index=True)  # by a worker, of the last attempt
    ended_at = BigIntegerField(null=True)  # of the last attempt

    class Meta:
        indexes = ((("state", "run_at"), False), (("name", "ended_at"), False))


class AuditEntry(ChainedModel):
    """One link of a hash chain: who did what to which object, and when."""

    at = DateTimeField(default=clock.now)
    actor = CharField(max_length=80)  # "user:7", "system", "import:3"
    action = CharField(max_length=80)  # "partner.saved"
    ref = CharField(max_length=80)  # "partner:12"
    detail = TextField()  # canonical JSON: ids, field names, commitments; never personal text
    address = CharField(max_length=64, default="")

    class Meta:
        indexes = ((("chain", "seq"), True), (("ref", "at"), False))


class AuditChange(Model):
    """One field's text before and after, behind a commitment in its link of the chain.

    Erasing sets both texts and the salt to NULL; a trigger refuses every other change.
    """

    entry = ForeignKeyField(AuditEntry, backref="+", index=False)
    field = CharField(max_length=120)
    before = TextField(null=True)  # canonical JSON; "null": nothing; NULL: erased
    after = TextField(null=True)
    salt = CharField(max_length=32, null=True)

    class Meta:
        primary_key = CompositeKey("entry", "field")


class PendingErasure(Model):
    """An erased person's part in a plugin that is off: ids alone, no name."""

    plugin = CharField(max_length=64)
    alias = CharField(max_length=40)
    user_id = IntegerField(null=True)
    contacts = TextField(default="[]")  # JSON: ids
    at = DateTimeField(default=clock.now)


class Retention(Model):
    """For how many days something is kept; None: as long as the desk stands."""

    key = CharField(max_length=40, primary_key=True)
    days = IntegerField(null=True)
