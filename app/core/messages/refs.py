"""Announcements, as refs point at them."""

from collections.abc import Collection

from app.core.contract import Link, Viewer
from app.core.messages.languages import site_path
from app.core.messages.models import Announcement, AnnouncementPartner


def announcements(ids: Collection[int], viewer: Viewer) -> dict[int, Link]:
    """Every announcement for those who write some; for a contact what its partner was sent."""
    query = Announcement.select(Announcement.id, Announcement.subject).where(
        Announcement.id.in_(list(ids))
    )
    if viewer.is_staff and not viewer.can("partners.edit"):
        return {}
    if not viewer.is_staff:
        sent = AnnouncementPartner.select(AnnouncementPartner.announcement).where(
            AnnouncementPartner.partner == viewer.partner_id
        )
        query = query.where(Announcement.id.in_(sent), Announcement.sent_at.is_null(False))
    endpoint = "messages.announcement" if viewer.is_staff else "messages.news"
    return {
        id_: Link(subject, site_path(endpoint, announcement_id=id_))
        for id_, subject in query.tuples()
    }
