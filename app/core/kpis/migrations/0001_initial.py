"""The first tables of this part, frozen as they were made."""

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from app.core.db import is_sqlite


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Import(Model):
        at = DateTimeField()
        by = ForeignKeyField(User, null=True, index=False)
        files = TextField()
        applied = TextField()
        unchecked = TextField(default="[]")

        class Meta:
            database = db
            table_name = "import"

    db.create_tables([Import])

    class Kpi(Model):
        code = CharField(unique=True, max_length=32)
        name = CharField(max_length=200)
        description = TextField(default="")
        category = CharField(max_length=16)
        value_type = CharField(max_length=16)
        unit = CharField(max_length=32, default="")
        direction = CharField(max_length=8)
        nature = CharField(max_length=8)
        aggregation = CharField(max_length=8)
        frequency = CharField(max_length=16)
        labels = CharField(max_length=300, default="")
        submitter = CharField(max_length=8, default="host")
        due_days = SmallIntegerField(default=10)
        active = BooleanField(default=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "kpi"

    db.create_tables([Kpi])

    class KpiTotal(Model):
        period = IntegerField()
        kpi = ForeignKeyField(Kpi, index=False)
        currency = CharField(max_length=3, default="")
        value = BigIntegerField(default=0)
        value_rest = BigIntegerField(default=0)
        num = BigIntegerField(default=0)
        num_rest = BigIntegerField(default=0)
        den = BigIntegerField(default=0)
        den_rest = BigIntegerField(default=0)
        reported = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "kpi_total"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("period", "kpi", "currency")

    db.create_tables([KpiTotal])

    class Revision(Model):
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        n = IntegerField()
        state = CharField(max_length=12)
        value = BigIntegerField(null=True)
        num = BigIntegerField(null=True)
        den = BigIntegerField(null=True)
        note = CharField(max_length=1000, default="")
        reason = CharField(max_length=1000, default="")
        decision = CharField(max_length=1000, default="")
        source = CharField(max_length=40, default="form")
        submitted_by = ForeignKeyField(User, null=True, index=False)
        submitted_at = DateTimeField()
        decided_by = ForeignKeyField(User, null=True, index=False)
        decided_at = DateTimeField(null=True)
        four_eyes = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "revision"
            indexes = ((("partner", "kpi", "period", "n"), True), (("state", "period"), False))

    db.create_tables([Revision])

    class Score(Model):
        period = IntegerField()
        partner = ForeignKeyField(Partner, index=False)
        score = IntegerField(null=True)
        coverage = IntegerField()
        decides = BooleanField()
        green = SmallIntegerField()
        amber = SmallIntegerField()
        red = SmallIntegerField()
        grey = SmallIntegerField()

        class Meta:
            database = db
            table_name = "score"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("period", "partner")
            indexes = ((("partner", "period"), False),)

    db.create_tables([Score])

    class Target(Model):
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        n = IntegerField(default=1)
        baseline = BigIntegerField(null=True)
        target = BigIntegerField(null=True)
        threshold = BigIntegerField(null=True)
        band_lo = BigIntegerField(null=True)
        band_hi = BigIntegerField(null=True)
        zero_scale = BigIntegerField(null=True)
        weight = BigIntegerField(default=1000000)
        critical = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "target"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("partner", "kpi", "period")

    db.create_tables([Target])

    class TargetRevision(Model):
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        n = IntegerField()
        baseline = BigIntegerField(null=True)
        target = BigIntegerField(null=True)
        threshold = BigIntegerField(null=True)
        band_lo = BigIntegerField(null=True)
        band_hi = BigIntegerField(null=True)
        zero_scale = BigIntegerField(null=True)
        weight = BigIntegerField()
        critical = BooleanField()
        set_by = ForeignKeyField(User, null=True, index=False)
        set_at = DateTimeField()
        source = CharField(max_length=40, default="form")

        class Meta:
            database = db
            table_name = "target_revision"
            indexes = ((("partner", "kpi", "period", "n"), True),)

    db.create_tables([TargetRevision])

    class Value(Model):
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        value = BigIntegerField(null=True)
        num = BigIntegerField(null=True)
        den = BigIntegerField(null=True)
        revision = ForeignKeyField(Revision, index=False)
        locked = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "value"
            without_rowid = is_sqlite()
            primary_key = CompositeKey("partner", "kpi", "period")

    db.create_tables([Value])

    db.execute(Score.index(Score.period, Score.score.desc(), Score.partner, name="score_by_rank"))
    index = Score.index(Score.period, Score.partner, where=SQL("grey > 0"), name="score_with_grey")
    db.execute(index)
