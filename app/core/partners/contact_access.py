"""Letting a partner's contacts in: invitations, and who of them can sign in already."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.core import audit, clock
from app.core.accounts import invitations
from app.core.accounts.models import Invitation, User
from app.core.accounts.tokens import DeadLink
from app.core.audit import Change
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.partners.models import Contact, Partner
from app.core.refusals import Refusal


class AccessRefused(Refusal):
    """A contact who cannot be invited."""


class Access(NamedTuple):
    """How a contact stands with the portal: in, closed, invited, expired or none."""

    state: str
    sent_at: datetime | None = None


def states(people: Sequence[Contact]) -> dict[int, Access]:
    """The state of each contact of the partner's side, in two queries."""
    here = [person for person in people if person.side == "partner"]
    with_account = {person.user_id for person in here if person.user_id}
    rows = User.select(User.id).where(User.id.in_(with_account), User.active).tuples()
    active = {row[0] for row in rows} if with_account else set()
    asked = invitations.open_for_contacts([person.id for person in here if not person.user_id])
    now = clock.now()
    found = {}
    for person in here:
        invitation = asked.get(person.id)
        if person.user_id:
            found[person.id] = Access("in" if person.user_id in active else "closed")
        elif invitation is None:
            found[person.id] = Access("none")
        else:
            state = "invited" if invitation.expires_at > now else "expired"
            found[person.id] = Access(state, invitation.sent_at)
    return found


def invite(contact: Contact, viewer: Viewer) -> None:
    """Mail a contact a link to the portal; their former link is dead. Raises AccessRefused."""
    with atomic():
        contact = Contact.get_by_id(contact.id)
        if contact.side != "partner" or not contact.active:
            raise AccessRefused("Only a partner’s contacts are invited to the portal.")
        if contact.user_id:
            raise AccessRefused("This contact has an account already.")
        if not contact.email:
            raise AccessRefused("Give the contact an e-mail address first.")
        partner_locale = Partner.select(Partner.locale).where(Partner.id == contact.partner_id)
        invitations.invite(
            contact.name,
            contact.email,
            "contact",
            by=viewer.user_id,
            contact_id=contact.id,
            locale=contact.locale or partner_locale.scalar() or "",
        )
        audit.record("contact.invited", f"contact:{contact.id}", {"partner": contact.partner_id})


def revoke(contact: Contact) -> bool:
    """Take a contact's open invitation back; whether there was one."""
    return bool(invitations.revoke(Invitation.contact_id == contact.id))


def joined(row: Invitation, user: User) -> None:
    """The contact's part of an acceptance: the account becomes theirs, or the link is dead."""
    if row.contact_id is None:
        return
    taken = Contact.update(user=user.id, version=Contact.version + 1).where(
        Contact.id == row.contact_id,
        Contact.side == "partner",
        Contact.active,
        Contact.user.is_null(),
    )
    if not taken.execute():
        raise DeadLink
    about, actor = f"contact:{row.contact_id}", f"user:{user.id}"
    audit.record("contact.joined", about, {"user": user.id}, actor)


def moved(user_id: int, former: str, email: str) -> None:
    """A contact confirmed another address from both mailboxes: letters go there from now on."""
    for contact in Contact.select().where(Contact.user == user_id, Contact.email == former):
        Contact.update(email=email, version=Contact.version + 1).where(
            Contact.id == contact.id
        ).execute()
        audit.record(
            "contact.changed",
            f"contact:{contact.id}",
            {"partner": contact.partner_id},
            f"user:{user_id}",
            changes=[Change("email", former, email)],
        )
