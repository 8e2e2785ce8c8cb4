"""Drafts of cases: their authors' alone, until they are raised."""

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Draft(Model):
        user = IntegerField()
        partner = ForeignKeyField(Partner, index=False)
        title = CharField(max_length=200, default="")
        text = TextField(default="")
        aim = TextField(default="")
        choices = TextField(default="{}")
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "conflicts_draft"
            indexes = ((("user", "partner"), False),)

    db.create_tables([Draft])


def down(migrator, db):
    db.execute_sql('DROP TABLE "conflicts_draft"')
