"""Whose data are meant, and what is held on them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import fn

from app.core.accounts.models import User
from app.core.contract import PersonalRows, Subject
from app.core.db import database
from app.core.host import Host, current_host
from app.core.models import PendingErasure
from app.core.partners.models import Contact
from app.core.personal.registry import PARTS


class Pending(NamedTuple):
    """An erasure that waits for a plugin."""

    plugin: str
    alias: str
    since: Any


def by_email(email: str) -> Subject | None:
    """The person with this address: an account, contacts, or both."""
    wanted = email.strip().lower()
    if not wanted:
        return None
    user = User.get_or_none(User.email == wanted)
    contacts = Contact.select().where(fn.LOWER(Contact.email) == wanted)
    return _subject(user, list(contacts))


def by_user(user_id: int) -> Subject | None:
    """The person with this account, and the contacts that are theirs."""
    user = User.get_or_none(User.id == user_id)
    return _subject(user, []) if user else None


def own(user_id: int) -> Subject | None:
    """A person as they ask for themselves: the account, its address, and the contacts tied to it.

    A contact's address is what staff or a proposal wrote there: nobody has shown that it is
    theirs, so it opens nothing.
    """
    user = User.get_or_none(User.id == user_id)
    if user is None:
        return None
    contacts = Contact.select(Contact.id).where(Contact.user == user.id).tuples()
    return Subject(
        alias=f"Person {user.id}",
        user_id=user.id,
        contact_ids=tuple(sorted(id_ for (id_,) in contacts)),
        names=(user.name,),
        emails=(user.email,),
    )


def of_contact(contact: Contact) -> Subject | None:
    """The person who is a contact, with the account and the other contacts that are theirs."""
    return by_email(contact.email) or _subject(None, [contact])


def _subject(user: User | None, contacts: Iterable[Contact]) -> Subject | None:
    """Everything that is one person: an account and the contacts that share it or its address."""
    found = {contact.id: contact for contact in contacts}
    for contact in list(found.values()):
        if user is None and contact.user_id:
            user = User.get_by_id(contact.user_id)
    if user is not None:
        same = Contact.select().where(
            (Contact.user == user.id) | (fn.LOWER(Contact.email) == user.email)
        )
        found |= {contact.id: contact for contact in same}
    if user is None and not found:
        return None
    people = [*([user] if user else []), *found.values()]
    alias = f"Person {user.id}" if user else f"Contact {min(found)}"
    return Subject(
        alias=alias,
        user_id=user.id if user else None,
        contact_ids=tuple(sorted(found)),
        names=tuple(dict.fromkeys(each.name for each in people)),
        emails=tuple(dict.fromkeys(each.email.lower() for each in people if each.email)),
    )


def held(subject: Subject) -> list[PersonalRows]:
    """Everything that core and the plugins that are on hold on a person.

    A plugin that fails fails the whole: a part that is left out would be a wrong answer.
    """
    found = [rows for part in PARTS.values() for rows in part.export(subject)]
    for plugin, answer in current_host().gather("personal_data", subject=subject).items():
        for rows in answer or ():
            if not isinstance(rows, PersonalRows):
                raise TypeError(f"plugin {plugin}: personal_data() answered no PersonalRows")
            found.append(rows)
    return [rows for rows in found if rows.rows or rows.files]


def waiting_plugins(host: Host) -> list[str]:
    """Plugins that are off or quarantined while their tables are here."""
    tables = database.get_tables()
    off = {plugin.name for plugin in host.plugins if not host.is_on(plugin.name)}
    return sorted(
        name
        for name in off
        if any(t.startswith(f"{name}_") and t != f"{name}_migration" for t in tables)
    )


def pending() -> list[Pending]:
    """Erasures that wait for a plugin to return, the oldest first."""
    rows = PendingErasure.select().order_by(PendingErasure.at)
    return [Pending(row.plugin, row.alias, row.at) for row in rows]
