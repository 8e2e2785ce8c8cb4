"""Benchmarks of the trade, frozen as they were made."""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
)


def up(migrator, db):
    class Kpi(Model):
        class Meta:
            database = db
            table_name = "kpi"

    class Benchmark(Model):
        kpi = ForeignKeyField(Kpi)
        source = CharField(max_length=200)
        value = BigIntegerField()
        currency = CharField(max_length=3, default="")
        valid_from = DateField(null=True)
        valid_to = DateField(null=True)
        url = CharField(max_length=300, default="")
        active = BooleanField(default=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "benchmark"

    db.create_tables([Benchmark])
