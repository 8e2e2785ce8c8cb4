"""Mails and codes, as the tests of accounts need them."""

import json
import re
from datetime import UTC, timedelta
from typing import Any

import pyotp

from app.core import clock
from app.core.accounts import totp as codes
from app.core.accounts.models import Organisation, SecondFactor, User
from app.core.db import atomic
from app.core.events import HANDLERS
from app.core.messages.models import Mail
from app.core.models import Job

PASSKEY = "quiet river stone"  # another good password


def mails(kind: str = "") -> list[Mail]:
    """The mails that were queued, of one kind or all, the oldest first."""
    rows = Mail.select().order_by(Mail.id)
    return list(rows.where(Mail.kind == f"accounts.{kind}") if kind else rows)


def link_in(mail: Mail) -> str:
    """The path of the link that a mail carries."""
    return re.sub(r"^https?://[^/]+", "", str(json.loads(mail.content)["action"][1]))


def work(app: Any, name: str) -> None:
    """Do the waiting jobs of one name; mails stay in the outbox, where tests read them."""
    for job in Job.select().where(Job.name == name, Job.state == "ready"):
        with app.app_context(), atomic():
            HANDLERS[name].run(**json.loads(job.payload))
            Job.update(state="done").where(Job.id == job.id).execute()


def forgotten(app: Any, browser: Any, email: str) -> str | None:
    """Ask for a new password; the path of the link that was mailed, if any."""
    before = len(mails("password_reset"))
    assert browser.send("/forgot", email=email).status_code == 200
    work(app, "accounts.reset")
    sent = mails("password_reset")[before:]
    return link_in(sent[0]) if sent else None


def user(email: str) -> User:
    """The person with this address."""
    return User.get(User.email == email)


def totp(app: Any, email: str, *, pending: bool = False) -> pyotp.TOTP:
    """A person's authenticator app."""
    row = SecondFactor.get(SecondFactor.user == user(email))
    salt = row.pending_salt if pending else row.salt
    return pyotp.TOTP(codes.secret(app.secret_key, row.user_id, salt))


def code(app: Any, email: str, *, steps: int = 0, pending: bool = False) -> str:
    """What the app shows now, or so many half minutes later."""
    at = clock.now().replace(tzinfo=UTC) + timedelta(seconds=30 * steps)
    return totp(app, email, pending=pending).at(at)


def set_up(app: Any, browser: Any, email: str) -> list[str]:
    """Set a second factor up as its owner would; answers the recovery codes."""
    assert browser.get("/account/second-factor").status_code == 200
    answer = browser.send("/account/second-factor", code=code(app, email, steps=-1, pending=True))
    assert answer.status_code == 200, answer.text
    return re.findall(r"\b(?:[a-z2-7]{4}-){3}[a-z2-7]{4}\b", answer.text)


def require_factor(roles: str) -> None:
    """The organisation requires a second factor of these roles."""
    Organisation.update(second_factor_roles=roles).execute()
