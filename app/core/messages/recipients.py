"""Who is concerned: the people of a partner on both sides, as user ids."""

from peewee import JOIN

from app.core.accounts.models import User
from app.core.partners.models import Contact, Partner, PartnerTeam


def staff_of(partner_id: int) -> set[int]:
    """A partner's owner and team; where they cannot sign in any more, the administrators."""
    rows = (
        User.select(User.id)
        .join(Partner, on=(Partner.id == partner_id))
        .join(
            PartnerTeam,
            JOIN.LEFT_OUTER,
            on=(PartnerTeam.partner == Partner.id) & (PartnerTeam.user == User.id),
        )
        .where(
            User.active,
            User.role.in_(("manager", "admin")),
            (User.id == Partner.owner) | PartnerTeam.user.is_null(False),
        )
        .tuples()
    )
    return {row[0] for row in rows} or administrators()


def administrators() -> set[int]:
    """Everybody who administers the desk."""
    return {
        row[0] for row in User.select(User.id).where(User.role == "admin", User.active).tuples()
    }


def contacts_of(partner_id: int, *, may_sign: bool = False) -> set[int]:
    """A partner's contacts who can sign in; those who may sign for it, where that is asked."""
    rows = (
        Contact.select(Contact.user)
        .join(User, on=(User.id == Contact.user))
        .where(
            Contact.partner == partner_id, Contact.side == "partner", Contact.active, User.active
        )
    )
    if may_sign:
        rows = rows.where(Contact.can_sign)
    return {row[0] for row in rows.tuples()}
