"""Files that people upload: what is known of each; its content lies in the data folder."""

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model


class StoredFile(Model):
    """One stored file. Who may read it is asked of its owner: see `owners`."""

    key = CharField(max_length=32, unique=True)  # random: its name on disk
    owner = CharField(max_length=32)  # the kind of record that it belongs to: "kpi_evidence"
    name = CharField(max_length=200)  # as its uploader called it: for display only
    content_type = CharField(max_length=100)
    size = IntegerField()  # bytes, as stored
    sha256 = CharField(max_length=64)  # of the stored bytes
    has_preview = BooleanField(default=False)
    uploaded_by = ForeignKeyField(User, backref="+", null=True, index=False)
    uploaded_at = DateTimeField(default=clock.now)

    class Meta:
        indexes = ((("owner", "uploaded_at"), False), (("uploaded_by", "uploaded_at"), False))
