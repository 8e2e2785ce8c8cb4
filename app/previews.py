"""The portal as a given contact sees it: staff look, and nothing can be written.

A preview lies in the signed session cookie of whoever looks. While it lasts this browser has the
contact's eyes alone: the rights of staff are set aside on every page, not on the portal's only.
"""

import time
from typing import NamedTuple

from flask import g, session
from peewee import JOIN

from app.core import audit
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.partners.access import editable_by
from app.core.partners.models import Contact, Partner

LASTS = 3600  # seconds
# What is the contact's own is not shown: account, notifications, sessions, tokens.
_NOT_SHOWN = {"account.own"}


class Preview(NamedTuple):
    """Who looks, and whose portal it is."""

    staff: Viewer
    contact_id: int
    contact: str
    partner_id: int
    partner: str


def start(contact: Contact) -> None:
    """Let this browser see what a contact sees, from the next page on; on record."""
    with atomic():
        audit.record("portal.previewed", f"contact:{contact.id}", {"partner": contact.partner_id})
    session["preview"] = [contact.id, int(time.time())]


def end() -> None:
    """Give this browser back to the person who is signed in; on record."""
    found: Preview = g.preview
    session.pop("preview", None)
    with atomic():
        audit.record(
            "portal.preview_ended", f"contact:{found.contact_id}", {"partner": found.partner_id}
        )


def asked_for() -> int | None:
    """The contact whose eyes this browser has; costs nothing where there is no preview."""
    value = session.get("preview")
    if not isinstance(value, list) or len(value) != 2:
        return None
    contact_id, since = value
    return contact_id if 0 <= time.time() - since <= LASTS else None


def as_seen(
    staff: Viewer, contact_id: int, permissions: frozenset[str], locale: str
) -> tuple[Preview, Viewer] | None:
    """The contact as a viewer, if this person may still look; `permissions` are a contact's.

    The viewer is nobody's account (`user_id` 0): what a contact has typed, was told or has set up
    for themselves stays theirs.
    """
    if not staff.can("partners.edit"):
        return None
    contact = (
        Contact.select(Contact, Partner, User)
        .join(Partner)
        .join(User, JOIN.LEFT_OUTER, on=(Contact.user == User.id), src=Contact)
        .where(
            Contact.id == contact_id, Contact.side == "partner", Contact.active, editable_by(staff)
        )
        .first()
    )
    if contact is None:
        return None
    own = contact.user.locale if contact.user_id else ""
    viewer = Viewer(
        user_id=0,
        name=contact.name,
        email=contact.email,
        role="contact",
        permissions=permissions - _NOT_SHOWN,
        partner_id=contact.partner_id,
        contact_id=contact.id,
        can_sign=contact.can_sign,
        locale=own or contact.locale or contact.partner.locale or locale,
        theme=staff.theme,
    )
    partner = contact.partner
    return Preview(staff, contact.id, contact.name, partner.id, partner.name), viewer
