"""Themes of what people wrote, the dimension of a note, milestones that were kept."""

from peewee import CharField, CompositeKey, DateField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class _partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class _wave(Model):
        class Meta:
            database = db
            table_name = "surveys_wave"

    class SurveysTheme(Model):
        wave = IntegerField()
        question = CharField(max_length=40)
        text_hash = CharField(max_length=64)
        theme = CharField(max_length=60)

        class Meta:
            database = db
            table_name = "surveys_theme"
            primary_key = CompositeKey("wave", "question", "text_hash", "theme")

    class SurveysOccasion(Model):
        wave = ForeignKeyField(_wave, index=False, on_delete="RESTRICT")
        partner = ForeignKeyField(_partner, on_delete="CASCADE")
        day = DateField()

        class Meta:
            database = db
            table_name = "surveys_occasion"
            primary_key = CompositeKey("wave", "partner", "day")

    db.create_tables([SurveysTheme, SurveysOccasion])
    # As text: the migrator's add_column rebuilds SQLite's table for a column that is not null.
    db.execute_sql("ALTER TABLE surveys_note ADD COLUMN dimension VARCHAR(20) NOT NULL DEFAULT ''")


def down(migrator, db):
    db.execute_sql("ALTER TABLE surveys_note DROP COLUMN dimension")
    db.execute_sql("DROP TABLE surveys_occasion")
    db.execute_sql("DROP TABLE surveys_theme")
