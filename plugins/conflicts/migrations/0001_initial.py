"""Cases, participants, texts, plans, and the log."""

from peewee import (
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from app.api import create_append_only


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Case(Model):
        partner = ForeignKeyField(Partner, index=False)
        title = CharField(max_length=200)
        category = CharField(max_length=16)
        severity = CharField(max_length=8)
        causes = CharField(max_length=200, default="")
        status = CharField(max_length=8, default="draft")
        stage = SmallIntegerField(default=1)
        step = CharField(max_length=10, default="identify")
        turn = CharField(max_length=40, default="")
        outcome = CharField(max_length=12, default="")
        reporter = CharField(max_length=8)
        avoided = IntegerField(null=True)
        payout_period = CharField(max_length=16, default="")
        created_at = DateTimeField()
        raised_at = DateTimeField(null=True)
        closed_at = DateTimeField(null=True)
        reopened = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "conflicts_case"
            indexes = ((("partner", "status"), False), (("status", "stage"), False))

    class Participant(Model):
        case = ForeignKeyField(Case, index=False)
        side = CharField(max_length=8)
        role = CharField(max_length=10)
        user = IntegerField(null=True)
        contact = IntegerField(null=True)
        name = CharField(max_length=200)
        since = DateTimeField()
        left = DateTimeField(null=True)
        email = CharField(max_length=254, default="")
        organisation = CharField(max_length=200, default="")
        internal = BooleanField(default=False)
        grant = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "conflicts_participant"
            indexes = (
                (("case", "side"), False),
                (("user", "case"), False),
                (("contact", "case"), False),
            )

    class Text(Model):
        case = ForeignKeyField(Case, index=False)
        kind = CharField(max_length=12)
        level = CharField(max_length=13, default="parties")
        side = CharField(max_length=8)
        author = ForeignKeyField(Participant, null=True, index=False)
        body = TextField()
        aim = TextField(default="")
        file = IntegerField(null=True)
        salt = CharField(max_length=32)
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "conflicts_text"
            indexes = ((("case", "kind"), False), (("file",), False))

    class TextReader(Model):
        text = ForeignKeyField(Text, index=False)
        participant = ForeignKeyField(Participant, index=False)

        class Meta:
            database = db
            table_name = "conflicts_text_reader"
            primary_key = CompositeKey("text", "participant")

    class PlanStep(Model):
        plan = ForeignKeyField(Text, index=False)
        n = SmallIntegerField()
        what = CharField(max_length=500)
        side = CharField(max_length=8)
        participant = ForeignKeyField(Participant, index=False)
        due = DateField()
        task = IntegerField(null=True, index=True)

        class Meta:
            database = db
            table_name = "conflicts_plan_step"
            indexes = ((("plan", "n"), True),)

    class CaseEvent(Model):
        chain = CharField(max_length=80)
        seq = IntegerField()
        prev_hash = CharField(max_length=64)
        hash = CharField(max_length=64)
        at = DateTimeField()
        side = CharField(max_length=8)
        who = CharField(max_length=40)
        action = CharField(max_length=24)
        detail = TextField()

        class Meta:
            database = db
            table_name = "conflicts_event"
            indexes = ((("chain", "seq"), True),)

    db.create_tables([Case, Participant, Text, TextReader, PlanStep, CaseEvent])
    create_append_only("conflicts_event")


def down(migrator, db):
    for table in ("event", "plan_step", "text_reader", "text", "participant", "case"):
        db.execute_sql(f'DROP TABLE "conflicts_{table}"')
