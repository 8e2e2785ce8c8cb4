"""Evidence, comments, impact lists, declared misses, and unlocking."""

from peewee import (
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
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

    class Kpi(Model):
        class Meta:
            database = db
            table_name = "kpi"

    class Revision(Model):
        class Meta:
            database = db
            table_name = "revision"

    class StoredFile(Model):
        class Meta:
            database = db
            table_name = "stored_file"

    moment = "DATETIME" if is_sqlite() else "TIMESTAMP"
    db.execute_sql(f"ALTER TABLE value ADD COLUMN unlocked_at {moment}")

    class Evidence(Model):
        revision = ForeignKeyField(Revision, index=False)
        file = ForeignKeyField(StoredFile)

        class Meta:
            database = db
            table_name = "evidence"
            indexes = ((("revision", "file"), True),)

    db.create_tables([Evidence])

    class ValueComment(Model):
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        visibility = CharField(max_length=8)
        text = TextField()
        written_by = ForeignKeyField(User, index=False)
        written_at = DateTimeField()

        class Meta:
            database = db
            table_name = "value_comment"
            indexes = ((("partner", "kpi", "period"), False),)

    db.create_tables([ValueComment])

    class RevisionImpact(Model):
        revision = ForeignKeyField(Revision, primary_key=True)
        effects = TextField()

        class Meta:
            database = db
            table_name = "revision_impact"

    db.create_tables([RevisionImpact])

    class Unlocking(Model):
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        reason = CharField(max_length=1000)
        unlocked_by = ForeignKeyField(User, index=False)
        unlocked_at = DateTimeField()

        class Meta:
            database = db
            table_name = "unlocking"
            indexes = ((("partner", "kpi"), False),)

    db.create_tables([Unlocking])

    class DeclaredMiss(Model):
        partner = ForeignKeyField(Partner, index=False)
        kpi = ForeignKeyField(Kpi, index=False)
        period = IntegerField()
        reason = CharField(max_length=1000)
        declared_by = ForeignKeyField(User, index=False)
        declared_at = DateTimeField()
        withdrawn_by = ForeignKeyField(User, null=True, index=False)
        withdrawn_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "declared_miss"

    db.create_tables([DeclaredMiss])
    index = DeclaredMiss.index(
        DeclaredMiss.partner,
        DeclaredMiss.kpi,
        DeclaredMiss.period,
        unique=True,
        where=DeclaredMiss.withdrawn_at.is_null(),
        name="declared_miss_standing",
    )
    db.execute(index)
