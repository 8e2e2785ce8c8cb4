"""The first tables of this part, frozen as they were made."""

from peewee import (
    SQL,
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from app.core.db import is_sqlite


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Partner(Model):
        code = CharField(unique=True, max_length=32)
        name = CharField(max_length=200)
        name_key = CharField(index=True, max_length=500)
        legal_name = CharField(max_length=200, default="")
        type = CharField(max_length=16)
        status = CharField(index=True, max_length=16, default="prospect")
        owner = ForeignKeyField(User, null=True)
        start_date = DateField(null=True)
        end_date = DateField(null=True)
        currency = CharField(max_length=3)
        website = CharField(max_length=300, default="")
        selection_score = SmallIntegerField(null=True)
        first_import_at = DateTimeField(null=True)
        created_at = DateTimeField()
        created_by = ForeignKeyField(User, null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "partner"

    db.create_tables([Partner])

    class Contact(Model):
        partner = ForeignKeyField(Partner)
        side = CharField(max_length=8)
        name = CharField(max_length=200)
        email = CharField(max_length=254, default="")
        title = CharField(max_length=120, default="")
        level = CharField(max_length=16, default="operational")
        matters = CharField(max_length=200, default="")
        is_primary = BooleanField(default=False)
        can_sign = BooleanField(default=False)
        user = ForeignKeyField(User, null=True)
        active = BooleanField(default=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "contact"
            indexes = ((("partner", "side"), False),)

    db.create_tables([Contact])

    class PartnerProfile(Model):
        partner = ForeignKeyField(Partner)
        n = IntegerField()
        goals = TextField(default="")
        strengths = TextField(default="")
        audience = TextField(default="")
        next_review = DateField(null=True)
        saved_at = DateTimeField()
        saved_by = ForeignKeyField(User, null=True)

        class Meta:
            database = db
            table_name = "partner_profile"
            indexes = ((("partner", "n"), True),)

    db.create_tables([PartnerProfile])

    class PartnerTag(Model):
        partner = ForeignKeyField(Partner)
        tag = CharField(max_length=60)

        class Meta:
            database = db
            table_name = "partner_tag"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("partner", "tag")
            indexes = ((("tag", "partner"), False),)

    db.create_tables([PartnerTag])

    class PartnerTeam(Model):
        partner = ForeignKeyField(Partner)
        user = ForeignKeyField(User)

        class Meta:
            database = db
            table_name = "partner_team"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("partner", "user")
            indexes = ((("user", "partner"), False),)

    db.create_tables([PartnerTeam])

    index = Contact.index(
        Contact.partner,
        Contact.side,
        unique=True,
        where=SQL("is_primary"),
        name="contact_one_primary_per_side",
    )
    db.execute(index)
    index = Contact.index(
        Contact.user, unique=True, where=SQL("side = 'partner'"), name="contact_one_portal_account"
    )
    db.execute(index)
