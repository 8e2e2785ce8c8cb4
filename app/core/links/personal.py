"""What links hold on a person: those that were sent, and the name under which they acted."""

from flask_babel import gettext as _

from app.core import clock
from app.core.accounts.models import User
from app.core.contract import PersonalRows, Subject
from app.core.links.models import LinkPerson, TaskLink


def export(subject: Subject) -> list[PersonalRows]:
    """The links that were sent to this person; never their secrets."""
    sent = TaskLink.select().where(TaskLink.contact.in_(list(subject.contact_ids)))
    rows = [
        {"at": row.created_at.isoformat(), "to": row.address, "purpose": row.purpose}
        for row in sent
    ]
    return [PersonalRows(_("Links for one task"), rows)]


def erase(subject: Subject) -> None:
    """Links end and lose their address; who acted through them loses the name."""
    own = TaskLink.contact.in_(list(subject.contact_ids))
    TaskLink.update(address="").where(own).execute()
    TaskLink.update(revoked_at=clock.now()).where(own, TaskLink.revoked_at.is_null()).execute()
    acting = LinkPerson.select(LinkPerson.user).where(
        LinkPerson.contact.in_(list(subject.contact_ids))
    )
    User.update(name=subject.alias).where(User.id.in_(acting)).execute()
