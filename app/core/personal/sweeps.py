"""Core's own kinds of records that are kept for a time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from peewee import Field

from app.core.accounts.models import SignInFailure, UserSession
from app.core.audit import FROM
from app.core.messages import outbox_files
from app.core.messages.models import Mail, Notification
from app.core.models import AuditChange, AuditEntry
from app.core.personal.retention import Rule, register


def _older(at: Field, *also: Any) -> Callable[[datetime, int], int]:
    """A sweep that deletes the rows of a table that are older."""

    def sweep(before: datetime, limit: int) -> int:
        model = at.model
        old = model.select(model.id).where(at < before, *also).limit(limit)
        return int(model.delete().where(model.id.in_(old)).execute())

    return sweep


def _texts(*which: Any) -> Callable[[datetime, int], int]:
    """A sweep that erases texts beside older rows of the audit; the chain stays as it is."""

    def sweep(before: datetime, limit: int) -> int:
        old = (
            AuditChange.select(AuditChange.entry)
            .join(AuditEntry)
            .where(AuditEntry.at < before, AuditChange.salt.is_null(False), *which)
            .limit(limit)
        )
        entries = {row[0] for row in old.tuples()}
        if not entries:
            return 0
        AuditChange.update(before=None, after=None, salt=None).where(
            AuditChange.entry.in_(list(entries)), AuditChange.salt.is_null(False), *which
        ).execute()
        return limit  # a row may have several texts: look again

    return sweep


def _mails(before: datetime, limit: int) -> int:
    """Mails that are not on their way, and the files of those that were written as files."""
    rows = _older(Mail.created_at, Mail.state != "waiting")(before, limit)
    return max(rows, outbox_files.remove_older(before, limit))


CORE = (
    Rule(
        "sign_in_failures",
        _("Refused sign-ins"),
        _("Addresses and accounts for which signing in failed."),
        30,
        _older(SignInFailure.at),
    ),
    Rule(
        "sessions",
        _("Sign-ins"),
        _("Browsers that have not been seen for so long; they are signed out anyway."),
        30,
        _older(UserSession.seen_at),
    ),
    Rule(
        "mails",
        _("E-mails"),
        _("Text and address of e-mails that were sent, bounced or failed."),
        180,
        _mails,
    ),
    Rule(
        "notifications",
        _("Notifications"),
        _("What people were told in the app."),
        180,
        _older(Notification.at),
    ),
    Rule(
        "audit_addresses",
        _("Addresses in the history"),
        _("From where somebody acted. The row itself stays, and the chain holds."),
        365,
        _texts(AuditChange.field == FROM),
    ),
    Rule(
        "audit_texts",
        _("Before and after in the history"),
        _("What a field was and became. That it changed, by whom and when, stays."),
        None,
        _texts(AuditChange.field != FROM),
    ),
)


def init_retention() -> None:
    """Name what core keeps for a time."""
    for rule in CORE:
        register(rule)
