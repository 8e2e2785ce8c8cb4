"""Reads of announcements, for those who write them and those who get them."""

from datetime import datetime
from typing import Any, NamedTuple

from peewee import Case, fn

from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.kept import kept
from app.core.messages.models import Announcement, AnnouncementPartner, Mail
from app.core.partners.access import editable_by, own
from app.core.partners.models import Contact, Partner, PartnerTag


class Sent(NamedTuple):
    """An announcement in the list, with what became of it."""

    id: int
    subject: str
    author: str
    author_id: int
    send_at: datetime
    sent_at: datetime | None
    called_back_at: datetime | None
    partners: int
    contacts: int
    waiting: int
    delivered: int
    refused: int

    @property
    def state(self) -> str:
        """waiting, called_back, or sent."""
        if self.called_back_at:
            return "called_back"
        return "sent" if self.sent_at else "waiting"


def announcements(viewer: Viewer, page: int, size: int) -> tuple[list[Sent], int]:
    """One page of what was written, the latest first: own ones, or all for administrators."""
    mine = True if viewer.can("partners.admin") else Announcement.by == viewer.user_id
    query = _select().where(mine).order_by(Announcement.id.desc())
    rows = list(query.paginate(page, size).tuples())
    mails = _mails([row[0] for row in rows])
    return [_sent(row, mails) for row in rows], Announcement.select().where(mine).count()


def announcement(viewer: Viewer, announcement_id: int) -> tuple[Sent, str] | None:
    """One announcement with its text; own ones, or any for administrators."""
    mine = True if viewer.can("partners.admin") else Announcement.by == viewer.user_id
    row = _select().where(Announcement.id == announcement_id, mine).tuples().first()
    if row is None:
        return None
    text = Announcement.select(Announcement.text).where(Announcement.id == announcement_id)
    return _sent(row, _mails([announcement_id])), str(text.scalar())


def partners_of(announcement_id: int) -> list[tuple[int, str, int | None]]:
    """Whose contacts an announcement is for: partner, name, and how many were told."""
    rows = (
        AnnouncementPartner.select(Partner.id, Partner.name, AnnouncementPartner.contacts)
        .join(Partner)
        .where(AnnouncementPartner.announcement == announcement_id)
        .order_by(Partner.name_key, Partner.id)
    )
    return list(rows.tuples())


def troubles(announcement_id: int) -> list[Mail]:
    """The mails of an announcement that nobody got."""
    return list(
        Mail.select()
        .where(Mail.ref == f"announcement:{announcement_id}", Mail.state.in_(("bounced", "failed")))
        .order_by(Mail.id)
        .limit(200)
    )


class Addressed(NamedTuple):
    """A partner that can be written to, and how many contacts it has to reach."""

    id: int
    name: str
    contacts: int
    mine: bool


def addressed(viewer: Viewer, limit: int = 2_000) -> list[Addressed]:
    """The partners that somebody may write to, by name."""
    reached = Contact.select(fn.COUNT(Contact.id)).where(
        Contact.partner == Partner.id,
        Contact.side == "partner",
        Contact.active,
        (Contact.email != "") | Contact.user.is_null(False),
    )
    rows = (
        Partner.select(Partner.id, Partner.name, reached, Case(None, ((own(viewer), 1),), 0))
        .where(editable_by(viewer), Partner.status.in_(("onboarding", "active", "suspended")))
        .order_by(Partner.name_key, Partner.id)
        .limit(limit)
        .tuples()
    )
    return [Addressed(id_, name, count, bool(mine)) for id_, name, count, mine in rows]


def tags_of(viewer: Viewer) -> dict[str, list[int]]:
    """The tags of partners that somebody may write to, with those partners."""
    rows = (
        PartnerTag.select(PartnerTag.tag, PartnerTag.partner)
        .join(Partner)
        .where(editable_by(viewer), Partner.status.in_(("onboarding", "active", "suspended")))
        .order_by(PartnerTag.tag, PartnerTag.partner)
        .tuples()
    )
    found: dict[str, list[int]] = {}
    for tag, partner_id in rows:
        found.setdefault(tag, []).append(partner_id)
    return found


def news(viewer: Viewer, limit: int = 50) -> list[Any]:
    """What a contact's own partner was told, the latest first."""
    return _latest_news(viewer, limit)


@kept
def _latest_news(viewer: Viewer, limit: Any) -> Any:
    return _news(viewer).order_by(Announcement.sent_at.desc()).limit(limit)


def one_news(viewer: Viewer, announcement_id: int) -> Announcement | None:
    """One announcement that the contact's own partner was sent."""
    return _news(viewer).where(Announcement.id == announcement_id).first()


def _news(viewer: Viewer) -> Any:
    return (
        Announcement.select(Announcement)
        .join(AnnouncementPartner, on=(AnnouncementPartner.announcement == Announcement.id))
        .where(
            AnnouncementPartner.partner == viewer.partner_id,
            Announcement.sent_at.is_null(False),
        )
    )


def _select() -> Any:
    to = AnnouncementPartner.select(fn.COUNT(AnnouncementPartner.partner)).where(
        AnnouncementPartner.announcement == Announcement.id
    )
    told = AnnouncementPartner.select(fn.COALESCE(fn.SUM(AnnouncementPartner.contacts), 0)).where(
        AnnouncementPartner.announcement == Announcement.id
    )
    return Announcement.select(
        Announcement.id,
        Announcement.subject,
        User.name,
        User.id,
        Announcement.send_at,
        Announcement.sent_at,
        Announcement.called_back_at,
        to,
        told,
    ).join(User)


def _mails(ids: list[int]) -> dict[tuple[str, str], int]:
    """How many mails of announcements are in which state."""
    rows = (
        Mail.select(Mail.ref, Mail.state, fn.COUNT(Mail.id))
        .where(Mail.ref.in_([f"announcement:{id_}" for id_ in ids]))
        .group_by(Mail.ref, Mail.state)
        .tuples()
    )
    return {(ref, state): count for ref, state, count in rows}


def _sent(row: tuple[Any, ...], mails: dict[tuple[str, str], int]) -> Sent:
    def count(*states: str) -> int:
        return sum(mails.get((f"announcement:{row[0]}", state), 0) for state in states)

    return Sent(*(*row, count("waiting"), count("sent"), count("bounced", "failed")))
