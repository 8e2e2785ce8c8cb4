"""One mail in the morning with all that happened and all that is due: a job."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from babel.dates import format_skeleton
from flask import current_app
from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _
from peewee import JOIN

from app.core import clock, refs
from app.core.accounts.models import User
from app.core.accounts.queries import Settings, settings
from app.core.contract import Viewer
from app.core.db import atomic, lock, upsert
from app.core.events import enqueue
from app.core.messages.events import DIGESTS, REMINDERS
from app.core.messages.languages import absolute, external_url, written_for
from app.core.messages.models import BouncingAddress, DigestDone, Notification
from app.core.messages.queries import chosen_by
from app.core.messages.reminders import reminders
from app.core.messages.rendering import Item, Section
from app.core.messages.rules import slot
from app.core.messages.services import all_events, queue_mail
from app.core.partners.models import Contact, Partner
from app.mail import is_made_up

JOB = "digests.send"
EVERY = 15 * 60
AT_A_TIME = 20.0  # seconds after which the job leaves the worker to others
MOST = 50  # lines of one kind; more are counted


class Recipient(NamedTuple):
    """Somebody who may get digests, and where they are."""

    viewer: Viewer
    timezone: str
    bounces: bool


class Due(NamedTuple):
    """A digest that somebody is to get now."""

    recipient: Recipient
    frequency: str
    day: date


def send_digests() -> None:
    """Make every digest that is due: a slow job, each person's in a transaction of its own."""
    found = settings()
    if found is None:
        return
    over = time.monotonic() + AT_A_TIME
    for due in _due(found):
        if time.monotonic() > over:
            with atomic():
                enqueue(JOB)
            return
        _make(due, found)


def _due(organisation: Settings) -> list[Due]:
    """Whose digest is due and not seen to yet."""
    now = clock.now()
    everybody = _recipients(organisation)
    if current_app.extensions["entente"].config.mail_way.folder is None:
        # The sample's people are made up: by itself nothing is sent to them in earnest.
        everybody = [one for one in everybody if not is_made_up(one.viewer.email)]
    done = {
        (user_id, frequency): day
        for user_id, frequency, day in DigestDone.select(
            DigestDone.user, DigestDone.frequency, DigestDone.day
        ).tuples()
    }
    found = []
    for one in everybody:
        for frequency in DIGESTS:
            moment = slot(frequency, clock.local(now, one.timezone))
            last = done.get((one.viewer.user_id, frequency))
            if moment and (last is None or last < moment.date()):
                found.append(Due(one, frequency, moment.date()))
    return found


def _make(due: Due, organisation: Settings) -> None:
    """One person's digest, if there is anything to tell."""
    viewer, zone = due.recipient.viewer, due.recipient.timezone
    today = clock.today(zone)
    # What is read looks like a request of this person: links are built, and refs are checked.
    with written_for(viewer.locale), current_app.test_request_context():
        waiting = _waiting(viewer, due.frequency)
        coming = _what_is_due(viewer, today) if _wants_reminders(due) else None
        happened = _what_happened(waiting, viewer, zone)
        sections = [section for section in (coming, happened) if section]
        subject = _subject(coming, happened, organisation)
    with atomic():
        lock(f"digest:{viewer.user_id}")
        if not _note(due):
            return
        told = Notification.id.in_([row.id for row in waiting])
        Notification.update(digest="").where(told).execute()
        if sections and not due.recipient.bounces:
            with written_for(viewer.locale):
                action = (
                    (_("To my work"), external_url("home.work"))
                    if viewer.is_staff
                    else (_("To the portal"), external_url("portal.index"))
                )
            queue_mail(
                viewer.email,
                kind="digest",
                subject=subject,
                paragraphs=[],
                sections=[section._asdict() for section in sections],
                action=action,
                user_id=viewer.user_id,
                locale=viewer.locale,
                digest=due.frequency,
            )


def _note(due: Due) -> bool:
    """Remember that this digest was seen to; False where another worker was faster."""
    mine = (DigestDone.user == due.recipient.viewer.user_id) & (
        DigestDone.frequency == due.frequency
    )
    if DigestDone.select().where(mine, DigestDone.day >= due.day).exists():
        return False
    row = {"user": due.recipient.viewer.user_id, "frequency": due.frequency, "day": due.day}
    upsert(DigestDone, [row])
    return True


def _recipients(organisation: Settings) -> list[Recipient]:
    """Everybody who can sign in, with the rights of their role."""
    permissions = current_app.extensions["entente"].host.permissions
    rows = (
        User.select(
            *(User.id, User.name, User.email, User.role, User.locale),
            *(Contact.partner, Contact.id, Contact.can_sign, Partner.timezone),
            BouncingAddress.address,
        )
        .join(
            Contact,
            JOIN.LEFT_OUTER,
            on=(Contact.user == User.id) & (Contact.side == "partner") & Contact.active,
        )
        .join(Partner, JOIN.LEFT_OUTER, on=(Partner.id == Contact.partner))
        .join(
            BouncingAddress,
            JOIN.LEFT_OUTER,
            on=(BouncingAddress.address == User.email),
            src=User,
        )
        .where(User.active)
        .order_by(User.id)
        .tuples()
    )
    return [
        Recipient(
            Viewer(
                user_id=row[0],
                name=row[1],
                email=row[2],
                role=row[3],
                permissions=permissions.get(row[3], frozenset()),
                partner_id=row[5] if row[3] == "contact" else None,
                contact_id=row[6] if row[3] == "contact" else None,
                can_sign=bool(row[7]) and row[3] == "contact",
                locale=row[4] or organisation.locale,
            ),
            (row[8] if row[3] == "contact" else "") or organisation.timezone,
            bool(row[9]),
        )
        for row in rows
        if row[3] != "contact" or row[5] is not None
    ]


def _wants_reminders(due: Due) -> bool:
    event, user_id = all_events()[REMINDERS], due.recipient.viewer.user_id
    chosen = chosen_by([user_id]).get((user_id, REMINDERS), event.default)
    return chosen == due.frequency


def _waiting(viewer: Viewer, frequency: str) -> list[Notification]:
    rows = Notification.select().where(
        Notification.user == viewer.user_id, Notification.digest == frequency
    )
    return list(rows.order_by(Notification.at, Notification.id))


def _what_is_due(viewer: Viewer, today: date) -> Section | None:
    found = reminders(viewer, today)
    if not found:
        return None
    lines = tuple(
        Item(one.title, _when(one.due, late=one.late), absolute(one.url) if one.url else "")
        for one in found[:MOST]
    )
    return Section(_("What waits for you"), lines, _more(len(found)))


def _what_happened(waiting: Sequence[Notification], viewer: Viewer, zone: str) -> Section | None:
    """What was not read in the app meanwhile, and can still be seen."""
    unread = [row for row in waiting if row.read_at is None]
    seen = refs.visible([row.ref for row in unread if row.ref], viewer)
    told = [row for row in unread if not row.ref or row.ref in seen]
    if not told:
        return None
    lines = tuple(
        Item(row.title, _moment(row.at, zone), absolute(row.url) if row.url else "")
        for row in told[:MOST]
    )
    return Section(_("What happened"), lines, _more(len(told)))


def _subject(coming: Section | None, happened: Section | None, organisation: Settings) -> str:
    name = organisation.name
    if coming and happened:
        return str(_("%(name)s: what waits for you, and what happened", name=name))
    if coming:
        return str(_("%(name)s: what waits for you", name=name))
    return str(_("%(name)s: what happened", name=name))


def _more(count: int) -> str:
    rest = count - MOST
    return str(ngettext("and %(num)s more", "and %(num)s more", rest)) if rest > 0 else ""


def _when(due: date | None, *, late: bool) -> str:
    if due is None:
        return ""
    day = format_date(due, "medium", rebase=False)
    return str(_("overdue since %(day)s", day=day) if late else _("due on %(day)s", day=day))


def _moment(at: datetime, zone: str) -> str:
    """A moment where the reader is."""
    local: Any = clock.local(at, zone)
    day = format_date(local, "medium", rebase=False)
    return f"{day}, {format_skeleton('Hm', local, locale=get_locale())}"
