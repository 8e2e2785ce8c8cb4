"""Surveys with their versions, waves, who was invited, what they answered, what followed.

Tables of anonymous waves (`surveys_code…`, `surveys_ballot`) hold no moment, sequence or author,
and are kept in the order of their keys. What must not outlive the moment lies in tables whose name
ends in `_uncopied`: copies of the database leave them empty.
"""

from peewee import (
    BlobField,
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

from app.api import Model, Partner

MODES = ("identified", "confidential", "anonymous")
AUDIENCES = ("partner", "internal", "participants")
BREAKDOWNS = ("none", "side", "department", "partner")
ASKED = ("open", "closed", "published")  # states in which somebody has been asked
# A wave that stands asks nobody itself: others are planned from it, at partners' milestones.
PLANS = ("draft", "standing")
STATES = (*PLANS, *ASKED)


class Survey(Model):
    """Something that is asked again and again."""

    name = CharField(max_length=120)  # for staff; what people read is the definition's title
    purpose = CharField(max_length=500, default="")
    audience = CharField(max_length=12)  # of AUDIENCES
    template = CharField(max_length=20, default="")  # that it was made from
    archived = BooleanField(default=False)
    created_at = DateTimeField()
    created_by = IntegerField(null=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "surveys_survey"


class SurveyVersion(Model):
    """What a survey asks; fixed but for its words once somebody has answered it."""

    survey = ForeignKeyField(Survey, backref="+", index=False, on_delete="RESTRICT")
    number = SmallIntegerField()
    definition = TextField()  # canonical JSON: rules.definition
    sha256 = CharField(max_length=64)
    locked = BooleanField(default=False)  # somebody has answered
    version = IntegerField(default=1)

    class Meta:
        table_name = "surveys_version"
        indexes = ((("survey", "number"), True),)


class Wave(Model):
    """One time that a survey is held."""

    survey_version = ForeignKeyField(SurveyVersion, backref="+", on_delete="RESTRICT")
    survey = ForeignKeyField(Survey, backref="+", on_delete="RESTRICT")
    public_id = CharField(max_length=32, unique=True)  # in addresses that anybody may open
    title = CharField(max_length=120)
    mode = CharField(max_length=12)
    k = SmallIntegerField(default=5)
    breakdown = CharField(max_length=12, default="none")
    audience = TextField()  # JSON: rules.audience
    cells = TextField(default="[]")  # JSON: keys and labels of the groups, by their number
    state = CharField(max_length=10, default="draft", index=True)
    opened_on = DateField(null=True)
    closes_on = DateField()
    recurrence = CharField(max_length=12, default="none")
    follows = ForeignKeyField("self", backref="+", null=True)  # the wave that it repeats
    reminders = SmallIntegerField(default=0)
    last_mail_on = DateField(null=True)
    closed_at = DateTimeField(null=True)
    published_at = DateTimeField(null=True)
    invited = IntegerField(default=0)
    bounced = IntegerField(default=0)
    ineligible = IntegerField(default=0)
    complete = IntegerField(default=0)  # counted at the end of the wave
    partial = IntegerField(default=0)
    swept = BooleanField(default=False)  # what an anonymous wave left on disk is overwritten
    outcome = TextField(default="")  # what was done about it
    outcome_at = DateTimeField(null=True)
    created_at = DateTimeField()
    created_by = IntegerField(null=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "surveys_wave"


class Invitation(Model):
    """Somebody who was asked; in anonymous waves nothing here changes when they answer."""

    wave = ForeignKeyField(Wave, backref="+", index=False, on_delete="RESTRICT")
    partner = ForeignKeyField(Partner, backref="+", null=True)  # whom the answers are about
    side = CharField(max_length=8)  # host or partner
    contact = IntegerField(null=True)
    user = IntegerField(null=True)
    cell = SmallIntegerField(default=0)
    mailed = BooleanField(default=False)

    class Meta:
        table_name = "surveys_invitation"
        indexes = ((("wave", "contact", "user", "partner"), False),)

    @property
    def person(self) -> str:
        """Who was asked, as `person_of` tells it."""
        return person_of(self.id, self.side, self.contact, self.user)


def person_of(invitation: int, side: str, contact: int | None, user: int | None) -> str:
    """Who was asked: "contact:3" or "user:7"; staff who were erased are one and the same."""
    if contact:
        return f"contact:{contact}"
    if user:
        return f"user:{user}"
    return f"gone:{invitation}" if side == "partner" else "gone"


class Token(Model):
    """A way in for one invited person, of waves where it is known who answers."""

    token_hash = CharField(max_length=64, primary_key=True)
    invitation = ForeignKeyField(Invitation, backref="+", on_delete="RESTRICT")

    class Meta:
        table_name = "surveys_token"


class Response(Model):
    """What an invited person answered; the database keeps one for each invitation."""

    invitation = ForeignKeyField(Invitation, backref="+", unique=True, on_delete="RESTRICT")
    wave = ForeignKeyField(Wave, backref="+", on_delete="RESTRICT")
    answers = TextField()  # JSON: rules.questions
    complete = BooleanField(default=False)
    saved_at = DateTimeField()

    class Meta:
        table_name = "surveys_response"


class Code(Model):
    """A code of an anonymous wave: that somebody of a group may answer once, and no more."""

    wave = IntegerField()
    code_hash = CharField(max_length=64)
    cell = SmallIntegerField()

    class Meta:
        table_name = "surveys_code"
        primary_key = CompositeKey("wave", "code_hash")


class SpentCode(Model):
    """That a code was exchanged for a ballot, while its wave is open."""

    wave = IntegerField()
    code_hash = CharField(max_length=64)

    class Meta:
        table_name = "surveys_spent_uncopied"
        primary_key = CompositeKey("wave", "code_hash")


class BallotKey(Model):
    """What signs the ballots of an open anonymous wave; without it nobody can answer."""

    wave = IntegerField(primary_key=True)
    key = BlobField()

    class Meta:
        table_name = "surveys_key_uncopied"


class Ballot(Model):
    """An anonymous answer, under the hash of its ballot."""

    wave = IntegerField()
    ballot_hash = CharField(max_length=64)
    cell = SmallIntegerField()
    answers = TextField()

    class Meta:
        table_name = "surveys_ballot"
        primary_key = CompositeKey("wave", "ballot_hash")


class FollowUp(Model):
    """That somebody answered low, and what was found and done."""

    response = ForeignKeyField(Response, backref="+", unique=True, on_delete="RESTRICT")
    wave = ForeignKeyField(Wave, backref="+", on_delete="RESTRICT")
    partner = ForeignKeyField(Partner, backref="+", null=True)
    reasons = CharField(max_length=500)  # question keys and dimensions, by spaces
    task = IntegerField(null=True)
    state = CharField(max_length=10, default="open")  # of followups.STATES
    cause = TextField(default="")
    action = TextField(default="")
    closed_at = DateTimeField(null=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "surveys_followup"


class PublishedFigure(Model):
    """A figure of a published wave, of one partner or of everybody (None): for facts and trends."""

    wave = ForeignKeyField(Wave, backref="+", index=False, on_delete="RESTRICT")
    partner = ForeignKeyField(Partner, backref="+", null=True)
    kind = CharField(max_length=8)  # nps, csat, rhi
    num = IntegerField()  # points, satisfied, or millionths of a score
    den = IntegerField()
    at = DateField()

    class Meta:
        table_name = "surveys_figure"
        indexes = ((("wave", "kind"), False),)


class Note(Model):
    """An interview, or what somebody noticed at work; beside the numbers, never among them."""

    kind = CharField(max_length=12)  # interview or observation
    partner = ForeignKeyField(Partner, backref="+", null=True)
    wave = ForeignKeyField(Wave, backref="+", null=True)
    day = DateField()
    participants = CharField(max_length=500, default="")
    guide = TextField(default="")
    text = TextField()
    quotes = TextField(default="")  # one a line, as they were said
    themes = CharField(max_length=300, default="")  # by commas
    dimension = CharField(max_length=20, default="")  # of rules.definition.DIMENSIONS
    consent = CharField(max_length=10, default="none")  # none, notes, quotes
    confidential = BooleanField(default=False)  # for its author and administrators
    created_at = DateTimeField()
    created_by = IntegerField(null=True)
    version = IntegerField(default=1)

    class Meta:
        table_name = "surveys_note"


class Theme(Model):
    """What words of a closed wave are about; whose words they are is not known here."""

    wave = IntegerField()
    question = CharField(max_length=40)  # its key
    text_hash = CharField(max_length=64)  # rules.themes
    theme = CharField(max_length=60)

    class Meta:
        table_name = "surveys_theme"
        primary_key = CompositeKey("wave", "question", "text_hash", "theme")


class Occasion(Model):
    """A milestone of a partner at which a wave was planned, even where it was dropped since."""

    wave = ForeignKeyField(Wave, backref="+", index=False, on_delete="RESTRICT")  # that repeats
    partner = ForeignKeyField(Partner, backref="+", on_delete="CASCADE")
    day = DateField()

    class Meta:
        table_name = "surveys_occasion"
        primary_key = CompositeKey("wave", "partner", "day")
