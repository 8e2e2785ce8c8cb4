"""The first tables of this part, frozen as they were made."""

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


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Contact(Model):
        class Meta:
            database = db
            table_name = "contact"

    class StoredFile(Model):
        class Meta:
            database = db
            table_name = "stored_file"

    class Task(Model):
        partner = ForeignKeyField(Partner, index=False)
        title = CharField(max_length=200)
        description = TextField(default="")
        side = CharField(max_length=8)
        user = ForeignKeyField(User, null=True, index=False)
        contact = ForeignKeyField(Contact, null=True, index=False)
        due = DateField()
        state = CharField(max_length=10, default="todo")
        visibility = CharField(max_length=8, default="internal")
        ref = CharField(max_length=80, default="")
        created_at = DateTimeField()
        created_by = ForeignKeyField(User, null=True, index=False)
        done_at = DateTimeField(null=True)
        done_by = ForeignKeyField(User, null=True, index=False)
        on_behalf = BooleanField(default=False)
        undo_until = DateField(null=True)
        verified_at = DateTimeField(null=True)
        verified_by = ForeignKeyField(User, null=True, index=False)
        four_eyes = BooleanField(default=True)
        missed_due = DateField(null=True)
        missed_times = SmallIntegerField(default=0)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "task"
            indexes = (
                (("partner", "state", "due"), False),
                (("user", "state"), False),
                (("state", "due"), False),
                (("ref",), False),
            )

    class TaskFile(Model):
        task = ForeignKeyField(Task, index=False)
        file = ForeignKeyField(StoredFile, unique=True)

        class Meta:
            database = db
            table_name = "task_file"
            primary_key = CompositeKey("task", "file")

    class TaskStep(Model):
        task = ForeignKeyField(Task, index=False)
        at = DateTimeField()
        by = ForeignKeyField(User, null=True, index=False)
        side = CharField(max_length=8)
        action = CharField(max_length=12)
        on_behalf = BooleanField(default=False)
        shared = BooleanField(default=False)
        text = TextField(default="")

        class Meta:
            database = db
            table_name = "task_step"
            indexes = ((("task", "at"), False),)

    db.create_tables([Task, TaskFile, TaskStep])
