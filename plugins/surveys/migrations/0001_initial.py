"""Surveys, waves, invitations, answers of three kinds, follow-ups, figures, notes."""

from peewee import (
    BlobField,
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


def up(migrator, db):
    # Indexes are called after the classes, and SQLite knows one index of a name: hence the prefix.
    class _partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    # Only SQLite knows tables that are kept in the order of their keys.
    on_sqlite = isinstance(db, SqliteDatabase)

    class SurveysSurvey(Model):
        name = CharField(max_length=120)
        purpose = CharField(max_length=500, default="")
        audience = CharField(max_length=12)
        template = CharField(max_length=20, default="")
        archived = BooleanField(default=False)
        created_at = DateTimeField()
        created_by = IntegerField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "surveys_survey"

    class SurveysVersion(Model):
        survey = ForeignKeyField(SurveysSurvey, index=False, on_delete="RESTRICT")
        number = SmallIntegerField()
        definition = TextField()
        sha256 = CharField(max_length=64)
        locked = BooleanField(default=False)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "surveys_version"
            indexes = ((("survey", "number"), True),)

    class SurveysWave(Model):
        survey_version = ForeignKeyField(SurveysVersion, on_delete="RESTRICT")
        survey = ForeignKeyField(SurveysSurvey, on_delete="RESTRICT")
        public_id = CharField(max_length=32, unique=True)
        title = CharField(max_length=120)
        mode = CharField(max_length=12)
        k = SmallIntegerField(default=5)
        breakdown = CharField(max_length=12, default="none")
        audience = TextField()
        cells = TextField(default="[]")
        state = CharField(max_length=10, default="draft", index=True)
        opened_on = DateField(null=True)
        closes_on = DateField()
        recurrence = CharField(max_length=12, default="none")
        follows = ForeignKeyField("self", null=True)
        reminders = SmallIntegerField(default=0)
        last_mail_on = DateField(null=True)
        closed_at = DateTimeField(null=True)
        published_at = DateTimeField(null=True)
        invited = IntegerField(default=0)
        bounced = IntegerField(default=0)
        ineligible = IntegerField(default=0)
        complete = IntegerField(default=0)
        partial = IntegerField(default=0)
        swept = BooleanField(default=False)
        outcome = TextField(default="")
        outcome_at = DateTimeField(null=True)
        created_at = DateTimeField()
        created_by = IntegerField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "surveys_wave"

    class SurveysInvitation(Model):
        wave = ForeignKeyField(SurveysWave, index=False, on_delete="RESTRICT")
        partner = ForeignKeyField(_partner, null=True)
        side = CharField(max_length=8)
        contact = IntegerField(null=True)
        user = IntegerField(null=True)
        cell = SmallIntegerField(default=0)
        mailed = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "surveys_invitation"
            indexes = ((("wave", "contact", "user", "partner"), False),)

    class SurveysToken(Model):
        token_hash = CharField(max_length=64, primary_key=True)
        invitation = ForeignKeyField(SurveysInvitation, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "surveys_token"

    class SurveysResponse(Model):
        invitation = ForeignKeyField(SurveysInvitation, unique=True, on_delete="RESTRICT")
        wave = ForeignKeyField(SurveysWave, on_delete="RESTRICT")
        answers = TextField()
        complete = BooleanField(default=False)
        saved_at = DateTimeField()

        class Meta:
            database = db
            table_name = "surveys_response"

    class SurveysCode(Model):
        wave = IntegerField()
        code_hash = CharField(max_length=64)
        cell = SmallIntegerField()

        class Meta:
            database = db
            table_name = "surveys_code"
            primary_key = CompositeKey("wave", "code_hash")
            without_rowid = on_sqlite

    class SurveysSpentCode(Model):
        wave = IntegerField()
        code_hash = CharField(max_length=64)

        class Meta:
            database = db
            table_name = "surveys_spent_uncopied"
            primary_key = CompositeKey("wave", "code_hash")
            without_rowid = on_sqlite

    class SurveysBallotKey(Model):
        wave = IntegerField(primary_key=True)
        key = BlobField()

        class Meta:
            database = db
            table_name = "surveys_key_uncopied"

    class SurveysBallot(Model):
        wave = IntegerField()
        ballot_hash = CharField(max_length=64)
        cell = SmallIntegerField()
        answers = TextField()

        class Meta:
            database = db
            table_name = "surveys_ballot"
            primary_key = CompositeKey("wave", "ballot_hash")
            without_rowid = on_sqlite

    class SurveysFollowUp(Model):
        response = ForeignKeyField(SurveysResponse, unique=True, on_delete="RESTRICT")
        wave = ForeignKeyField(SurveysWave, on_delete="RESTRICT")
        partner = ForeignKeyField(_partner, null=True)
        reasons = CharField(max_length=500)
        task = IntegerField(null=True)
        state = CharField(max_length=10, default="open")
        cause = TextField(default="")
        action = TextField(default="")
        closed_at = DateTimeField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "surveys_followup"

    class SurveysPublishedFigure(Model):
        wave = ForeignKeyField(SurveysWave, index=False, on_delete="RESTRICT")
        partner = ForeignKeyField(_partner, null=True)
        kind = CharField(max_length=8)
        num = IntegerField()
        den = IntegerField()
        at = DateField()

        class Meta:
            database = db
            table_name = "surveys_figure"
            indexes = ((("wave", "kind"), False),)

    class SurveysNote(Model):
        kind = CharField(max_length=12)
        partner = ForeignKeyField(_partner, null=True)
        wave = ForeignKeyField(SurveysWave, null=True)
        day = DateField()
        participants = CharField(max_length=500, default="")
        guide = TextField(default="")
        text = TextField()
        quotes = TextField(default="")
        themes = CharField(max_length=300, default="")
        consent = CharField(max_length=10, default="none")
        confidential = BooleanField(default=False)
        created_at = DateTimeField()
        created_by = IntegerField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "surveys_note"

    db.create_tables(
        [
            SurveysSurvey,
            SurveysVersion,
            SurveysWave,
            SurveysInvitation,
            SurveysToken,
            SurveysResponse,
            SurveysCode,
            SurveysSpentCode,
            SurveysBallotKey,
            SurveysBallot,
            SurveysFollowUp,
            SurveysPublishedFigure,
            SurveysNote,
        ]
    )


def down(migrator, db):
    for name in (
        *("note", "figure", "followup", "ballot", "key_uncopied", "spent_uncopied", "code"),
        *("response", "token", "invitation", "wave", "version", "survey"),
    ):
        db.execute_sql(f"DROP TABLE surveys_{name}")
