"""KPI definitions, targets, values and the roll-ups that are kept on write.

Periods are integers (`app.core.periods.Period.key`), quantities integer millionths. A current
figure has one row under a composite key; its revisions live apart.
"""

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.partners.models import Partner

CATEGORIES = (
    "revenue",
    "cost",
    "acquisition",
    "retention",
    "market",
    "engagement",
    "financial",
    "operational",
    "satisfaction",
    "relationship",
    "brand",
    "milestone",
)
VALUE_TYPES = ("number", "money", "percent", "ratio", "duration", "ordinal")
DIRECTIONS = ("higher", "lower", "band")
NATURES = ("flow", "stock")
AGGREGATIONS = ("sum", "mean", "last", "ratio", "min", "max")
TARGET_STATES = ("draft", "proposed", "accepted", "superseded", "rejected")
FREQUENCIES = ("weekly", "monthly", "quarterly", "half_yearly", "yearly")


class Kpi(Model):
    """What is measured, and how its figures are read and rolled up."""

    code = CharField(max_length=32, unique=True)
    name = CharField(max_length=200)
    description = TextField(default="")
    category = CharField(max_length=16)
    value_type = CharField(max_length=16)
    unit = CharField(max_length=32, default="")
    direction = CharField(max_length=8)
    nature = CharField(max_length=8)
    aggregation = CharField(max_length=8)
    frequency = CharField(max_length=16)
    labels = CharField(max_length=300, default="")  # ordinal: lowest first, one per line
    submitter = CharField(max_length=8, default="host")  # the side that reports it
    due_days = SmallIntegerField(default=10)
    active = BooleanField(default=True)
    evidence_required = BooleanField(default=False)  # a figure comes with a file
    data_source = CharField(max_length=300, default="")  # where its figures come from
    formula = CharField(max_length=500, default="")  # over other KPIs; empty: it is reported
    version = IntegerField(default=1)


class KpiVersion(Model):
    """A definition as it was saved, by whom and why."""

    kpi = ForeignKeyField(Kpi, backref="+", index=False, on_delete="CASCADE")
    n = IntegerField()
    code = CharField(max_length=32)
    name = CharField(max_length=200)
    description = TextField()
    category = CharField(max_length=16)
    value_type = CharField(max_length=16)
    unit = CharField(max_length=32)
    direction = CharField(max_length=8)
    nature = CharField(max_length=8)
    aggregation = CharField(max_length=8)
    frequency = CharField(max_length=16)
    labels = CharField(max_length=300)
    submitter = CharField(max_length=8)
    due_days = SmallIntegerField()
    active = BooleanField()
    evidence_required = BooleanField()
    data_source = CharField(max_length=300)
    formula = CharField(max_length=500)
    saved_by = ForeignKeyField(User, backref="+", null=True, index=False)
    saved_at = DateTimeField(default=clock.now)
    note = CharField(max_length=300, default="")

    class Meta:
        indexes = ((("kpi", "n"), True),)


class Target(Model):
    """What both sides agreed for one KPI of one partner in one period: the current revision."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    period = IntegerField()
    n = IntegerField(default=1)
    baseline = BigIntegerField(null=True)
    target = BigIntegerField(null=True)
    threshold = BigIntegerField(null=True)
    band_lo = BigIntegerField(null=True)
    band_hi = BigIntegerField(null=True)
    zero_scale = BigIntegerField(null=True)
    weight = BigIntegerField(default=1_000_000)
    critical = BooleanField(default=False)

    class Meta:
        primary_key = CompositeKey("partner", "kpi", "period")


class TargetRevision(Model):
    """Each set of figures that a target has had, and who set it."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
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
    set_by = ForeignKeyField(User, backref="+", null=True, index=False)
    set_at = DateTimeField(default=clock.now)
    source = CharField(max_length=40, default="form")  # "form", "import:3"
    state = CharField(max_length=10, default="accepted")  # one of TARGET_STATES
    goal_id = IntegerField(null=True)  # of the partner's goals
    justification = CharField(max_length=1000, default="")  # why a far target can be reached
    data_source = CharField(max_length=300, default="")  # where it differs from the KPI's
    access_host = BooleanField(default=False)  # the partner confirms by accepting
    waived = CharField(max_length=8, default="")  # letters of SMART that it counts without
    waiver = CharField(max_length=1000, default="")  # and why
    host_at = DateTimeField(null=True)
    partner_at = DateTimeField(null=True)
    accepted_at = DateTimeField(null=True)  # when it became the one that counts
    on_behalf = BooleanField(default=False)  # the host recorded the partner's acceptance
    undo_until = DateField(null=True)  # until when the partner may undo that

    class Meta:
        indexes = ((("partner", "kpi", "period", "n"), True),)


TargetRevision.add_index(TargetRevision.state, TargetRevision.partner, name="target_revision_state")


class TargetDecision(Model):
    """What somebody did about a revision of a target; written once, never changed."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    period = IntegerField()
    n = IntegerField()
    at = DateTimeField(default=clock.now)
    by = ForeignKeyField(User, backref="+", null=True, index=False)
    side = CharField(max_length=8)  # whose act it is: host, partner
    action = CharField(max_length=12)  # drafted, proposed, accepted, rejected, undone
    on_behalf = BooleanField(default=False)
    reason = CharField(max_length=1000, default="")  # why, or the evidence

    class Meta:
        indexes = ((("partner", "kpi", "period", "n"), False),)


class Revision(Model):
    """One reported figure on its way: submitted, returned, approved, superseded or undone."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    period = IntegerField()
    n = IntegerField()
    state = CharField(max_length=12)  # submitted, returned, approved, superseded, undone
    value = BigIntegerField(null=True)
    num = BigIntegerField(null=True)
    den = BigIntegerField(null=True)
    note = CharField(max_length=1000, default="")
    reason = CharField(max_length=1000, default="")  # why it was restated
    decision = CharField(max_length=1000, default="")  # of whoever decided: why returned, why own
    source = CharField(max_length=40, default="form")
    submitted_by = ForeignKeyField(User, backref="+", null=True, index=False)
    submitted_at = DateTimeField(default=clock.now)
    decided_by = ForeignKeyField(User, backref="+", null=True, index=False)
    decided_at = DateTimeField(null=True)
    four_eyes = BooleanField(default=True)  # False: the submitter approved it

    class Meta:
        indexes = (
            (("partner", "kpi", "period", "n"), True),
            (("state", "period"), False),
        )


class Value(Model):
    """The approved figure of one KPI of one partner in one period."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    period = IntegerField()
    value = BigIntegerField(null=True)
    num = BigIntegerField(null=True)
    den = BigIntegerField(null=True)
    revision = ForeignKeyField(Revision, backref="+", index=False)
    locked = BooleanField(default=False)
    unlocked_at = DateTimeField(null=True)  # by an administrator: the nightly lock passes it over

    class Meta:
        primary_key = CompositeKey("partner", "kpi", "period")


class Score(Model):
    """A partner's scorecard for one period of any kind, kept by each write's transaction."""

    period = IntegerField()
    partner = ForeignKeyField(Partner, backref="+", index=False)
    score = IntegerField(null=True)  # millionths of 1; unknown where all is grey
    coverage = IntegerField()  # millionths of 1
    decides = BooleanField()  # full coverage, every KPI complete
    green = SmallIntegerField()
    amber = SmallIntegerField()
    red = SmallIntegerField()
    grey = SmallIntegerField()

    class Meta:
        primary_key = CompositeKey("period", "partner")
        indexes = ((("partner", "period"), False),)


Score.add_index(Score.period, Score.score.desc(), Score.partner, name="score_by_rank")
# Figures that are overdue are looked for where something is grey.
Score.add_index(Score.period, Score.partner, where=SQL("grey > 0"), name="score_with_grey")


class KpiTotal(Model):
    """The portfolio's sum of one KPI in one period: integers, so that deltas never drift.

    Each sum has two parts, whole units and the millionths that each write leaves over: in
    millionths alone, ten figures of the largest size would not fit 64 bits. KPIs that are no sum
    or ratio have `reported` only.
    """

    period = IntegerField()
    kpi = ForeignKeyField(Kpi, backref="+", index=False)
    currency = CharField(max_length=3, default="")  # of money KPIs: currencies are never added up
    value = BigIntegerField(default=0)
    value_rest = BigIntegerField(default=0)
    num = BigIntegerField(default=0)
    num_rest = BigIntegerField(default=0)
    den = BigIntegerField(default=0)
    den_rest = BigIntegerField(default=0)
    reported = IntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("period", "kpi", "currency")


class Import(Model):
    """One import: what was applied, from which files, in whose name."""

    at = DateTimeField(default=clock.now)
    by = ForeignKeyField(User, backref="+", null=True, index=False)
    files = TextField()  # JSON: name, SHA-256, rows
    applied = TextField()  # JSON: counts per kind of row
    unchecked = TextField(default="[]")  # JSON: guards that an import does not check
    source = CharField(max_length=80, default="")  # where the files are from, in its user's words
    left_out = IntegerField(default=0)  # rows with a fault
    undone_at = DateTimeField(null=True)
    undone_by = ForeignKeyField(User, backref="+", null=True, index=False)
