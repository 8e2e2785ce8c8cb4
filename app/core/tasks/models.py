"""What one side of a partnership has to do by a day: tasks, their evidence and their course."""

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

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.files.models import StoredFile
from app.core.partners.models import Contact, Partner

STATES = ("todo", "doing", "done", "waived", "cancelled")
OPEN = ("todo", "doing")


class Task(Model):
    """Something that one side has to do; a partner's side's is shared by nature."""

    partner = ForeignKeyField(Partner, backref="+", index=False)
    title = CharField(max_length=200)
    description = TextField(default="")
    side = CharField(max_length=8)  # host or partner: who has to do it
    # Responsible is one of staff, or a contact of the partner, perhaps without an account.
    user = ForeignKeyField(User, backref="+", null=True, index=False)
    contact = ForeignKeyField(Contact, backref="+", null=True, index=False)
    due = DateField()
    state = CharField(max_length=10, default="todo")  # of STATES
    visibility = CharField(max_length=8, default="internal")
    ref = CharField(max_length=80, default="")  # what it comes from, as app.core.refs has it
    created_at = DateTimeField(default=clock.now)
    created_by = ForeignKeyField(User, backref="+", null=True, index=False)
    done_at = DateTimeField(null=True)
    done_by = ForeignKeyField(User, backref="+", null=True, index=False)
    on_behalf = BooleanField(default=False)  # the host recorded that the partner did it
    undo_until = DateField(null=True)  # until when the partner may undo that
    verified_at = DateTimeField(null=True)
    verified_by = ForeignKeyField(User, backref="+", null=True, index=False)
    four_eyes = BooleanField(default=True)  # False: whoever did it verified it
    # The due date that was last found to have passed, and how many different ones have.
    missed_due = DateField(null=True)
    missed_times = SmallIntegerField(default=0)
    version = IntegerField(default=1)

    class Meta:
        indexes = (
            (("partner", "state", "due"), False),
            (("user", "state"), False),
            (("state", "due"), False),
            (("ref",), False),
        )


class TaskFile(Model):
    """A file that shows that a task is done."""

    task = ForeignKeyField(Task, backref="+", index=False)
    file = ForeignKeyField(StoredFile, backref="+", unique=True)

    class Meta:
        primary_key = CompositeKey("task", "file")


class TaskStep(Model):
    """What somebody did about a task; written once, never changed."""

    task = ForeignKeyField(Task, backref="+", index=False)
    at = DateTimeField(default=clock.now)
    by = ForeignKeyField(User, backref="+", null=True, index=False)
    side = CharField(max_length=8)  # whose act it is
    action = CharField(max_length=12)  # created, changed, or one of rules.ACTIONS
    on_behalf = BooleanField(default=False)
    shared = BooleanField(default=False)  # whether the task was, then: contacts see no other step
    text = TextField(default="")  # the reason, or what shows that it is done

    class Meta:
        indexes = ((("task", "at"), False),)
