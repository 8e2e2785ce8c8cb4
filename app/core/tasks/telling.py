"""Who hears of a task's step: those who have to act on it, and the side that it concerns."""

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core.accounts.models import STAFF_ROLES, User
from app.core.contract import Viewer
from app.core.messages.languages import site_path
from app.core.messages.services import notify, register_event
from app.core.partners.models import Contact, Partner
from app.core.tasks.models import Task

ASKED, ANSWERED = "tasks.asked", "tasks.answered"
_OF = {
    **dict.fromkeys(("created", "changed", "refuse", "reopen"), ASKED),
    **dict.fromkeys(("finish", "verify", "record", "waive", "cancel", "undo"), ANSWERED),
    "settled": ANSWERED,
}
_TITLES: dict[str, Callable[[str], str]] = {
    "created": lambda title: _("A task for you: %(title)s", title=title),
    "changed": lambda title: _("A task was changed: %(title)s", title=title),
    "refuse": lambda title: _("Not accepted: %(title)s", title=title),
    "reopen": lambda title: _("Opened again: %(title)s", title=title),
    "finish": lambda title: _("Done, please verify: %(title)s", title=title),
    "verify": lambda title: _("Verified: %(title)s", title=title),
    "record": lambda title: _("Recorded as done on the partner’s behalf: %(title)s", title=title),
    "waive": lambda title: _("Waived: %(title)s", title=title),
    "cancel": lambda title: _("Cancelled: %(title)s", title=title),
    "undo": lambda title: _("Undone by the partner: %(title)s", title=title),
    "settled": lambda title: _("Settled by what was reported: %(title)s", title=title),
}


def tell(task: Task, action: str, *, by: Viewer | None, text: str = "") -> None:
    """Tell the people whom a step concerns, each side with its own address; in the transaction."""
    if action not in _OF:
        return
    for endpoint, people in (
        ("tasks.show", _host(task, action)),
        ("portal.task", _partner(task, action) if task.visibility == "shared" else set()),
    ):
        if people:
            notify(
                _OF[action],
                people,
                title=lambda: _TITLES[action](task.title),
                text=text,
                ref=f"task:{task.id}",
                url=site_path(endpoint, task_id=task.id),
                key=f"task:{task.id}:{task.version}",
                by=by.user_id if by else None,
            )


def _host(task: Task, action: str) -> set[int]:
    """Of staff: whoever has to do it where it is asked, else also who set it and who owns."""
    if _OF[action] == ASKED:
        return {task.user_id} if task.side == "host" and task.user_id else set()
    if action == "verify":
        doer = User.get_or_none(User.id == task.done_by_id) if task.done_by_id else None
        return {doer.id} if doer and doer.role in STAFF_ROLES else set()
    owner = Partner.select(Partner.owner).where(Partner.id == task.partner_id).scalar()
    setter = task.created_by if task.created_by_id else None
    people = {task.user_id, owner, setter.id if setter and setter.role in STAFF_ROLES else None}
    return {id_ for id_ in people if id_}


def _partner(task: Task, action: str) -> set[int]:
    """Of the partner: who is responsible, else all who can sign in; asked only of its own tasks."""
    if _OF[action] == ASKED and task.side != "partner":
        return set()
    if action == "verify" and task.side != "partner":
        return set()
    query = Contact.select(Contact.user).where(
        Contact.partner == task.partner_id,
        Contact.side == "partner",
        Contact.active,
        Contact.user.is_null(False),
    )
    people = {row[0] for row in query.tuples()}
    named = people & {task.contact.user_id if task.contact_id else None}
    return named or people


_GROUP = lazy_gettext("Tasks")
register_event(ASKED, lazy_gettext("A task is set to you, or comes back"), group=_GROUP)
register_event(ANSWERED, lazy_gettext("A task is done, verified or waived"), group=_GROUP)
