"""Who is concerned: the people of a partner on both sides, as user ids."""

from app.core.accounts.models import User
from app.core.accounts.queries import people
from app.core.partners.models import Contact


def staff_of(partner_id: int) -> set[int]:
    """A partner's owner and team, or who stands in for them; where none of them may act, the
    administrators."""
    acting = people(f"team:{partner_id}")
    rows = User.select(User.id).where(User.id.in_(acting), User.role.in_(("manager", "admin")))
    return {row[0] for row in rows.tuples()} or administrators()


def administrators() -> set[int]:
    """Everybody who administers the desk."""
    return people("role:admin")


def contacts_of(partner_id: int, *, may_sign: bool = False) -> set[int]:
    """A partner's contacts who can sign in; those who may sign for it, where that is asked."""
    found = people(f"contacts:{partner_id}")
    if not may_sign:
        return found
    rows = Contact.select(Contact.user).where(
        Contact.partner == partner_id, Contact.side == "partner", Contact.active, Contact.can_sign
    )
    return found & {row[0] for row in rows.tuples()}
