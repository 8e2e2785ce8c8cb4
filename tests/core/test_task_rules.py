"""Who may do what about a task: the state table."""

from app.core.tasks.rules import ACTIONS, Actor, Facts, possible

OWNER = Actor("host", edits=True)
RESPONSIBLE = Actor("host", responsible=True)  # one of staff who may only read the partner
READER = Actor("host")
CONTACT = Actor("partner")
TABLE = (
    # what the task is, who asks, what may be done
    (Facts("todo", "host", False), OWNER, "start finish waive cancel"),
    (Facts("doing", "host", False), OWNER, "finish waive cancel"),
    (Facts("todo", "host", False), RESPONSIBLE, "start finish"),
    (Facts("todo", "host", False), READER, ""),
    (Facts("todo", "host", True), CONTACT, "waive"),
    (Facts("todo", "host", False), CONTACT, ""),
    (Facts("todo", "partner", True), OWNER, "record waive cancel"),
    (Facts("todo", "partner", True), CONTACT, "start finish"),
    (Facts("doing", "partner", True), CONTACT, "finish"),
    (Facts("done", "partner", True), OWNER, "verify refuse"),
    (Facts("done", "partner", True), CONTACT, ""),
    (Facts("done", "host", True), CONTACT, "verify refuse"),
    (Facts("done", "host", False), RESPONSIBLE, ""),
    (Facts("done", "host", False, verified=True), OWNER, ""),
    (Facts("done", "partner", True, undoable=True), CONTACT, "undo"),
    (Facts("waived", "partner", True), OWNER, "reopen"),
    (Facts("cancelled", "host", False), OWNER, "reopen"),
    (Facts("waived", "partner", True), CONTACT, ""),
)


def test_each_row_of_the_table():
    for task, actor, allowed in TABLE:
        assert possible(task, actor) == tuple(allowed.split()), (task, actor)


def test_whatever_lets_somebody_off_asks_for_words():
    assert {key for key, row in ACTIONS.items() if row.words} == {
        *("record", "refuse", "undo", "waive", "cancel"),
    }
