"""Who hears of a case: its number and a link, never a title or a word of what was said."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from app.api import notify, site_path, staff_accounts, translations
from plugins.conflicts import people
from plugins.conflicts.log import ref_of
from plugins.conflicts.models import Case
from plugins.conflicts.rules.state import HOST, MEDIATOR, PARTNER

_ = translations("conflicts").gettext

MOVED, CLOCK = "conflicts.moved", "conflicts.clock"
_quiet: ContextVar[bool] = ContextVar("conflicts_quiet", default=False)


@contextmanager
def quietly() -> Iterator[None]:
    """Tell nobody: a made-up case must not fill the bell of those who look at it first."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def tell_moved(case: Case, by: int | None, key: str) -> None:
    """Everybody who takes part hears that something happened, but for whoever did it."""
    _tell(case, MOVED, partial(_moved, case.number), key, by)


def tell_clock(case: Case, accounts: Collection[int], state: str, key: str) -> None:
    """People hear that a time is nearly over, or over."""
    _send(CLOCK, accounts, case, partial(_clock, case.number, state), key, None)


def _tell(case: Case, event: str, title: object, key: str, by: int | None) -> None:
    _send(event, people.accounts_of(case.id, (HOST, PARTNER, MEDIATOR)), case, title, key, by)


def _send(
    event: str, accounts: Collection[int], case: Case, title: object, key: str, by: int | None
) -> None:
    """Ours are led to the desk, the others to the portal."""
    if _quiet.get():
        return
    ours = {row.id for row in staff_accounts()}
    for readers, endpoint in (
        ([id_ for id_ in accounts if id_ in ours], "conflicts.case"),
        ([id_ for id_ in accounts if id_ not in ours], "conflicts_portal.case"),
    ):
        notify(
            event,
            readers,
            title=title,
            ref=ref_of(case.id),
            url=site_path(endpoint, case_id=case.id),
            key=key,
            by=by,
        )


def _moved(number: str) -> str:
    return _("%(number)s: something happened in this case", number=number)


def _clock(number: str, state: str) -> str:
    if state == "breached":
        return _("%(number)s: a time of this case is over", number=number)
    return _("%(number)s: a time of this case is three quarters over", number=number)
