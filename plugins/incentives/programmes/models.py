"""Programmes and what each of their versions says."""

from peewee import (
    SQL,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from app.api import Model


class Programme(Model):
    """A ladder of tiers with rewards, which partners are enrolled in."""

    name = CharField(max_length=120, unique=True)
    description = TextField(default="")  # for its partners, in their words
    currency = CharField(max_length=3)  # fixed once a version is published
    status = CharField(max_length=8, default="draft")  # draft, running, ended
    review_due = DateField(null=True)  # when the programme itself is looked at again
    ended_on = DateField(null=True)  # periods that are over by then are still paid
    ended_reason = CharField(max_length=500, default="")
    version = IntegerField(default=1)

    class Meta:
        table_name = "incentives_programme"


class Aim(Model):
    """A goal of a partnership that a programme serves, by its number; the goals are core's."""

    programme = ForeignKeyField(Programme, backref="+", index=False, on_delete="CASCADE")
    goal = IntegerField()

    class Meta:
        table_name = "incentives_programme_aim"
        primary_key = CompositeKey("programme", "goal")


class ProgrammeVersion(Model):
    """What a programme says from a day on; only a draft is ever changed.

    The database refuses every change of what is published, but for taking it back.
    """

    programme = ForeignKeyField(Programme, backref="+", index=False, on_delete="RESTRICT")
    number = SmallIntegerField()
    state = CharField(max_length=10, default="draft")  # draft, published, withdrawn
    definition = TextField()  # canonical JSON: programmes.definition
    previous = TextField(default="")  # a draft's definition before the last change: for undo
    sha256 = CharField(max_length=64)  # of the definition
    note = CharField(max_length=1000, default="")  # why it changes, for partners
    effective = DateField(null=True)  # from which day on it holds
    published_at = DateTimeField(null=True)
    published_by = IntegerField(null=True)  # the account's number; the name is core's
    withdrawn_reason = CharField(max_length=500, default="")
    version = IntegerField(default=1)

    class Meta:
        table_name = "incentives_programme_version"
        indexes = ((("programme", "number"), True),)


ProgrammeVersion.add_index(
    ProgrammeVersion.index(
        ProgrammeVersion.programme,
        unique=True,
        where=SQL("state = 'draft'"),
        name="incentives_programme_one_draft",
    )
)
