"""The words of roles, departments and sessions."""

from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core.accounts import rules
from app.core.accounts.models import UserSession

ROLE_LABELS = {
    "admin": lazy_gettext("Administrator"),
    "manager": lazy_gettext("Partner manager"),
    "viewer": lazy_gettext("Viewer"),
    "contact": lazy_gettext("Partner contact"),
    "guest": lazy_gettext("Guest"),
}
DEPARTMENT_LABELS = {
    "marketing": lazy_gettext("Marketing"),
    "finance": lazy_gettext("Finance"),
    "legal": lazy_gettext("Legal"),
    "operations": lazy_gettext("Operations"),
    "hr": lazy_gettext("Human resources"),
    "sales": lazy_gettext("Sales"),
    "other": lazy_gettext("Other"),
}


class SessionRow(NamedTuple):
    """A signed-in browser as people are shown it."""

    id: int
    browser: str
    place: str
    since: datetime
    seen: datetime
    here: bool


def session_rows(sessions: Iterable[UserSession], here: int | None = None) -> list[SessionRow]:
    """Sessions in words; `here` is the one that looks, which comes first."""
    rows = [
        SessionRow(
            row.id,
            rules.browser_name(row.browser) or _("Unknown browser"),
            place(row.address),
            row.created_at,
            row.seen_at,
            row.id == here,
        )
        for row in sessions
    ]
    return sorted(rows, key=lambda row: not row.here)


def place(address: str) -> str:
    """Where a network address is, as far as it says so by itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return _("Unknown place")
    if parsed.is_loopback:
        return _("The server’s own computer")
    if parsed.is_private:
        return _("An internal network (%(address)s)", address=address)
    return _("The internet (%(address)s)", address=address)
