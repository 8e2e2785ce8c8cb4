"""The goals of partnerships that a programme serves."""

from peewee import CompositeKey, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class IncentivesProgramme(Model):
        class Meta:
            database = db
            table_name = "incentives_programme"

    class IncentivesAim(Model):
        programme = ForeignKeyField(IncentivesProgramme, index=False, on_delete="CASCADE")
        goal = IntegerField()

        class Meta:
            database = db
            table_name = "incentives_programme_aim"
            primary_key = CompositeKey("programme", "goal")

    db.create_tables([IncentivesAim])
