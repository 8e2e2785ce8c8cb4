"""Benefits granted to partners, and what they were recognised for."""

from peewee import (
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


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

    class Grant(Model):
        programme = ForeignKeyField(Programme, index=False, on_delete="RESTRICT")
        programme_version = ForeignKeyField(ProgrammeVersion, on_delete="RESTRICT")
        reward = CharField(max_length=40)
        partner = ForeignKeyField(Partner, on_delete="CASCADE")
        period = IntegerField()
        tier = CharField(max_length=40)
        state = CharField(max_length=10, default="granted", index=True)
        granted_at = DateTimeField()
        expires_on = DateField(null=True)
        task = IntegerField(null=True)
        fulfilled_at = DateTimeField(null=True)
        fulfilled_by = IntegerField(null=True)
        note = CharField(max_length=1000, default="")
        evidence = IntegerField(null=True, unique=True)
        reason = CharField(max_length=500, default="")
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "incentives_grant"
            indexes = ((("programme", "reward", "partner", "period"), True),)

    class Recognition(Model):
        partner = ForeignKeyField(Partner, index=False, on_delete="CASCADE")
        kind = CharField(max_length=12)
        title = CharField(max_length=120)
        text = TextField(default="")
        day = DateField()
        state = CharField(max_length=10, default="draft", index=True)
        audience = CharField(max_length=8, default="own")
        source = CharField(max_length=80, null=True)
        ref = CharField(max_length=80, default="")
        signatory = CharField(max_length=120, default="")
        created_at = DateTimeField()
        created_by = IntegerField(null=True)
        published_at = DateTimeField(null=True)
        published_by = IntegerField(null=True)
        reason = CharField(max_length=500, default="")
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "incentives_recognition"
            indexes = ((("partner", "source"), True), (("state", "day"), False))

    db.create_tables([Grant, Recognition])


def down(migrator, db):
    db.execute_sql("DROP TABLE incentives_recognition")
    db.execute_sql("DROP TABLE incentives_grant")
