"""What is kept of a person's tokens."""

from flask_babel import gettext as _

from app.core import clock
from app.core.contract import PersonalRows, Subject
from app.core.http_api.models import ApiToken


def export(subject: Subject) -> list[PersonalRows]:
    """The tokens that act in this person's name; never a secret."""
    rows = ApiToken.select().where(ApiToken.user == subject.user_id)
    return [
        PersonalRows(
            _("API tokens"),
            [
                {
                    "name": t.name,
                    "scopes": t.scopes,
                    "since": str(t.created_at),
                    "used": str(t.used_at),
                }
                for t in rows
            ],
        )
    ]


def erase(subject: Subject) -> None:
    """Tokens in this person's name end."""
    ApiToken.update(revoked_at=clock.now()).where(
        ApiToken.user == subject.user_id, ApiToken.revoked_at.is_null()
    ).execute()
