"""What surrounds a figure: evidence, comments, what its restatement changed, declared misses."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, TextField

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.files.models import StoredFile
from app.core.kpis.models import Kpi, Revision
from app.core.partners.models import Partner


class Evidence(Model):
    """A file that supports a revision; it stays with it."""

    revision = ForeignKeyField(Revision, backref="+", index=False)
    file = ForeignKeyField(StoredFile, backref="+")

    class Meta:
        indexes = ((("revision", "file"), True),)


class ValueComment(Model):
    """What somebody said of a partner's KPI in a period."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    period = IntegerField()
    visibility = CharField(max_length=8)  # internal or shared; a contact's is shared
    text = TextField()
    written_by = ForeignKeyField(User, backref="+", index=False)
    written_at = DateTimeField(default=clock.now)

    class Meta:
        indexes = ((("partner", "kpi", "period"), False),)


class RevisionImpact(Model):
    """What an approved restatement changed, as it was told at its approval."""

    revision = ForeignKeyField(Revision, backref="+", primary_key=True)
    effects = TextField()  # JSON: a list of label, before, after, link


class Unlocking(Model):
    """Why an administrator opened a locked figure."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    period = IntegerField()
    reason = CharField(max_length=1000)
    unlocked_by = ForeignKeyField(User, backref="+", index=False)
    unlocked_at = DateTimeField(default=clock.now)

    class Meta:
        indexes = ((("partner", "kpi"), False),)


class DeclaredMiss(Model):
    """An unreported figure that a manager declared missed; withdrawn ones stay as history."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    period = IntegerField()
    reason = CharField(max_length=1000)
    declared_by = ForeignKeyField(User, backref="+", index=False)
    declared_at = DateTimeField(default=clock.now)
    withdrawn_by = ForeignKeyField(User, backref="+", null=True, index=False)
    withdrawn_at = DateTimeField(null=True)


DeclaredMiss.add_index(
    DeclaredMiss.partner,
    DeclaredMiss.kpi,
    DeclaredMiss.period,
    unique=True,
    where=DeclaredMiss.withdrawn_at.is_null(),
    name="declared_miss_standing",
)
