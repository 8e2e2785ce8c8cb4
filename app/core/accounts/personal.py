"""What accounts hold on a person: the account, its sessions, refused sign-ins."""

from flask_babel import gettext as _

from app.core import clock
from app.core.accounts.models import (
    Invitation,
    MailedLink,
    RecoveryCode,
    SecondFactor,
    SignInFailure,
    User,
    UserSession,
)
from app.core.contract import PersonalRows, Subject

_ACCOUNT = (
    *("email", "name", "role", "active", "locale", "theme", "created_at"),
    *("department", "is_executive", "absent_from", "absent_until"),
)


def export(subject: Subject) -> list[PersonalRows]:
    """The account and where it is signed in."""
    users = User.select().where(User.id == subject.user_id)
    sessions = UserSession.select().where(UserSession.user == subject.user_id)
    failures = SignInFailure.select().where(_failures(subject))
    asked = Invitation.select().where(_invitations(subject))
    return [
        PersonalRows(_("Account"), [{k: _told(getattr(u, k)) for k in _ACCOUNT} for u in users]),
        PersonalRows(
            _("Signed-in browsers"),
            [
                {
                    "since": _told(row.created_at),
                    "seen": _told(row.seen_at),
                    "address": row.address,
                    "browser": row.browser,
                }
                for row in sessions
            ],
        ),
        PersonalRows(
            _("Invitations"),
            [
                {"sent": _told(row.sent_at), "name": row.name, "email": row.email, "role": row.role}
                for row in asked
            ],
        ),
        PersonalRows(
            _("Refused sign-ins"), [{"at": _told(row.at), "counted": row.key} for row in failures]
        ),
    ]


def erase(subject: Subject) -> None:
    """Close the account and take away who it was; sessions and refused sign-ins go."""
    SignInFailure.delete().where(_failures(subject)).execute()
    Invitation.update(name=subject.alias, email="").where(_invitations(subject)).execute()
    Invitation.update(ended_at=clock.now(), outcome="revoked").where(
        Invitation.name == subject.alias, Invitation.ended_at.is_null()
    ).execute()
    MailedLink.delete().where(MailedLink.email.in_(list(subject.emails))).execute()
    if subject.user_id is None:
        return
    for table in (MailedLink, SecondFactor, RecoveryCode):
        table.delete().where(table.user == subject.user_id).execute()
    UserSession.delete().where(UserSession.user == subject.user_id).execute()
    User.update(
        name=subject.alias,
        email=f"person-{subject.user_id}@erased.invalid",
        password_hash=None,
        active=False,
        locale=None,
        theme="system",
        department="",
        is_executive=False,
        line_manager=None,
        absent_from=None,
        absent_until=None,
        deputy=None,
        version=User.version + 1,
    ).where(User.id == subject.user_id).execute()


def _invitations(subject: Subject) -> object:
    return Invitation.email.in_(list(subject.emails)) | Invitation.contact_id.in_(
        list(subject.contact_ids)
    )


def _failures(subject: Subject) -> object:
    condition = SignInFailure.key == f"known|{subject.user_id or 0}"
    for email in subject.emails:  # keys as `authenticate` and `ask_reset` write them
        condition |= SignInFailure.key.startswith(f"{email[:60]}|")
        condition |= SignInFailure.key == f"reset|{email[:80]}"
    return condition


def _told(value: object) -> object:
    return value if isinstance(value, str | int | bool) or value is None else str(value)
