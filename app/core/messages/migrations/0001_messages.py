"""Mails, notifications, digests and announcements, frozen as they were made."""

from peewee import (
    SQL,
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


def up(migrator, db):
    class User(Model):
        class Meta:
            database = db
            table_name = "user"

    class Partner(Model):
        class Meta:
            database = db
            table_name = "partner"

    class Mail(Model):
        token = CharField(max_length=32, unique=True)
        to_address = CharField(max_length=254)
        user = ForeignKeyField(User, null=True, index=False)
        kind = CharField(max_length=32)
        ref = CharField(max_length=80, index=True)
        locale = CharField(max_length=16)
        subject = CharField(max_length=300)
        content = TextField()
        secret = BooleanField()
        digest = CharField(max_length=8)
        state = CharField(max_length=8)
        error = CharField(max_length=500)
        attempts = IntegerField()
        created_at = DateTimeField(index=True)
        next_at = DateTimeField()
        sent_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "mail"
            indexes = ((("state", "next_at"), False),)

    class MailOutage(Model):
        since = DateTimeField()
        retry_at = DateTimeField()
        failures = IntegerField()
        error = CharField(max_length=500)

        class Meta:
            database = db
            table_name = "mail_outage"

    class BouncingAddress(Model):
        address = CharField(max_length=254, primary_key=True)
        at = DateTimeField()
        reason = CharField(max_length=500)

        class Meta:
            database = db
            table_name = "bouncing_address"

    class Notification(Model):
        user = ForeignKeyField(User, index=False)
        event = CharField(max_length=64)
        title = CharField(max_length=300)
        text = TextField()
        ref = CharField(max_length=80)
        url = CharField(max_length=500)
        key = CharField(max_length=120, null=True)
        digest = CharField(max_length=8)
        at = DateTimeField()
        read_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "notification"
            indexes = ((("user", "at"), False), (("user", "key"), True))

    Notification.add_index(
        Notification.user, where=SQL("read_at IS NULL"), name="notification_unread"
    )
    Notification.add_index(
        Notification.digest,
        Notification.user,
        where=SQL("digest <> ''"),
        name="notification_waiting",
    )

    class NotificationPreference(Model):
        user = ForeignKeyField(User, index=False)
        event = CharField(max_length=64)
        frequency = CharField(max_length=8)

        class Meta:
            database = db
            table_name = "notification_preference"
            primary_key = CompositeKey("user", "event")

    class DigestDone(Model):
        user = ForeignKeyField(User, index=False)
        frequency = CharField(max_length=8)
        day = DateField()

        class Meta:
            database = db
            table_name = "digest_done"
            primary_key = CompositeKey("user", "frequency")

    class Announcement(Model):
        subject = CharField(max_length=200)
        text = TextField()
        by = ForeignKeyField(User, index=False)
        created_at = DateTimeField(index=True)
        send_at = DateTimeField()
        sent_at = DateTimeField(null=True)
        called_back_at = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "announcement"

    class AnnouncementPartner(Model):
        announcement = ForeignKeyField(Announcement, index=False)
        partner = ForeignKeyField(Partner)
        contacts = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "announcement_partner"
            primary_key = CompositeKey("announcement", "partner")

    db.create_tables(
        [
            Mail,
            MailOutage,
            BouncingAddress,
            Notification,
            NotificationPreference,
            DigestDone,
            Announcement,
            AnnouncementPartner,
        ]
    )
