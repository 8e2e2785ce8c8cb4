"""Reads about tasks; each takes who asks and keeps to what that person may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, NoReturn

from flask import abort
from peewee import JOIN, Expression

from app.core import audit
from app.core.accounts.models import STAFF_ROLES, User
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.files.models import StoredFile
from app.core.kept import kept
from app.core.partners.access import editable_by, editable_on, own, readable
from app.core.partners.models import Contact, Partner
from app.core.tasks.models import OPEN, Task, TaskFile, TaskStep
from app.core.tasks.rules import Actor, Facts

PER_PAGE = 50


class TaskRow(NamedTuple):
    """A task in a list; `responsible` is the name of whoever that is, or empty."""

    id: int
    partner_id: int
    partner_code: str
    partner_name: str
    title: str
    side: str
    state: str
    due: date
    visibility: str
    verified_at: datetime | None
    on_behalf: bool
    missed_times: int
    ref: str
    user_id: int | None
    contact_id: int | None
    user_name: str | None
    contact_name: str | None

    @property
    def responsible(self) -> str:
        """Who has to see to it."""
        return self.user_name or self.contact_name or ""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN

    @property
    def verified(self) -> bool:
        """Whether somebody has said that it is done."""
        return self.verified_at is not None


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of tasks is narrowed to."""

    state: str = "open"  # open, verify, closed, or all
    side: str = ""
    mine: bool = False


def visible(viewer: Viewer) -> Expression:
    """The condition under which a task, joined with its partner, may be seen by somebody."""
    condition: Any = readable(viewer)
    return condition if viewer.is_staff else condition & (Task.visibility == "shared")


def task_or_404(task_id: int, viewer: Viewer) -> Task:
    """The task; what is another's or does not exist answers 404 and leaves a trace."""
    found: Task | None = (
        Task.select(Task, Partner).join(Partner).where(Task.id == task_id, visible(viewer)).first()
    )
    if found is None:
        _refuse(task_id)
    return found


def _refuse(task_id: int) -> NoReturn:
    with atomic():
        audit.record("access.refused", f"task:{task_id}")
    abort(404)


def facts(task: Task, today: date) -> Facts:
    """What the rules look at of a task."""
    undoable = task.state == "done" and task.on_behalf and task.verified_at is None
    return Facts(
        state=task.state,
        side=task.side,
        shared=task.visibility == "shared",
        verified=task.verified_at is not None,
        undoable=bool(undoable and task.undo_until and task.undo_until >= today),
    )


def actor(task: Task, viewer: Viewer) -> Actor:
    """How somebody stands before a task."""
    if not viewer.is_staff:
        return Actor("partner", responsible=task.contact_id == viewer.contact_id)
    edits = viewer.can("tasks.edit") and (
        Partner.select().where(Partner.id == task.partner_id, editable_by(viewer)).exists()
    )
    return Actor("host", edits=bool(edits), responsible=task.user_id == viewer.user_id)


def listing(
    viewer: Viewer, partner_id: int, filters: Filters, page: int, size: int = PER_PAGE
) -> tuple[list[TaskRow], int]:
    """One page of a partner's tasks, and how many there are; the longest due open ones first."""
    where = [Task.partner == partner_id, visible(viewer), *_narrowed(filters, viewer)]
    count = Task.select(Task.id).join(Partner).where(*where).count()
    order = (Task.due, Task.id) if filters.state in ("open", "verify") else _LATEST
    return _rows(_select(*where).order_by(*order).paginate(page, size)), count


_LATEST = (Task.state.not_in(OPEN), Task.due.desc(), Task.id.desc())


def _narrowed(filters: Filters, viewer: Viewer) -> list[Any]:
    conditions: list[Any] = []
    if filters.state == "open":
        conditions.append(Task.state.in_(OPEN))
    elif filters.state == "verify":
        conditions += [Task.state == "done", Task.verified_at.is_null()]
    elif filters.state == "closed":
        conditions.append(Task.state.not_in(OPEN))
    if filters.side:
        conditions.append(Task.side == filters.side)
    if filters.mine:
        conditions.append(_mine(viewer))
    return conditions


def _mine(viewer: Viewer) -> Any:
    if viewer.is_staff:
        return Task.user == viewer.user_id
    return Task.contact == viewer.contact_id


def open_tasks(viewer: Viewer, partner_id: int, limit: int = 6) -> list[TaskRow]:
    """What is to be done in a partnership, the longest due first."""
    return [TaskRow(*row) for row in _open_tasks(viewer, partner_id, limit)]


@kept
def _open_tasks(viewer: Viewer, partner_id: Any, limit: Any) -> Any:
    query = _select(Task.partner == partner_id, visible(viewer), Task.state.in_(OPEN))
    return query.order_by(Task.due, Task.id).limit(limit).tuples()


def waiting_for(viewer: Viewer, today: date, limit: int) -> list[TaskRow]:
    """What one of staff has to see to, the longest due first: own tasks, those of own partners
    that nobody has, and what own partners have let pass."""
    return [TaskRow(*row) for row in _waiting_for(viewer, today, limit)]


@kept
def _waiting_for(viewer: Viewer, today: Any, limit: Any) -> Any:
    nobodys = (Task.side == "host") & Task.user.is_null() & own(viewer, today)
    theirs = (Task.side == "partner") & (Task.due < today) & own(viewer, today)
    query = _select(
        visible(viewer), Task.state.in_(OPEN), (Task.user == viewer.user_id) | nobodys | theirs
    )
    return query.order_by(Task.due, Task.id).limit(limit).tuples()


def to_verify(viewer: Viewer, limit: int) -> list[TaskRow]:
    """What was done and this person is asked to verify: whoever set the task, else the owner."""
    return [TaskRow(*row) for row in _to_verify(viewer, current_settings().today(), limit)]


@kept
def _to_verify(viewer: Viewer, today: Any, limit: Any) -> Any:
    setter = Task.created_by == viewer.user_id
    owner = (Partner.owner == viewer.user_id) & (
        Task.created_by.is_null() | (Task.created_by == Task.done_by)
    )
    query = _select(
        visible(viewer),
        Task.state == "done",
        Task.verified_at.is_null(),
        Task.done_by.is_null() | (Task.done_by != viewer.user_id),
        setter | owner,
        editable_on(viewer, today),
    )
    return query.order_by(Task.done_at, Task.id).limit(limit).tuples()


def shared_open(viewer: Viewer, limit: int = 60) -> list[TaskRow]:
    """What both sides owe each other, for a contact: what is open, or done and not verified."""
    return [TaskRow(*row) for row in _shared_open(viewer, limit)]


@kept
def _shared_open(viewer: Viewer, limit: Any) -> Any:
    waiting = (Task.state == "done") & Task.verified_at.is_null()
    query = _select(visible(viewer), Task.state.in_(OPEN) | waiting)
    return query.order_by(Task.due, Task.id).limit(limit).tuples()


def by_id(ids: Collection[int]) -> dict[int, TaskRow]:
    """Tasks by id, whoever may see them: for plugins, which show them by `visible_refs`."""
    return {row.id: row for row in _rows(_select(Task.id.in_(list(ids))))}


_COLUMNS = (
    *(Task.id, Task.partner, Partner.code, Partner.name, Task.title, Task.side, Task.state),
    *(Task.due, Task.visibility, Task.verified_at, Task.on_behalf, Task.missed_times, Task.ref),
    *(Task.user, Task.contact, User.name, Contact.name),
)


def _select(*where: Any) -> Any:
    return (
        Task.select(*_COLUMNS)
        .join(Partner)
        .switch(Task)
        .join(User, JOIN.LEFT_OUTER, on=(Task.user == User.id))
        .switch(Task)
        .join(Contact, JOIN.LEFT_OUTER, on=(Task.contact == Contact.id))
        .where(*where)
    )


def _rows(query: Any) -> list[TaskRow]:
    return [TaskRow(*row) for row in query.tuples()]


class StepRow(NamedTuple):
    """What somebody did about a task."""

    at: datetime
    action: str
    side: str
    on_behalf: bool
    text: str
    author: str | None


def steps(task_id: int, viewer: Viewer) -> list[StepRow]:
    """The course of a task, the latest first; for a contact since it is shared."""
    seen = [] if viewer.is_staff else [TaskStep.shared]
    rows = (
        TaskStep.select(
            *(TaskStep.at, TaskStep.action, TaskStep.side),
            *(TaskStep.on_behalf, TaskStep.text, User.name),
        )
        .join(User, JOIN.LEFT_OUTER, on=(TaskStep.by == User.id))
        .where(TaskStep.task == task_id, *seen)
        .order_by(TaskStep.at.desc(), TaskStep.id.desc())
        .limit(200)
        .tuples()
    )
    return [StepRow(*row) for row in rows]


def files(task_id: int) -> list[StoredFile]:
    """The evidence of a task."""
    return list(
        StoredFile.select()
        .join(TaskFile, on=(TaskFile.file == StoredFile.id))
        .where(TaskFile.task == task_id)
        .order_by(StoredFile.id)
    )


def people_of(partner_id: int) -> tuple[Sequence[tuple[int, str]], Sequence[tuple[int, str]]]:
    """Who may be responsible: staff, and the partner's contacts; id and name of each."""
    staff = (
        User.select(User.id, User.name)
        .where(User.role << STAFF_ROLES, User.active)
        .order_by(User.name, User.id)
        .tuples()
    )
    contacts = (
        Contact.select(Contact.id, Contact.name)
        .where(Contact.partner == partner_id, Contact.side == "partner", Contact.active)
        .order_by(Contact.is_primary.desc(), Contact.name)
        .tuples()
    )
    return list(staff), list(contacts)
