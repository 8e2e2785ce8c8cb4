"""Who is who: staff by department, line and rank, a partner's people, and who stands in for whom.

Contacts have what staff have elsewhere: their level and matters are the partner's records.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import NamedTuple

from peewee import JOIN, Case

from app.core.accounts import rules
from app.core.accounts.models import DEPARTMENTS, ROLES, STAFF_ROLES, User
from app.core.accounts.rules import Absence
from app.core.ids import row_id
from app.core.partners.models import Contact, Partner, PartnerTeam


class UnknownRule(ValueError):
    """A rule about people that says nothing we know."""


class AccountRow(NamedTuple):
    """Somebody with an account, as plugins read it."""

    id: int
    name: str
    email: str
    role: str


class ContactRow(NamedTuple):
    """A partner's own contact, as plugins read it; `user_id` is the account, where there is one."""

    id: int
    name: str
    email: str
    user_id: int | None
    can_sign: bool
    is_primary: bool


def people(rule: str, today: date) -> set[int]:
    """The ids of the active people whom a rule names.

    | rule | who |
    |---|---|
    | `user:7` | this person |
    | `role:admin` | everybody with the role (admin, manager, viewer, contact) |
    | `department:finance` | staff of the department |
    | `executives` | the host's executives, else its administrators |
    | `executives:12` | the executives of partner 12 who can sign in |
    | `line_manager:7` | the line manager of person 7 |
    | `owner:12`, `team:12` | the owner of partner 12; the owner and the team |
    | `contacts:12` | the contacts of partner 12 who can sign in |

    Where somebody is named for themself (all but role and department) a deputy stands in during an
    absence. Raises UnknownRule for another rule; what names nobody is an empty set.
    """
    kind, _colon, value = rule.partition(":")
    if kind == "role" and value in ROLES:
        return _ids(User.role == value)
    if kind == "department" and value in DEPARTMENTS:
        return _ids((User.department == value) & User.role.in_(STAFF_ROLES))
    if kind == "executives" and not value:
        return present(executives(), today)
    finder, id_ = _BY_ID.get(kind), row_id(value)
    if finder is None or id_ is None:
        raise UnknownRule(f"there is no rule {rule[:80]!r} about people")
    return present(finder(id_), today)


def line_managers(ids: Collection[int]) -> dict[int, int]:
    """The active line manager of each of these people who has one."""
    boss = User.alias()
    rows = (
        User.select(User.id, boss.id)
        .join(boss, on=(User.line_manager == boss.id))
        .where(User.id.in_(list(ids)), boss.active)
        .tuples()
    )
    return dict(rows) if ids else {}


def executives(partner_id: int | None = None) -> set[int]:
    """The executives of our side, else its administrators; or those of a partner who can sign in.

    A partner's are the contacts of level executive, else those who can sign, else the primary one
    (domain specification §4).
    """
    if partner_id is None:
        staff = User.role.in_(STAFF_ROLES)
        return _ids(User.is_executive & staff) or _ids(User.role == "admin")
    rows = (
        Contact.select(Contact.user, Contact.level, Contact.can_sign, Contact.is_primary)
        .join(User, on=(Contact.user == User.id))
        .where(*_reachable(partner_id))
        .tuples()
    )
    return set(rules.executives_of(list(rows)))


def staff_accounts() -> list[AccountRow]:
    """The active people of our side, by name. Show them to staff."""
    rows = User.select(User.id, User.name, User.email, User.role).where(
        User.active, User.role.in_(STAFF_ROLES)
    )
    return [AccountRow(*row) for row in rows.order_by(User.name, User.id).tuples()]


def partner_contacts(partner_id: int) -> list[ContactRow]:
    """A partner's own active contacts, the primary one first.

    Check the viewer's right to the partner first.
    """
    account = Case(None, ((User.active, User.id),), None)
    rows = (
        Contact.select(
            *(Contact.id, Contact.name, Contact.email),
            *(account, Contact.can_sign, Contact.is_primary),
        )
        .join(User, JOIN.LEFT_OUTER, on=(Contact.user == User.id))
        .where(Contact.partner == partner_id, Contact.side == "partner", Contact.active)
        .order_by(Contact.is_primary.desc(), Contact.name, Contact.id)
    )
    return [ContactRow(*row) for row in rows.tuples()]


def partner_staff(partner_id: int) -> set[int]:
    """The owner and the team of a partner, present or absent, without deputies.

    `people("team:12")` names those who act today; this names those who have a stake.
    """
    team = PartnerTeam.select(PartnerTeam.user).where(PartnerTeam.partner == partner_id)
    owner = Partner.select(Partner.owner).where(
        Partner.id == partner_id, Partner.owner.is_null(False)
    )
    return {row[0] for row in (*team.tuples(), *owner.tuples())}


def departments() -> dict[str, set[int]]:
    """The active staff of each department; every department is a key."""
    found: dict[str, set[int]] = {name: set() for name in DEPARTMENTS}
    rows = User.select(User.department, User.id).where(
        User.active, User.department != "", User.role.in_(STAFF_ROLES)
    )
    for department, user_id in rows.tuples():
        found.setdefault(department, set()).add(user_id)
    return found


def present(ids: Iterable[int], today: date) -> set[int]:
    """These people, with the deputies of those who are absent in their place."""
    return set(stand_ins(ids, today).values())


def stand_ins(ids: Iterable[int], today: date) -> dict[int, int]:
    """Who acts for each of these people: themselves, or a deputy while they are absent."""
    wanted = set(ids)
    if not wanted:
        return {}
    absences = {
        user_id: Absence(*absence)
        for user_id, *absence in User.select(
            User.id, User.absent_from, User.absent_until, User.deputy
        )
        .where(User.active, User.id.in_(wanted) | User.role.in_(STAFF_ROLES))
        .tuples()
    }
    return {person: rules.stand_in(person, absences, today) for person in wanted}


def _ids(condition: object) -> set[int]:
    return {row[0] for row in User.select(User.id).where(User.active, condition).tuples()}


def _reachable(partner_id: int) -> tuple[object, ...]:
    return (
        Contact.partner == partner_id,
        Contact.side == "partner",
        Contact.active,
        User.active,
    )


def _owner(partner_id: int) -> set[int]:
    owner = Partner.select(Partner.owner).where(Partner.id == partner_id)
    return _ids(User.id.in_(owner))


def _team(partner_id: int) -> set[int]:
    team = PartnerTeam.select(PartnerTeam.user).where(PartnerTeam.partner == partner_id)
    return _owner(partner_id) | _ids(User.id.in_(team))


def _contacts(partner_id: int) -> set[int]:
    rows = (
        Contact.select(Contact.user)
        .join(User, on=(Contact.user == User.id))
        .where(*_reachable(partner_id))
        .tuples()
    )
    return {row[0] for row in rows}


_BY_ID: dict[str, Callable[[int], set[int]]] = {
    "user": lambda user_id: _ids(User.id == user_id),
    "line_manager": lambda user_id: set(line_managers([user_id]).values()),
    "owner": _owner,
    "team": _team,
    "contacts": _contacts,
    "executives": executives,
}
