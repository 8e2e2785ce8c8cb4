"""Published figures that partnerships are held against."""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
)

from app.core.db import Model
from app.core.kpis.models import Kpi


class Benchmark(Model):
    """A figure of the trade for one KPI, from a named source, for the days that it holds."""

    kpi = ForeignKeyField(Kpi, backref="+")
    source = CharField(max_length=200)
    value = BigIntegerField()  # millionths of the KPI's unit; an ordinal's rank
    currency = CharField(max_length=3, default="")  # of money KPIs
    valid_from = DateField(null=True)
    valid_to = DateField(null=True)
    url = CharField(max_length=300, default="")
    active = BooleanField(default=True)
    version = IntegerField(default=1)
