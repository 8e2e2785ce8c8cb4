"""Mails on their way, notifications and how people want them, announcements."""

from peewee import (
    SQL,
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from app.core import clock
from app.core.accounts.models import User
from app.core.db import Model
from app.core.partners.models import Partner

MAIL_STATES = ("waiting", "sent", "bounced", "failed")


class Mail(Model):
    """An e-mail to one address: written with what it tells of, sent by a job."""

    token = CharField(max_length=32, unique=True)  # of its Message-ID: a repeat is recognised
    to_address = CharField(max_length=254)
    user = ForeignKeyField(User, backref="+", null=True, index=False)
    kind = CharField(max_length=32)
    ref = CharField(max_length=80, default="", index=True)
    locale = CharField(max_length=16, default="")
    subject = CharField(max_length=300)
    content = TextField()  # JSON as `rendering.Content`; erased once a secret mail is sent
    secret = BooleanField(default=False)  # it holds a token: its text is shown to nobody
    digest = CharField(max_length=8, default="")  # which digest can be unsubscribed from it
    state = CharField(max_length=8, default="waiting")
    error = CharField(max_length=500, default="")
    attempts = IntegerField(default=0)
    created_at = DateTimeField(default=clock.now, index=True)
    next_at = DateTimeField(default=clock.now)  # not tried before; moved on while it is tried
    sent_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("state", "next_at"), False),)


class MailOutage(Model):
    """That the mail server cannot be used, and when it is tried next (row 1, or none)."""

    since = DateTimeField(default=clock.now)
    retry_at = DateTimeField()
    failures = IntegerField(default=1)
    error = CharField(max_length=500)


class BouncingAddress(Model):
    """An address to which mail was refused for good."""

    address = CharField(max_length=254, primary_key=True)
    at = DateTimeField(default=clock.now)
    reason = CharField(max_length=500)


class Notification(Model):
    """What one person was told in the app."""

    user = ForeignKeyField(User, backref="+", index=False)
    event = CharField(max_length=64)
    title = CharField(max_length=300)
    text = TextField(default="")
    ref = CharField(max_length=80, default="")
    url = CharField(max_length=500, default="")  # a path of this site
    key = CharField(max_length=120, null=True)  # the same is told once
    digest = CharField(max_length=8, default="")  # the digest for which it still waits
    at = DateTimeField(default=clock.now)
    read_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("user", "at"), False), (("user", "key"), True))


Notification.add_index(Notification.user, where=SQL("read_at IS NULL"), name="notification_unread")
Notification.add_index(
    Notification.digest, Notification.user, where=SQL("digest <> ''"), name="notification_waiting"
)


class NotificationPreference(Model):
    """How often one person wants e-mails about an event; without a row the event's default."""

    user = ForeignKeyField(User, backref="+", index=False)
    event = CharField(max_length=64)
    frequency = CharField(max_length=8)

    class Meta:
        primary_key = CompositeKey("user", "event")


class DigestDone(Model):
    """The last day for which a person's digest was seen to."""

    user = ForeignKeyField(User, backref="+", index=False)
    frequency = CharField(max_length=8)
    day = DateField()

    class Meta:
        primary_key = CompositeKey("user", "frequency")


class Announcement(Model):
    """What staff tell contacts, each by a mail of their own and as news in the portal."""

    subject = CharField(max_length=200)
    text = TextField()
    by = ForeignKeyField(User, backref="+", index=False)
    created_at = DateTimeField(default=clock.now, index=True)
    send_at = DateTimeField()  # until then it can be called back
    sent_at = DateTimeField(null=True)
    called_back_at = DateTimeField(null=True)


class AnnouncementPartner(Model):
    """A partner whose contacts an announcement is for."""

    announcement = ForeignKeyField(Announcement, backref="+", index=False)
    partner = ForeignKeyField(Partner, backref="+")
    contacts = IntegerField(null=True)  # to how many it went; unknown until it went

    class Meta:
        primary_key = CompositeKey("announcement", "partner")
