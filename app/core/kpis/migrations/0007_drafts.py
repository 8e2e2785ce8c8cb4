"""Drafts of figures, per person."""

from peewee import (
    BigIntegerField,
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
)


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Kpi(Model):
        class Meta:
            database = db
            table_name = "kpi"

    class KpiDraft(Model):
        user = ForeignKeyField(User, index=False)
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        text = CharField(max_length=200)
        seen = BigIntegerField()
        updated_at = DateTimeField(index=True)

        class Meta:
            database = db
            table_name = "kpi_draft"
            primary_key = CompositeKey("user", "partner", "kpi", "period")

    db.create_tables([KpiDraft])
