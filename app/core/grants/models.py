"""Who may see one object although their role does not let them, and until when."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model

KINDS = ("guest", "glass")


class Grant(Model):
    """One object opened to one person for a time."""

    ref = CharField(max_length=80)
    kind = CharField(max_length=8)  # of KINDS: an invited guest, or an administrator in need
    user = ForeignKeyField(User, backref="+", null=True)  # none until the invitation is accepted
    invitation_id = IntegerField(null=True, index=True)
    name = CharField(max_length=200)
    email = CharField(max_length=254)
    reason = CharField(max_length=500)
    granted_by = ForeignKeyField(User, backref="+", null=True, index=False)
    granted_at = DateTimeField(default=clock.now)
    until = DateTimeField()
    revoked_at = DateTimeField(null=True)

    class Meta:
        table_name = "object_grant"
        indexes = ((("ref", "kind"), False),)
