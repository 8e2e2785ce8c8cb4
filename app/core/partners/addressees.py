"""Who can be written to: partners' contacts and staff alike, with how they are reached."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from app.core.accounts.models import STAFF_ROLES, User
from app.core.messages.models import BouncingAddress, Mail
from app.core.partners.models import Contact, Partner, PartnerTag


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person who may be written to: a partner's contact, or one of staff.

    `reachable` says that there is an address and that no mail to it came back.
    """

    side: str  # "partner" or "host"
    name: str
    email: str
    locale: str
    department: str
    reachable: bool
    user_id: int | None = None
    contact_id: int | None = None
    partner_id: int | None = None
    level: str = ""
    is_primary: bool = False


def contacts_of(partner_ids: Collection[int]) -> list[Addressee]:
    """The active contacts on these partners' side; check the right to the partners first."""
    rows = _contacts().where(Contact.partner.in_(list(partner_ids)), Contact.active)
    return [_contact(row) for row in rows.order_by(Contact.id).dicts()]


def addressees(
    contact_ids: Collection[int] = (), user_ids: Collection[int] = ()
) -> list[Addressee]:
    """These contacts and staff, without those who are no longer active."""
    found = []
    if contact_ids:
        rows = _contacts().where(Contact.id.in_(list(contact_ids)), Contact.active)
        found += [_contact(row) for row in rows.order_by(Contact.id).dicts()]
    if user_ids:
        staff = (
            User.select(
                User.id, User.name, User.email, User.locale, User.department, BouncingAddress.at
            )
            .join(BouncingAddress, JOIN.LEFT_OUTER, on=(BouncingAddress.address == User.email))
            .where(User.id.in_(list(user_ids)), User.active, User.role.in_(STAFF_ROLES))
            .order_by(User.id)
            .tuples()
        )
        found += [
            Addressee("host", name, email, locale or "", department, not bounced, user_id=id_)
            for id_, name, email, locale, department, bounced in staff
        ]
    return found


def returned_mails(refs: Collection[str]) -> set[str]:
    """Those of these refs whose mail came back or could not be sent."""
    wanted = list(refs)
    found: set[str] = set()
    for at in range(0, len(wanted), 500):
        rows = Mail.select(Mail.ref).where(
            Mail.ref.in_(wanted[at : at + 500]), Mail.state.in_(("bounced", "failed"))
        )
        found |= {ref for (ref,) in rows.tuples()}
    return found


def partner_tags() -> list[str]:
    """The words that partners are filed under."""
    rows = PartnerTag.select(PartnerTag.tag).distinct().order_by(PartnerTag.tag)
    return [tag for (tag,) in rows.tuples()]


def tagged(tag: str) -> set[int]:
    """The partners filed under a word."""
    rows = PartnerTag.select(PartnerTag.partner).where(PartnerTag.tag == tag)
    return {id_ for (id_,) in rows.tuples()}


def _contacts() -> Any:
    return (
        Contact.select(
            Contact.id,
            Contact.name,
            Contact.email,
            Contact.department,
            Contact.level,
            Contact.is_primary,
            Contact.user,
            Contact.partner,
            Contact.locale.alias("own_locale"),
            Partner.locale.alias("partner_locale"),
            BouncingAddress.at.alias("bounced"),
        )
        .join(Partner, on=(Contact.partner == Partner.id))
        .join(
            BouncingAddress,
            JOIN.LEFT_OUTER,
            on=(BouncingAddress.address == Contact.email),
            src=Contact,
        )
        .where(Contact.side == "partner")
    )


def _contact(row: dict[str, Any]) -> Addressee:
    return Addressee(
        "partner",
        row["name"],
        row["email"],
        row["own_locale"] or row["partner_locale"],
        row["department"],
        bool(row["email"]) and not row["bounced"],
        user_id=row["user"],
        contact_id=row["id"],
        partner_id=row["partner"],
        level=row["level"],
        is_primary=row["is_primary"],
    )
