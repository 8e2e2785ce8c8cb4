"""What contacts propose about their organisation and its people, field by field."""

from peewee import CharField, DateTimeField, ForeignKeyField, Model, TextField


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Contact(Model):
        class Meta:
            database = db
            table_name = "contact"

    class Proposal(Model):
        partner = ForeignKeyField(Partner, index=False)
        kind = CharField(max_length=16)
        contact = ForeignKeyField(Contact, null=True)
        note = CharField(max_length=1000, default="")
        made_at = DateTimeField()
        made_by = ForeignKeyField(User, null=True)

        class Meta:
            database = db
            table_name = "proposal"
            indexes = ((("partner", "made_at"), False),)

    class ProposalField(Model):
        proposal = ForeignKeyField(Proposal, index=False)
        field = CharField(max_length=24)
        before = TextField(default="")
        after = TextField(default="")
        state = CharField(max_length=12, default="open")
        reason = CharField(max_length=1000, default="")
        decided_at = DateTimeField(null=True)
        decided_by = ForeignKeyField(User, null=True)

        class Meta:
            database = db
            table_name = "proposal_field"
            indexes = ((("proposal", "field"), True), (("state", "proposal"), False))

    db.create_tables([Proposal, ProposalField])
