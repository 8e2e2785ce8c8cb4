"""What messages hold on a person: mails to them, notifications, addresses that bounce."""

from functools import partial

from flask_babel import gettext as _

from app.core.contract import PersonalRows, Subject
from app.core.db import after_commit
from app.core.messages import outbox_files
from app.core.messages.models import BouncingAddress, Mail, Notification


def export(subject: Subject) -> list[PersonalRows]:
    """Mails and notifications to this person; texts with a token in them stay unsaid."""
    mails = Mail.select().where(_mails(subject)).order_by(Mail.id)
    told = Notification.select().where(Notification.user == subject.user_id)
    return [
        PersonalRows(
            _("E-mails to them"),
            [
                {
                    "at": row.created_at.isoformat(),
                    "to": row.to_address,
                    "subject": row.subject,
                    "state": row.state,
                    "content": "" if row.secret else row.content,
                }
                for row in mails
            ],
        ),
        PersonalRows(
            _("Notifications"),
            [{"at": row.at.isoformat(), "title": row.title, "text": row.text} for row in told],
        ),
    ]


def erase(subject: Subject) -> None:
    """Mails to this person go, sent or not, with their files, and so do notifications."""
    addresses = set(subject.emails)
    addresses |= {row[0] for row in Mail.select(Mail.to_address).where(_mails(subject)).tuples()}
    after_commit(partial(outbox_files.remove_of, addresses))
    Mail.delete().where(_mails(subject)).execute()
    Notification.delete().where(Notification.user == subject.user_id).execute()
    BouncingAddress.delete().where(BouncingAddress.address.in_(list(subject.emails))).execute()


def _mails(subject: Subject) -> object:
    return (Mail.user == subject.user_id) | Mail.to_address.in_(list(subject.emails))
