"""Announcements: written by staff, sent to contacts one by one after a while to think again."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core import audit, clock
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import atomic, lock
from app.core.events import enqueue
from app.core.messages.languages import external_url, site_path, written_for
from app.core.messages.models import Announcement, AnnouncementPartner
from app.core.messages.services import notify, queue_mail, register_event
from app.core.partners.access import editable_by
from app.core.partners.models import Contact, Partner
from app.core.refusals import Refusal
from app.mail import is_address

JOB = "announcements.send"
WAIT = timedelta(minutes=5)  # in which it can be called back
AT_A_TIME = 50  # partners in one transaction

EVENT = "announcements.sent"
register_event(
    EVENT, lazy_gettext("An announcement"), "at_once", ("contact",), lazy_gettext("From the desk")
)


class AnnouncementRefusal(Refusal):
    """An announcement that cannot be written or called back."""


def announce(subject: str, text: str, partner_ids: Collection[int], *, by: Viewer) -> int:
    """Write to the contacts of these partners; it leaves after `WAIT` unless it is called back.

    Raises AnnouncementRefusal where one of the partners is not this person's to write to, or
    none of them has a contact.
    """
    ids = sorted(set(partner_ids))
    with atomic():
        mine = Partner.select(Partner.id).where(Partner.id.in_(ids), editable_by(by))
        if not by.can("partners.edit") or mine.count() < len(ids):
            raise AnnouncementRefusal("One of these partners is not yours to write to.")
        if not ids or not reached(ids):
            raise AnnouncementRefusal("Nobody would get it: choose partners that have contacts.")
        now = clock.now()
        made = Announcement.create(
            subject=" ".join(subject.split()),
            text=text.strip(),
            by=by.user_id,
            created_at=now,
            send_at=now + WAIT,
        )
        for at in range(0, len(ids), 500):
            AnnouncementPartner.insert_many(
                [{"announcement": made.id, "partner": id_} for id_ in ids[at : at + 500]]
            ).execute()
        audit.record("announcement.written", f"announcement:{made.id}", {"partners": len(ids)})
        enqueue(JOB, delay=WAIT.total_seconds() + 1)
    return int(made.id)


def call_back(announcement_id: int, *, by: Viewer) -> None:
    """Stop an announcement that has not left; its author's or an administrator's to do."""
    with atomic():
        lock(f"announcement:{announcement_id}")
        changed = (
            Announcement.update(called_back_at=clock.now())
            .where(
                Announcement.id == announcement_id,
                Announcement.sent_at.is_null(),
                Announcement.called_back_at.is_null(),
                (Announcement.by == by.user_id) if not by.can("partners.admin") else True,
            )
            .execute()
        )
        if not changed:
            raise AnnouncementRefusal("It has left already, or is not yours to call back.")
        audit.record("announcement.called_back", f"announcement:{announcement_id}")


def send_due() -> None:
    """Send announcements whose time has come, partner by partner: a slow job."""
    due = Announcement.select().where(
        Announcement.send_at <= clock.now(), Announcement.called_back_at.is_null()
    )
    unsent = AnnouncementPartner.select(AnnouncementPartner.announcement).where(
        AnnouncementPartner.contacts.is_null()
    )
    for announcement in due.where(Announcement.id.in_(unsent)).order_by(Announcement.id):
        while _send_some(announcement):
            pass


def _send_some(announcement: Announcement) -> bool:
    """Write to the contacts of the next partners; False where none is left, or it was stopped."""
    with atomic():
        lock(f"announcement:{announcement.id}")
        fresh: Announcement = Announcement.get_by_id(announcement.id)
        if fresh.called_back_at is not None:
            return False
        if fresh.sent_at is None:
            Announcement.update(sent_at=clock.now()).where(Announcement.id == fresh.id).execute()
        open_ = (AnnouncementPartner.announcement == fresh.id) & (
            AnnouncementPartner.contacts.is_null()
        )
        rows = (
            AnnouncementPartner.select(AnnouncementPartner.partner)
            .where(open_)
            .order_by(AnnouncementPartner.partner)
            .limit(AT_A_TIME)
        )
        partner_ids = [row[0] for row in rows.tuples()]
        told = dict.fromkeys(partner_ids, 0)
        for contact in reached(partner_ids):
            told[contact.partner_id] += 1
            tell(fresh, contact)
        for partner_id, count in told.items():
            AnnouncementPartner.update(contacts=count).where(
                AnnouncementPartner.announcement == fresh.id,
                AnnouncementPartner.partner == partner_id,
            ).execute()
    return len(partner_ids) == AT_A_TIME


def tell(announcement: Announcement, contact: Any) -> None:
    """One contact: by a notification where they can sign in, else by a mail alone."""
    ref = f"announcement:{announcement.id}"
    if contact.user_id is not None and contact.user.active:
        notify(
            EVENT,
            [contact.user_id],
            title=announcement.subject,
            text=announcement.text,
            ref=ref,
            url=site_path("messages.news", announcement_id=announcement.id),
            key=ref,
        )
        return
    if not is_address(contact.email):
        return
    locale = getattr(contact, "locale", "") or ""
    with written_for(locale):
        label = _("To the portal")
    queue_mail(
        contact.email,
        kind=EVENT,
        subject=announcement.subject,
        paragraphs=paragraphs(announcement.text),
        action=(label, external_url("portal.index")),
        locale=locale,
        ref=ref,
    )


def paragraphs(text: str) -> list[str]:
    """A text's paragraphs, as they were separated by empty lines."""
    whole = text.replace("\r\n", "\n")
    return [part.strip() for part in whole.split("\n\n") if part.strip()]


def reached(partner_ids: Sequence[int]) -> list[Any]:
    """The contacts on these partners' side who can be told: an address, or an account."""
    found: list[Any] = []
    for at in range(0, len(partner_ids), 500):
        rows = (
            Contact.select(Contact, User)
            .left_outer_join(User, on=(Contact.user == User.id))
            .where(
                Contact.partner.in_(list(partner_ids[at : at + 500])),
                Contact.side == "partner",
                Contact.active,
                (Contact.email != "") | User.active,
            )
            .order_by(Contact.partner, Contact.id)
        )
        found += list(rows)
    return found
