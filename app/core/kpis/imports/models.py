"""Imports on their way: drafts with their files and previews, remembered mappings, journals."""

from peewee import (
    AutoField,
    BlobField,
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.kpis.models import Import


class ImportDraft(Model):
    """Tables that somebody brought and has not imported yet, or just has."""

    id = AutoField()
    at = DateTimeField(default=clock.now)
    by = ForeignKeyField(User, backref="+", index=False)
    source = CharField(max_length=80, default="")  # the name under which mappings are remembered
    # matching, queued, checking, ready, applying, done, unusable
    state = CharField(max_length=10, default="matching")
    tables = TextField(default="[]")  # JSON: file, sheet, header, samples, mapping
    read = IntegerField(default=0)  # rows so far
    counts = TextField(default="{}")  # JSON: rows by outcome
    warnings = TextField(default="[]")
    fingerprint = CharField(max_length=64, default="")
    whole = IntegerField(default=1)  # 0: there were more faults than are kept
    message = CharField(max_length=500, default="")  # what became of it
    record = ForeignKeyField(Import, backref="+", null=True, index=False)


class ImportDraftFile(Model):
    """A file of a draft, as it was brought."""

    draft = ForeignKeyField(ImportDraft, backref="+", index=False, on_delete="CASCADE")
    n = IntegerField()
    name = CharField(max_length=200)
    content = BlobField()  # compressed

    class Meta:
        primary_key = CompositeKey("draft", "n")


class ImportDraftRow(Model):
    """What would become of one row of a draft."""

    draft = ForeignKeyField(ImportDraft, backref="+", index=False, on_delete="CASCADE")
    n = IntegerField()
    file = CharField(max_length=260)
    row = IntegerField()
    kind = CharField(max_length=8)
    outcome = CharField(max_length=10)
    about = TextField()
    change = TextField()
    column = CharField(max_length=200, default="")  # of a fault
    value = TextField(default="")
    expected = TextField(default="")

    class Meta:
        primary_key = CompositeKey("draft", "n")
        indexes = ((("draft", "outcome", "n"), False),)


class ImportMapping(Model):
    """How the tables of a source were matched the last time."""

    source = CharField(max_length=80)
    signature = CharField(max_length=64)  # of the headings
    mapping = TextField()  # JSON
    at = DateTimeField(default=clock.now)

    class Meta:
        primary_key = CompositeKey("source", "signature")


class ImportJournal(Model):
    """What an import needs to be undone."""

    record = ForeignKeyField(Import, primary_key=True, backref="+")
    content = BlobField()
