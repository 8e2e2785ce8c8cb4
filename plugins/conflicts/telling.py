"""Who hears of a case: its number and a link, never a title or a word of what was said."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date
from functools import partial

from flask_babel import format_date

from app.api import (
    Refusal,
    Viewer,
    link_allowed,
    notify,
    queue_mail,
    send_link,
    site_path,
    staff_accounts,
    translations,
    written_for,
)
from plugins.conflicts import people
from plugins.conflicts.log import ref_of
from plugins.conflicts.models import Case, Participant
from plugins.conflicts.rules.state import HOST, MEDIATOR, PARTNER

_ = translations("conflicts").gettext

MOVED, CLOCK, RECORDED = "conflicts.moved", "conflicts.clock", "conflicts.recorded"
UNREADABLE, GLASS = "conflicts.unreadable", "conflicts.glass"
STATEMENT, UNDO, LOOKED = "conflicts.statement", "conflicts.undo", "conflicts.looked"  # of links
EVERYBODY = (HOST, PARTNER, MEDIATOR)
_quiet: ContextVar[bool] = ContextVar("conflicts_quiet", default=False)


@contextmanager
def quietly() -> Iterator[None]:
    """Tell nobody: a made-up case must not fill the bell of those who look at it first."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def tell_moved(case: Case, by: int | None, key: str, sides: Collection[str] = EVERYBODY) -> None:
    """Everybody who takes part hears that something happened, but for whoever did it."""
    readers = people.accounts_of(case.id, sides)
    _send(MOVED, readers, case, partial(_moved, case.number), key, by)


def tell_recorded(case: Case, until: date, key: str, by: Viewer | None) -> None:
    """The partner's people hear what was recorded on its behalf, and until when they may undo it;
    those without an account by a link that does no more than that."""
    title = partial(_recorded, case.number, until)
    readers = people.accounts_of(case.id, (PARTNER,))
    _send(RECORDED, readers, case, title, key, by.user_id if by else None)
    if by:
        _link_to_the_others(UNDO, case, by)


def tell_glass(case: Case, grant: int, by: Viewer) -> None:
    """Everybody who takes part hears that an administrator looked into the case; those without an
    account by a link that says who, when and why; where the desk allows no such links, by a mail
    without one, so that no administrator looks unheard of."""
    readers = people.accounts_of(case.id, EVERYBODY)
    key = f"conflicts:{case.id}:glass:{grant}"
    _send(GLASS, readers, case, partial(_looked, case.number), key, None, text=_who_looked)
    if link_allowed(LOOKED):
        _link_to_the_others(LOOKED, case, by)
        return
    for part in _without_account(case):
        if part.email and not _quiet.get():
            with written_for(""):
                queue_mail(
                    part.email,
                    kind=GLASS,
                    subject=_looked(case.number),
                    paragraphs=[_who_looked()],
                    ref=ref_of(case.id),
                )


def _link_to_the_others(purpose: str, case: Case, by: Viewer) -> None:
    """Links for the partner's people who take part and have no account."""
    for part in _without_account(case):
        link(purpose, case, part.contact, by)


def _without_account(case: Case) -> list[Participant]:
    """The partner's people who take part, are there and have no account."""
    away = {part.id for part in people.gone(case)}
    return [
        part
        for part in people.participants(case.id)
        if part.side == PARTNER
        and part.role not in people.OBSERVERS
        and not part.user
        and part.id not in away
    ]


def link(purpose: str, case: Case, contact_id: int, by: Viewer) -> None:
    """Mail a contact a link; where that cannot be, the case stands without the mail."""
    if _quiet.get():
        return
    with suppress(Refusal):
        send_link(purpose, ref_of(case.id), contact_id, by=by)


def tell_clock(case: Case, accounts: Collection[int], state: str, key: str) -> None:
    """People hear that a time is nearly over, or over."""
    _send(CLOCK, accounts, case, partial(_clock, case.number, state), key, None)


def tell_unreadable(case: Case, lines: int) -> None:
    """Administrators hear that a log is damaged, and nothing happens of itself in its case; once
    for each length of the log."""
    notify(
        UNREADABLE,
        [row.id for row in staff_accounts() if row.role == "admin"],
        title=partial(_unreadable, case.number, over=case.status == "closed"),
        text=partial(_why_unreadable, over=case.status == "closed"),
        ref=ref_of(case.id),
        url=site_path("conflicts.index"),
        key=f"conflicts:{case.id}:unreadable:{lines}",
    )


def _send(
    event: str,
    accounts: Collection[int],
    case: Case,
    title: object,
    key: str,
    by: int | None,
    text: object = "",
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
            text=text,
            ref=ref_of(case.id),
            url=site_path(endpoint, case_id=case.id),
            key=key,
            by=by,
        )


def _moved(number: str) -> str:
    return _("%(number)s: something happened in this case", number=number)


def _recorded(number: str, until: date) -> str:
    return _(
        "%(number)s: something was recorded on your behalf; you can undo it until %(day)s",
        number=number,
        day=format_date(until, "long"),
    )


def _looked(number: str) -> str:
    return _("%(number)s: an administrator looked into this case", number=number)


def _who_looked() -> str:
    return _(
        "An administrator who takes no part in it opened for an hour what both sides see. Who it"
        " was, when and why stands on the page of the case."
    )


def _unreadable(number: str, *, over: bool) -> str:
    if over:
        return _("%(number)s: the log of this case, which is over, is damaged", number=number)
    return _("%(number)s: the clocks of this case stand still", number=number)


def _why_unreadable(*, over: bool) -> str:
    if over:
        return _(
            "Nobody can read the case as it stands. Other cases go on. The log of the desk says"
            " why; “entente audit verify” checks the case’s own. A backup has the line."
        )
    return _(
        "Its log cannot be read, so nothing happens in it of itself. Other cases go on. The log of"
        " the desk says why; “entente audit verify” checks the case’s own."
    )


def _clock(number: str, state: str) -> str:
    if state == "breached":
        return _("%(number)s: a time of this case is over", number=number)
    return _("%(number)s: a time of this case is three quarters over", number=number)
