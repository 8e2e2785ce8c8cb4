"""An announcement of the sample desk, as if it had gone out some days ago."""

from datetime import timedelta

from app.core import clock
from app.core.accounts.models import User
from app.core.messages import announcing
from app.core.messages.models import Announcement, AnnouncementPartner, Notification
from app.core.partners.models import Partner

SUBJECT = "Autumn partner day on the harbour"
TEXT = """Dear partners,

we would like to show you what we have planned for the coming year, and hear what you have planned.

Come to our house on the harbour; lunch is on us. Tell your contact how many of you are coming."""


def load(manager: User) -> None:
    """Write it, and let the contacts who can sign in find it; call it within `without_mail`."""
    now = clock.now()
    sent = now - timedelta(days=5)
    made = Announcement.create(
        subject=SUBJECT, text=TEXT, by=manager, created_at=sent, send_at=sent, sent_at=sent
    )
    active = Partner.select(Partner.id).where(Partner.status == "active").order_by(Partner.id)
    for (partner_id,) in active.tuples():
        people = announcing.reached([partner_id])
        AnnouncementPartner.insert(
            announcement=made.id, partner=partner_id, contacts=len(people)
        ).execute()
        for contact in people:
            if contact.user_id is not None:
                announcing.tell(made, contact)
    mine = Notification.ref == f"announcement:{made.id}"
    Notification.update(at=sent, read_at=sent).where(mine).execute()
