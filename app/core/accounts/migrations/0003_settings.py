"""What the settings pages hold: logo, colour, business hours, holidays and changes to them."""

from peewee import BooleanField, CharField, DateField, Model

COLUMNS = (
    ("logo", "VARCHAR(64) NOT NULL DEFAULT ''"),
    ("primary_colour", "VARCHAR(7) NOT NULL DEFAULT ''"),
    ("working_days", "VARCHAR(7) NOT NULL DEFAULT '12345'"),
    ("opens_at", "SMALLINT NOT NULL DEFAULT 540"),
    ("closes_at", "SMALLINT NOT NULL DEFAULT 1020"),
    ("holiday_country", "VARCHAR(2) NOT NULL DEFAULT ''"),
    ("holiday_subdivision", "VARCHAR(20) NOT NULL DEFAULT ''"),
)


def up(migrator, db):
    # Plain SQL: the migrator would rebuild a SQLite table for a column that is not null.
    for name, kind in COLUMNS:
        db.execute_sql(f"ALTER TABLE organisation ADD COLUMN {name} {kind}")

    class HolidayChange(Model):
        day = DateField(primary_key=True)
        closed = BooleanField()
        name = CharField(max_length=100, default="")

        class Meta:
            database = db
            table_name = "holiday_change"

    db.create_tables([HolidayChange])
