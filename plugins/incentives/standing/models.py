"""Who is enrolled in which programme, which tiers they held, and why."""

from peewee import (
    SQL,
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

from app.api import AppendOnlyModel, Model, Partner
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.standing.state import Override, Phase, State


class Enrolment(Model):
    """A partner's place in a programme; `held` is the tier that counts today, "" for none."""

    programme = ForeignKeyField(Programme, backref="+", index=False, on_delete="RESTRICT")
    partner = ForeignKeyField(Partner, backref="+", on_delete="CASCADE")
    state = CharField(max_length=20)  # standing.state.Phase
    tier = CharField(max_length=40)
    held = CharField(max_length=40, default="")
    since = DateField()
    next_review = DateField()
    grace_until = DateField(null=True)
    proposed_tier = CharField(max_length=40, default="")
    falls_on = DateField(null=True)  # of an approved demotion that is not effective yet
    override_tier = CharField(max_length=40, default="")
    override_expires = DateField(null=True)
    override_in_force = BooleanField(default=False)
    override_by = IntegerField(null=True)  # accounts' numbers; the names are core's
    refused_tier = CharField(max_length=40, default="")
    unknown_since = DateField(null=True)
    declared_on = DateField(null=True)
    evaluation = IntegerField(null=True)  # the latest decision
    checked = DateField(null=True)  # the day of the last evaluation, whatever it said
    enrolled_at = DateTimeField()
    version = IntegerField(default=1)

    class Meta:
        table_name = "incentives_enrolment"
        indexes = ((("programme", "partner"), True), (("state", "held"), False))

    @property
    def place(self) -> State:
        """The state as the rules take it."""
        override = None
        if self.override_tier and self.override_expires:
            override = Override(self.override_tier, self.override_expires, self.override_in_force)
        return State(
            phase=Phase(self.state),
            tier=self.tier,
            since=self.since,
            next_review=self.next_review,
            grace_until=self.grace_until,
            proposed=self.proposed_tier,
            falls_on=self.falls_on,
            override=override,
            refused=self.refused_tier,
            unknown_since=self.unknown_since,
            declared=self.declared_on,
        )


TAKING_PART = Enrolment.state != Phase.LEFT.value


def columns(state: State) -> dict[str, object]:
    """A state as the columns of an enrolment."""
    override = state.override
    return {
        "state": state.phase.value,
        "tier": state.tier,
        "held": state.held,
        "since": state.since,
        "next_review": state.next_review,
        "grace_until": state.grace_until,
        "proposed_tier": state.proposed,
        "falls_on": state.falls_on,
        "override_tier": override.tier if override else "",
        "override_expires": override.expires if override else None,
        "override_in_force": bool(override and override.in_force),
        "refused_tier": state.refused,
        "unknown_since": state.unknown_since,
        "declared_on": state.declared,
    }


class Tenure(AppendOnlyModel):
    """From which day an enrolment holds which tier, "" for none: the latest row of a day counts.

    Rows outlive the enrolment, which goes with a partner whose import is undone: no foreign key.
    """

    enrolment = IntegerField()
    start = DateField()
    tier = CharField(max_length=40)
    reason = CharField(max_length=24)  # standing.state.Effect
    evaluation = IntegerField(null=True)
    at = DateTimeField()

    class Meta:
        table_name = "incentives_tenure"
        indexes = ((("enrolment", "start"), False),)


Tenure.add_index(Tenure.start, name="incentives_tenure_start")


class Evaluation(AppendOnlyModel):
    """One decision about a tier: what it rests on, what came of it, and whose act it was.

    `inputs` is the evidence, `findings` what it came to, `before` and `after` the states: all as
    canonical JSON, so that the decision can be replayed. Reasons in words lie in `Reason`.
    """

    enrolment = IntegerField(index=True)
    as_of = DateField()
    at = DateTimeField()
    programme_version = ForeignKeyField(ProgrammeVersion, backref="+", on_delete="RESTRICT")
    event = CharField(max_length=20)  # standing.state.Event
    outcome = CharField(max_length=200)  # standing.state.Effect, with spaces between
    inputs = TextField()
    findings = TextField()
    before = TextField(default="")
    after = TextField()
    act = TextField(default="")
    fiscal_start = SmallIntegerField()  # the month with which fiscal years began then
    digest = CharField(max_length=64)  # of what it rests on
    by = IntegerField(null=True)  # nobody: figures and time
    four_eyes = BooleanField(default=True)  # False: who asked for it approved it

    class Meta:
        table_name = "incentives_evaluation"


class Reason(Model):
    """Why somebody decided so, in their words: the one part of a decision that can be erased."""

    evaluation = IntegerField(primary_key=True)
    text = CharField(max_length=1000)
    by = IntegerField(null=True)

    class Meta:
        table_name = "incentives_reason"


class Appeal(Model):
    """A partner asks that a decision is looked at again, and is answered."""

    partner = ForeignKeyField(Partner, backref="+", on_delete="CASCADE")
    enrolment = IntegerField()
    evaluation = IntegerField()
    text = CharField(max_length=2000)
    asked_by = IntegerField(null=True)
    asked_at = DateTimeField()
    state = CharField(max_length=10, default="open")  # open, accepted, declined
    answer = CharField(max_length=2000, default="")
    answered_by = IntegerField(null=True)
    answered_at = DateTimeField(null=True)

    class Meta:
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
    """A task that asks for the figures that a review waits for, and what came of it."""

    enrolment = ForeignKeyField(Enrolment, backref="+", index=False, on_delete="CASCADE")
    review = DateField()  # the first review that could not be decided
    task = IntegerField(unique=True)
    outcome = CharField(max_length=10, default="")  # "" while it is open, else the task's state
    asked_at = DateTimeField()

    class Meta:
        table_name = "incentives_question"
        primary_key = CompositeKey("enrolment", "review")


class Note(Model):
    """What staff wrote beside a partner's tier: what was agreed or is under way; internal."""

    partner = ForeignKeyField(Partner, backref="+", on_delete="CASCADE")
    text = CharField(max_length=1000)
    by = IntegerField(null=True)  # the account's number; the name is core's
    at = DateTimeField()

    class Meta:
        table_name = "incentives_note"
