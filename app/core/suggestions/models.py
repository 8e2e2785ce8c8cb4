"""What was suggested about a partner, and what staff made of it."""

from peewee import CharField, DateTimeField, ForeignKeyField, TextField

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.partners.models import Partner

STATES = ("new", "accepted", "dismissed", "expired")


class StoredSuggestion(Model):
    """A suggestion to the staff of a partner; contacts never see it."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kind = CharField(max_length=64)  # a registered `SuggestionKind`
    title = CharField(max_length=200)
    text = TextField(default="")
    evidence = TextField(default="[]")  # JSON: refs
    source = CharField(max_length=64, default="")  # the plugin that suggested it; empty: core
    # Kind and key while it waits or was dismissed, so that nobody is asked the same again.
    live_key = CharField(max_length=280, null=True, unique=True)
    suggested_at = DateTimeField(default=clock.now)
    state = CharField(max_length=10, default="new")  # of STATES
    made = CharField(max_length=80, default="")  # the ref of what was made of it
    reason = CharField(max_length=1000, default="")
    decided_at = DateTimeField(null=True)
    decided_by = ForeignKeyField(User, backref="+", null=True, index=False)

    class Meta:
        table_name = "suggestion"
        indexes = ((("partner", "state"), False), (("state", "suggested_at"), False))
