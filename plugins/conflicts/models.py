"""Cases, who takes part, what was said, and the log that everything else follows from."""

from peewee import (
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

from app.api import ChainedModel, Model, Partner, now


class Case(Model):
    """A disagreement with a partner; where it stands is a copy of what its log says, for lists."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    title = CharField(max_length=200)  # for those who take part; everybody else knows the number
    category = CharField(max_length=16)  # of state.CATEGORIES
    severity = CharField(max_length=8)  # of state.SEVERITIES
    causes = CharField(max_length=200, default="")  # of state.CAUSES, with blanks between
    status = CharField(max_length=8, default="draft")  # of state.STATUSES
    stage = SmallIntegerField(default=1)
    step = CharField(max_length=10, default="identify")
    turn = CharField(max_length=40, default="")  # whose turn it is, with blanks between
    outcome = CharField(max_length=12, default="")  # of state.OUTCOMES, once it is closed
    reporter = CharField(max_length=8)  # the side that raised it
    avoided = IntegerField(null=True)  # the account that the reporter asked to leave out
    payout_period = CharField(max_length=16, default="")  # of the payout that the case disputes
    created_at = DateTimeField(default=now)
    raised_at = DateTimeField(null=True)
    closed_at = DateTimeField(null=True)
    reopened = BooleanField(default=False)
    once = CharField(max_length=64, null=True, unique=True)  # the key of the form that raised it

    class Meta:
        table_name = "conflicts_case"
        indexes = ((("partner", "status"), False), (("status", "stage"), False))

    @property
    def number(self) -> str:
        """What everybody may call it: in mails, tasks and calendars nothing else stands."""
        return f"C-{self.id}"


class Draft(Model):
    """What somebody began to write and has not raised: nobody else finds it, by any route.

    It is no case: it has no number, no log and no clock.
    """

    user = IntegerField()  # the author's account
    partner = ForeignKeyField(Partner, backref="+", index=False)
    title = CharField(max_length=200, default="")
    text = TextField(default="")
    aim = TextField(default="")
    choices = TextField(default="{}")  # JSON: what else was chosen in the form
    suggestion = IntegerField(null=True)  # the one with which it began
    at = DateTimeField(default=now)

    class Meta:
        table_name = "conflicts_draft"
        indexes = ((("user", "partner"), False),)


class Participant(Model):
    """Somebody who takes part in a case, for a side or as its mediator.

    People are known by the numbers of their accounts or contacts. `alerted` are those who were told
    that a time is over: they see number, stage and clocks.
    """

    case = ForeignKeyField(Case, backref="+", index=False)
    side = CharField(max_length=8)  # host, partner, mediator
    role = CharField(max_length=10)  # reporter, respondent, sponsor, alerted, mediator
    user = IntegerField(null=True)
    contact = IntegerField(null=True)
    name = CharField(max_length=200)
    since = DateTimeField(default=now)
    left = DateTimeField(null=True)
    # Of a mediator: who that is, and through which grant somebody from outside comes in.
    email = CharField(max_length=254, default="")
    organisation = CharField(max_length=200, default="")
    internal = BooleanField(default=False)
    grant = IntegerField(null=True)

    class Meta:
        table_name = "conflicts_participant"
        indexes = (
            (("case", "side"), False),
            (("user", "case"), False),
            (("contact", "case"), False),
        )


class Text(Model):
    """Something that was said: erasable, and read by its level alone.

    The log holds the row's number and a salted hash of what it said.
    """

    case = ForeignKeyField(Case, backref="+", index=False)
    kind = CharField(max_length=12)  # position, restatement, statement, why, proposal, plan, …
    level = CharField(max_length=13, default="parties")  # of confidentiality.LEVELS
    side = CharField(max_length=8)  # whose words; of a caucus note the side that it is held with
    author = ForeignKeyField(Participant, backref="+", null=True, index=False)
    body = TextField()
    aim = TextField(default="")  # of a position: what the side would like to come of it
    file = IntegerField(null=True)
    salt = CharField(max_length=32)
    at = DateTimeField(default=now)

    class Meta:
        table_name = "conflicts_text"
        indexes = ((("case", "kind"), False), (("file",), False))


class TextReader(Model):
    """Somebody who is named as a reader of a text."""

    text = ForeignKeyField(Text, backref="+", index=False)
    participant = ForeignKeyField(Participant, backref="+", index=False)

    class Meta:
        table_name = "conflicts_text_reader"
        primary_key = CompositeKey("text", "participant")


class PlanStep(Model):
    """One step of a plan: what, who, until when; a task once both have signed."""

    plan = ForeignKeyField(Text, backref="+", index=False)
    n = SmallIntegerField()
    what = CharField(max_length=500)
    side = CharField(max_length=8)
    participant = ForeignKeyField(Participant, backref="+", index=False)
    due = DateField()
    task = IntegerField(null=True, index=True)

    class Meta:
        table_name = "conflicts_plan_step"
        indexes = ((("plan", "n"), True),)


class CaseEvent(ChainedModel):
    """A line of a case's log: chain "conflicts_case:7". Notes below the level of both parties have
    chains of their own, so that nobody can count them."""

    at = DateTimeField()
    side = CharField(max_length=8)
    who = CharField(max_length=40)  # "user:7", "contact:3", or empty: the desk itself
    action = CharField(max_length=24)
    detail = TextField()  # canonical JSON: ids, words of the field, hashes

    class Meta:
        table_name = "conflicts_event"
