"""What somebody has typed into a grid and not handed in."""

from peewee import (
    BigIntegerField,
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
)

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.kpis.models import Kpi
from app.core.partners.models import Partner

LONGEST = 200  # characters of a cell


class KpiDraft(Model):
    """A person's own text for one figure; nobody else ever sees it."""

    user = ForeignKeyField(User, backref="+", index=False)
    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    period = IntegerField()
    text = CharField(max_length=LONGEST)
    seen = BigIntegerField()  # the revision that stood there while it was typed; 0: none
    updated_at = DateTimeField(default=clock.now, index=True)

    class Meta:
        primary_key = CompositeKey("user", "partner", "kpi", "period")
