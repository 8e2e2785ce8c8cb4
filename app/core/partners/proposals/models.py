"""Proposals, and the fields that each of them would change."""

from peewee import CharField, DateTimeField, ForeignKeyField, TextField

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.partners.models import Contact, Partner

KINDS = ("facts", "profile", "contact_added", "contact_changed", "contact_left")
STATES = ("open", "accepted", "declined", "withdrawn", "replaced")


class Proposal(Model):
    """What a contact proposes at once: of one record, one or more fields."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kind = CharField(max_length=16)  # of KINDS
    contact = ForeignKeyField(Contact, backref="+", null=True)  # whom it is about
    note = CharField(max_length=1000, default="")
    made_at = DateTimeField(default=clock.now)
    made_by = ForeignKeyField(User, backref="+", null=True)

    class Meta:
        indexes = ((("partner", "made_at"), False),)


class ProposalField(Model):
    """One field: what stood when it was proposed, what is proposed, and what became of it.

    Values are texts as `values.current` writes them.
    """

    proposal = ForeignKeyField(Proposal, backref="+", index=False)
    field = CharField(max_length=24)
    before = TextField(default="")
    after = TextField(default="")
    state = CharField(max_length=12, default="open")  # of STATES
    reason = CharField(max_length=1000, default="")
    decided_at = DateTimeField(null=True)
    decided_by = ForeignKeyField(User, backref="+", null=True)

    class Meta:
        indexes = ((("proposal", "field"), True), (("state", "proposal"), False))
