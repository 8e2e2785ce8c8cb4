"""Documents of a partnership; each version is a stored file that never changes."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.files.models import StoredFile
from app.core.partners.models import Partner

KINDS = ("", "agreement", "report", "presentation", "minutes", "brand", "policy", "finance")


class Document(Model):
    """What a document is called and who sees it; withdrawn ones stay, unseen by contacts."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    title = CharField(max_length=200)
    title_key = CharField(max_length=500)  # accents and case folded, for the search
    kind = CharField(max_length=16, default="")  # of KINDS
    visibility = CharField(max_length=8, default="internal")
    side = CharField(max_length=8, default="host")  # who brought it in
    latest = IntegerField(default=0)  # the number of its newest version
    changed_at = DateTimeField(default=clock.now)
    created_at = DateTimeField(default=clock.now)
    created_by = ForeignKeyField(User, backref="+", null=True, index=False)
    withdrawn_at = DateTimeField(null=True)
    withdrawn_by = ForeignKeyField(User, backref="+", null=True, index=False)
    withdrawal = CharField(max_length=1000, default="")  # why
    version = IntegerField(default=1)

    class Meta:
        indexes = ((("partner", "changed_at"), False),)


class DocumentVersion(Model):
    """A version of a document: written once, never changed, never deleted."""

    document = ForeignKeyField(Document, backref="+", index=False)
    n = IntegerField()
    file = ForeignKeyField(StoredFile, backref="+", unique=True)
    note = CharField(max_length=1000, default="")
    side = CharField(max_length=8)
    added_by = ForeignKeyField(User, backref="+", null=True, index=False)
    added_at = DateTimeField(default=clock.now)

    class Meta:
        indexes = ((("document", "n"), True),)
