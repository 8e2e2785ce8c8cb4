"""Enrolments with their history in the place of computed standings.

Whoever stood on the old ladder is enrolled in the programme that was made of it, at the tier that
the latest quarter's scorecard gave; the first evaluation looks at the figures themselves.
"""

import json
from datetime import UTC, date, datetime

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
    SqliteDatabase,
    TextField,
)

from app.core.db import create_append_only

_QUARTER = 3  # how old standings' keys begin: kind, year, number


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Programme(Model):
        class Meta:
            database = db
            table_name = "incentives_programme"

    class ProgrammeVersion(Model):
        class Meta:
            database = db
            table_name = "incentives_programme_version"

    class Enrolment(Model):
        programme = ForeignKeyField(Programme, index=False, on_delete="RESTRICT")
        partner = ForeignKeyField(Partner, on_delete="CASCADE")
        state = CharField(max_length=20)
        tier = CharField(max_length=40)
        held = CharField(max_length=40, default="")
        since = DateField()
        next_review = DateField()
        grace_until = DateField(null=True)
        proposed_tier = CharField(max_length=40, default="")
        falls_on = DateField(null=True)
        override_tier = CharField(max_length=40, default="")
        override_expires = DateField(null=True)
        override_in_force = BooleanField(default=False)
        override_by = IntegerField(null=True)
        refused_tier = CharField(max_length=40, default="")
        unknown_since = DateField(null=True)
        declared_on = DateField(null=True)
        evaluation = IntegerField(null=True)
        checked = DateField(null=True)
        enrolled_at = DateTimeField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "incentives_enrolment"
            indexes = ((("programme", "partner"), True), (("state", "held"), False))

    class Tenure(Model):
        enrolment = IntegerField()
        start = DateField()
        tier = CharField(max_length=40)
        reason = CharField(max_length=24)
        evaluation = IntegerField(null=True)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "incentives_tenure"
            indexes = ((("enrolment", "start"), False),)

    class Evaluation(Model):
        enrolment = IntegerField(index=True)
        as_of = DateField()
        at = DateTimeField()
        programme_version = ForeignKeyField(ProgrammeVersion, on_delete="RESTRICT")
        event = CharField(max_length=20)
        outcome = CharField(max_length=200)
        inputs = TextField()
        findings = TextField()
        before = TextField(default="")
        after = TextField()
        act = TextField(default="")
        fiscal_start = SmallIntegerField()
        digest = CharField(max_length=64)
        by = IntegerField(null=True)
        four_eyes = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "incentives_evaluation"

    class Reason(Model):
        evaluation = IntegerField(primary_key=True)
        text = CharField(max_length=1000)
        by = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "incentives_reason"

    class Appeal(Model):
        partner = ForeignKeyField(Partner, on_delete="CASCADE")
        enrolment = IntegerField()
        evaluation = IntegerField()
        text = CharField(max_length=2000)
        asked_by = IntegerField(null=True)
        asked_at = DateTimeField()
        state = CharField(max_length=10, default="open")
        answer = CharField(max_length=2000, default="")
        answered_by = IntegerField(null=True)
        answered_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "incentives_appeal"

    Appeal.add_index(
        Appeal.index(
            Appeal.evaluation,
            unique=True,
            where=SQL("state = 'open'"),
            name="incentives_appeal_one_open",
        )
    )

    class Question(Model):
        enrolment = ForeignKeyField(Enrolment, index=False, on_delete="CASCADE")
        review = DateField()
        task = IntegerField(unique=True)
        outcome = CharField(max_length=10, default="")
        asked_at = DateTimeField()

        class Meta:
            database = db
            table_name = "incentives_question"
            primary_key = CompositeKey("enrolment", "review")
            without_rowid = isinstance(db, SqliteDatabase)

    db.create_tables([Enrolment, Tenure, Evaluation, Reason, Appeal])
    for model in (Tenure, Evaluation):
        create_append_only(model._meta.table_name)
    stood = _enrol(db, Enrolment, Tenure)
    asked = db.execute_sql(
        "SELECT partner_id, task, outcome, asked_at FROM incentives_question ORDER BY asked_at"
    ).fetchall()
    db.execute_sql("DROP TABLE incentives_question")
    db.create_tables([Question])
    kept = {}
    for partner, task, outcome, asked_at in asked:
        if partner in stood:
            day = date.fromisoformat(str(asked_at)[:10])
            kept[stood[partner], day] = (task, outcome, asked_at)
    for (enrolment, day), (task, outcome, asked_at) in kept.items():
        Question.insert(
            enrolment=enrolment, review=day, task=task, outcome=outcome, asked_at=asked_at
        ).execute()
    db.execute_sql("DROP TABLE incentives_standing")


def _enrol(db, enrolments, tenures):
    """Enrol whoever stood on the ladder; the enrolments' ids by partner."""
    found = db.execute_sql(
        "SELECT programme_id, definition, effective FROM incentives_programme_version"
        " WHERE state = 'published' ORDER BY id"
    ).fetchone()
    if found is None:
        return {}
    programme, text, effective = found
    since, marks = _day(effective), _marks(json.loads(text))
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = db.execute_sql(
        "SELECT s.partner_id, s.period, s.score, s.decides, p.status FROM incentives_standing s"
        " JOIN partner p ON p.id = s.partner_id WHERE p.merged_into_id IS NULL"
        " ORDER BY s.partner_id, s.period"
    ).fetchall()
    reached, status = {}, {}
    for partner, period, score, decides, at in rows:
        status[partner] = at
        tier = reached.get(partner, marks[0][1])
        if decides and period // 10**6 == _QUARTER:
            tier = [key for mark, key in marks if mark <= score][-1]
        reached[partner] = tier
    ids = {}
    for partner, tier in reached.items():
        frozen = status[partner] in ("suspended", "ended", "declined")
        held = "" if frozen else tier
        row = enrolments.create(
            programme=programme,
            partner=partner,
            state="frozen" if frozen else "active",
            tier=tier,
            held=held,
            since=since,
            next_review=_next_quarter(db, now.date()),
            enrolled_at=now,
        )
        tenures.create(enrolment=row.id, start=since, tier=held, reason="enrolled", at=now)
        ids[partner] = row.id
    return ids


def _marks(definition):
    """From which scorecard, in millionths, each tier began, the lowest first."""
    tiers = definition["tiers"]
    return [((tier["requirement"] or {}).get("threshold", 0), tier["key"]) for tier in tiers]


def _next_quarter(db, today):
    """The first day of the next fiscal quarter: when tiers are reviewed."""
    row = db.execute_sql("SELECT fiscal_year_start_month FROM organisation").fetchone()
    start = row[0] if row else 1
    ahead = 3 - (today.month - start) % 3
    months = today.year * 12 + today.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1)


def _day(value):
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def down(migrator, db):
    for table in ("question", "appeal", "reason", "evaluation", "tenure", "enrolment"):
        db.execute_sql(f"DROP TABLE incentives_{table}")
    key = "period INTEGER NOT NULL, partner_id INTEGER NOT NULL REFERENCES partner (id)"
    db.execute_sql(
        f"CREATE TABLE incentives_standing ({key}, score INTEGER NOT NULL, coverage INTEGER NOT"
        " NULL, grey SMALLINT NOT NULL, decides BOOLEAN NOT NULL, computed_at TIMESTAMP NOT NULL,"
        " PRIMARY KEY (period, partner_id))"
    )
    db.execute_sql(
        f"CREATE TABLE incentives_question ({key}, task INTEGER NOT NULL UNIQUE, outcome"
        " VARCHAR(10) NOT NULL, asked_at TIMESTAMP NOT NULL, PRIMARY KEY (period, partner_id))"
    )
