"""Tasks of the sample desk: every text bears its partner's name."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.partners.models import Contact, Partner
from app.core.tasks.models import Task
from app.core.tasks.services import act, create_task, note_missed

_RIGHTS = frozenset({"tasks.edit", "partners.admin"})


class Seed(NamedTuple):
    """A task; `{}` is the partner's name, `days` is when it is due, from today."""

    code: str
    side: str
    title: str
    days: int
    visibility: str = "shared"
    description: str = ""
    acts: tuple[tuple[str, str, str], ...] = ()  # side, action, text


SEEDS = (
    Seed("AURORA", "host", "Send the new signs for the shops of {}", -6, description="Two lack."),
    Seed(
        "AURORA",
        "partner",
        "{}: confirm the dates of the spring campaign",
        9,
        description="Shop by shop, so that the leaflets are printed once.",
        acts=(("partner", "start", ""),),
    ),
    Seed(
        "AURORA",
        "partner",
        "{}: send the photographs of the three openings",
        -2,
        acts=(("partner", "finish", "They are in the shared folder."),),
    ),
    Seed("AURORA", "host", "Prepare the yearly talk with {}", 21, "internal"),
    Seed(
        "CEDAR",
        "host",
        "Give {} a test account",
        -20,
        acts=(("host", "finish", "Sent to their technical contact."), ("partner", "verify", "")),
    ),
    Seed("CEDAR", "partner", "{}: name somebody for technical questions", -11),
    Seed(
        "CEDAR",
        "host",
        "Compare the prices of {} with last year’s",
        14,
        "internal",
        acts=(("host", "waive", "Done in the yearly review."),),
    ),
)


def load(today: date, manager: User, contacts: Mapping[str, User]) -> None:
    """Write the sample's tasks for the partners that are there."""
    for seed in SEEDS:
        partner = Partner.get_or_none(Partner.code == seed.code)
        if partner is None:
            continue
        staff = _staff(manager)
        task_id = create_task(
            partner_id=partner.id,
            title=seed.title.format(partner.name),
            description=seed.description,
            side=seed.side,
            due=today + timedelta(days=seed.days),
            visibility=seed.visibility,
            by=staff,
        )
        for side, action, text in seed.acts:
            by = staff if side == "host" else _contact(contacts.get(seed.code), partner)
            if by is not None:
                task = Task.get_by_id(task_id)
                act(task, action, by=by, version=task.version, text=text)
    note_missed()


def _staff(user: User) -> Viewer:
    return Viewer(user.id, user.name, user.email, user.role, _RIGHTS)


def _contact(user: User | None, partner: Partner) -> Viewer | None:
    if user is None:
        return None
    person = Contact.get_or_none(Contact.user == user.id)
    return Viewer(
        *(user.id, user.name, user.email, "contact", frozenset({"portal.submit"})),
        partner_id=partner.id,
        contact_id=person.id if person else None,
    )
