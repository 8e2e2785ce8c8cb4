"""Writes on tasks: create, change, and what the state table allows. The only writer of this slice.

Every write is one transaction with an audit row, a step of the task's course and the event
`task_changed`. Plugins call `create_task`, `settle_task` and `cancel_task`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from peewee import IntegrityError

from app.core import audit, clock, events, refs
from app.core.accounts.models import STAFF_ROLES, User
from app.core.accounts.queries import current_settings
from app.core.business_time import add_business_days
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.ids import row_id
from app.core.kpis.services.four_eyes import may_approve_own
from app.core.partners.access import editable_by
from app.core.partners.models import SIDES, VISIBILITIES, Contact, Partner
from app.core.settings.business_calendar import business_calendar
from app.core.tasks import queries, rules
from app.core.tasks.evidence import attach
from app.core.tasks.models import OPEN, Task, TaskStep
from app.core.tasks.refusals import StaleTask, TaskRefusal
from app.core.tasks.telling import tell

UNDO_DAYS = 10  # working days in which the partner may undo what was recorded on its behalf
_AT_ONCE = 500  # tasks marked in one statement
LONGEST = {"title": 200, "description": 5000, "text": 2000}
_CHANGED = "Somebody changed this task meanwhile: look at it first."


def create_task(
    *,
    partner_id: int,
    title: str,
    side: str,
    responsible: str = "",
    due: date,
    description: str = "",
    ref: str = "",
    visibility: str = "internal",
    by: Viewer | None,
) -> int:
    """Set one side a task; returns its id.

    `side` is "host" or "partner"; a partner's task is always shared. `responsible` is a ref:
    "user:7" of staff, or "contact:3" of this partner; empty: the partner's owner, or its primary
    contact. `ref` is the object that the task comes from, `by` who sets it, None for the desk
    itself. Raises TaskRefusal.
    """
    values = _checked(
        partner_id,
        {
            "title": title,
            "description": description,
            "side": side,
            "due": due,
            "visibility": visibility,
        },
        responsible,
    )
    with atomic():
        _check_writable(partner_id, by)
        task = Task.create(
            partner=partner_id,
            ref=refs.check(ref),
            created_by=by.user_id if by else None,
            **values,
        )
        _note(task, "created", by)
        tell(task, "created", by=by)
    return int(task.id)


def change_task(
    task: Task, values: Mapping[str, Any], responsible: str, *, version: int, by: Viewer
) -> None:
    """Save an edit of title, description, side, due date, visibility and who is responsible.

    Raises TaskRefusal, and StaleTask where another was faster.
    """
    checked = _checked(task.partner_id, values, responsible)
    with atomic():
        _check_writable(task.partner_id, by)
        if task.state not in OPEN:
            raise TaskRefusal("Only an open task can be changed.")
        _save(task, version, **checked)
        _note(task, "changed", by)
        tell(task, "changed", by=by)
        events.emit("task_changed", task=task.id, old=task.state)


def act(
    task: Task,
    action: str,
    *,
    by: Viewer,
    version: int,
    text: str = "",
    files: Sequence[int] = (),
) -> None:
    """Take a step of the state table; `text` is the reason, or what shows that it is done.

    Raises TaskRefusal, and StaleTask where another was faster.
    """
    today = current_settings().today()
    who, old = queries.actor(task, by), task.state
    if action not in rules.possible(queries.facts(task, today), who):
        raise TaskRefusal("This cannot be done with the task as it stands now.")
    text = text.strip()
    row = rules.ACTIONS[action]
    own = action == "verify" and task.done_by_id == by.user_id
    _check_text(text, needed=row.words)
    if own and not may_approve_own(task.partner_id):
        raise TaskRefusal("You did this yourself: somebody else has to verify it.")
    if own and not text:
        raise TaskRefusal("You did this yourself: say why you verify it.", field="text")
    try:
        with atomic():
            _save(task, version, **_effects(action, by, today), state=row.to)
            if row.to == "done":
                attach(task.id, files, by)
            _note(task, action, by, text)
            tell(task, action, by=by, text=text)
            events.emit("task_changed", task=task.id, old=old)
    except IntegrityError as error:  # the same file was sent twice at once
        raise StaleTask(_CHANGED) from error


def settle_task(task_id: int, text: str = "") -> bool:
    """Close an open task whose work the desk has seen done itself: it needs nobody to verify it.

    For whoever created it by code. Returns whether it was open.
    """
    with atomic():
        task = Task.get_or_none(Task.id == task_id, Task.state.in_(OPEN))
        if task is None:
            return False
        old, now = task.state, clock.now()
        _save(task, task.version, state="done", done_at=now, verified_at=now)
        _note(task, "settled", None, text)
        tell(task, "settled", by=None, text=text)
        events.emit("task_changed", task=task_id, old=old)
    return True


def cancel_task(task_id: int, text: str) -> bool:
    """Call off an open task that nobody needs to do any more; `text` says why.

    For whoever created it by code. Returns whether it was open.
    """
    with atomic():
        task = Task.get_or_none(Task.id == task_id, Task.state.in_(OPEN))
        if task is None:
            return False
        old = task.state
        _save(task, task.version, state="cancelled")
        _note(task, "cancel", None, text)
        tell(task, "cancel", by=None, text=text)
        events.emit("task_changed", task=task_id, old=old)
    return True


def note_missed() -> None:
    """Count each open task whose day has passed, once for each day that it was given."""
    today = current_settings().today()
    passed = Task.missed_due.is_null() | (Task.missed_due != Task.due)
    late = (Task.state.in_(OPEN), Task.due < today, passed)
    with atomic():
        found = list(Task.select(Task.id, Task.missed_times).where(*late).tuples())
        for at in range(0, len(found), _AT_ONCE):
            ids = [id_ for id_, _times in found[at : at + _AT_ONCE]]
            Task.update(missed_due=Task.due, missed_times=Task.missed_times + 1).where(
                Task.id.in_(ids), *late
            ).execute()
        for id_, times in found:
            events.emit("task_overdue", task=id_, times=times + 1)


def _effects(action: str, by: Viewer, today: date) -> dict[str, Any]:
    """The columns that a step sets beside the state."""
    now = clock.now()
    again = {"verified_at": None, "verified_by": None, "on_behalf": False, "undo_until": None}
    if action in ("finish", "record"):
        on_behalf = action == "record"
        until = add_business_days(today, UNDO_DAYS, business_calendar()) if on_behalf else None
        return {
            **again,
            "done_at": now,
            "done_by": by.user_id,
            "on_behalf": on_behalf,
            "undo_until": until,
        }
    if action == "verify":
        return {
            "verified_at": now,
            "verified_by": by.user_id,
            "four_eyes": Task.done_by.is_null() | (Task.done_by != by.user_id),
        }
    return again | {"done_at": None, "done_by": None, "four_eyes": True}


def _save(task: Task, version: int, **values: Any) -> None:
    """Write the columns if the row is as it was seen, and bring the object up to date."""
    changed = (
        Task.update(**values, version=Task.version + 1)
        .where(Task.id == task.id, Task.version == version)
        .execute()
    )
    fresh: Task = Task.get_by_id(task.id)
    if not changed:
        raise StaleTask(_CHANGED)
    task.__data__.update(fresh.__data__)


def _note(task: Task, action: str, by: Viewer | None, text: str = "") -> None:
    """The step in the task's course and in the audit, which never holds the words."""
    side = "host" if by is None or by.is_staff else "partner"
    TaskStep.create(
        task=task.id,
        by=by.user_id if by else None,
        side=side,
        action=action,
        on_behalf=action == "record",
        shared=task.visibility == "shared",
        text=text,
    )
    detail = {"partner": task.partner_id, "state": task.state, "due": task.due.isoformat()}
    audit.record(f"task.{action}", f"task:{task.id}", detail)


def _checked(partner_id: int, values: Mapping[str, Any], responsible: str) -> dict[str, Any]:
    found = dict(values)
    found["title"] = str(found["title"]).strip()
    if not found["title"]:
        raise TaskRefusal("Say what is to be done.", field="title")
    for name in ("title", "description"):
        if len(found[name]) > LONGEST[name]:
            raise TaskRefusal("At most %(most)s characters.", field=name, most=LONGEST[name])
    if found["side"] not in SIDES:
        raise TaskRefusal("A task is the host’s or the partner’s.", field="side")
    if not 1900 <= found["due"].year <= 2999:
        raise TaskRefusal("Give a year from 1900 to 2999.", field="due")
    if found["visibility"] not in VISIBILITIES:
        raise TaskRefusal("A task is internal or shared.", field="visibility")
    if found["side"] == "partner":
        found["visibility"] = "shared"
    return found | _responsible(partner_id, found["side"], responsible)


def _responsible(partner_id: int, side: str, ref: str) -> dict[str, Any]:
    kind, id_ = refs.split(ref) or ("", "")
    number = row_id(id_) or 0
    if side == "host":
        if not ref:
            owner = Partner.select(Partner.owner).where(Partner.id == partner_id)
            return {"user": owner.scalar(), "contact": None}
        staff = User.select(User.id).where(User.id == number, User.active, User.role << STAFF_ROLES)
        if kind != "user" or not staff.exists():
            raise TaskRefusal("Choose one of staff for a task of ours.", field="responsible")
        return {"user": number, "contact": None}
    people = Contact.select(Contact.id).where(
        Contact.partner == partner_id, Contact.side == "partner", Contact.active
    )
    if not ref:
        return {"user": None, "contact": people.where(Contact.is_primary).scalar()}
    if kind != "contact" or not people.where(Contact.id == number).exists():
        raise TaskRefusal("Choose a contact of the partner for its task.", field="responsible")
    return {"user": None, "contact": number}


def _check_text(text: str, *, needed: bool) -> None:
    if needed and not text:
        raise TaskRefusal("Say why, or what shows it.", field="text")
    if len(text) > LONGEST["text"]:
        raise TaskRefusal("At most %(most)s characters.", field="text", most=LONGEST["text"])


def _check_writable(partner_id: int, by: Viewer | None) -> None:
    """Refuse a partner that was merged, and one whose records are not this person's to change."""
    allowed = editable_by(by) if by else Partner.merged_into.is_null()
    if by is not None and not by.can("tasks.edit"):
        raise TaskRefusal("This partner’s tasks are not yours to set.")
    if not Partner.select().where(Partner.id == partner_id, allowed).exists():
        raise TaskRefusal("This partner’s tasks are not yours to set.")
