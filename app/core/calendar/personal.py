"""What is kept of a person's calendar address."""

from flask_babel import gettext as _

from app.core.calendar.models import CalendarFeed
from app.core.contract import PersonalRows, Subject


def export(subject: Subject) -> list[PersonalRows]:
    """Since when there is one and when it was last read; never the secret."""
    rows = CalendarFeed.select().where(CalendarFeed.user == subject.user_id)
    told = [{"since": str(row.created_at), "read": str(row.used_at)} for row in rows]
    return [PersonalRows(_("Calendar address"), told)]


def erase(subject: Subject) -> None:
    """The address ends."""
    CalendarFeed.delete().where(CalendarFeed.user == subject.user_id).execute()
