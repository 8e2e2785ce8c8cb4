"""Telling people of figures and targets: who has to decide, and whose was decided.

Called within the transaction that makes the change. What changes together is told together: one
message for each partner, however many figures it is about.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.core import clock
from app.core.contract import Viewer
from app.core.events import enqueue
from app.core.kpis.models import Kpi, Revision
from app.core.kpis.presentation import period_code
from app.core.kpis.told import Told, by_partner, by_person, listed, title_of, told, told_name
from app.core.messages.recipients import administrators, contacts_of, staff_of
from app.core.messages.services import notify, register_event, site_path
from app.core.partners.models import Partner

STAFF = ("admin", "manager")
FIGURES = lazy_gettext("Figures")

register_event(
    "kpis.submitted", lazy_gettext("A figure waits for approval"), "at_once", STAFF, FIGURES
)
register_event(
    "kpis.returned",
    lazy_gettext("A figure of mine was given back"),
    "at_once",
    (*STAFF, "contact"),
    FIGURES,
)
register_event(
    "kpis.approved",
    lazy_gettext("A figure of mine was approved"),
    "daily",
    (*STAFF, "contact"),
    FIGURES,
)
register_event(
    "imports.applied", lazy_gettext("Somebody imported figures"), "daily", ("admin",), FIGURES
)

SUBMITTED = "kpis.tell_submitted"
MINUTE = timedelta(minutes=1)  # in which what somebody reports becomes one message
MOST_TOLD = 5_000
_held: ContextVar[list[int] | None] = ContextVar("entente_submitted", default=None)


@contextmanager
def together(by: Viewer) -> Iterator[None]:
    """Tell at the end, in one message for each partner, of all that is submitted inside."""
    if _held.get() is not None:
        yield
        return
    ids: list[int] = []
    token = _held.set(ids)
    try:
        yield
    finally:
        _held.reset(token)
    values_submitted(ids, by)


def values_submitted(ids: Iterable[int], by: Viewer) -> None:
    """Figures wait: a job tells a partner's owner and team, so that no submitter waits for it."""
    held = _held.get()
    if held is not None:
        held.extend(ids)
        return
    told = list(ids)
    if told:
        # Whoever reports one figure after the other is told of once: by one job for each minute.
        now = clock.now()
        end = now.replace(second=0, microsecond=0) + MINUTE
        enqueue(
            SUBMITTED,
            {"since": min(told), "by": by.user_id, "before": end.isoformat()},
            key=f"{SUBMITTED}:{by.user_id}:{end.isoformat()}",
            delay=(end - now).total_seconds() + 1,
        )


def tell_submitted(since: int, by: int, before: str) -> None:
    """Figures wait: a partner's owner and team hear of those that still do.

    Of this person's, from the revision `since` on, that were submitted `before` a moment.
    """
    waiting = Revision.select(Revision.id).where(
        Revision.id >= since,
        Revision.submitted_by == by,
        Revision.submitted_at < datetime.fromisoformat(before),
        Revision.state == "submitted",
    )
    ids = [row[0] for row in waiting.order_by(Revision.id).limit(MOST_TOLD).tuples()]
    for partner_id, rows in by_partner(_figures(ids)):
        first = rows[0]
        notify(
            "kpis.submitted",
            staff_of(partner_id),
            title=title_of(
                rows,
                lambda one: (
                    _("%(what)s: a correction waits", what=told_name(one))
                    if one.words
                    else _("%(what)s waits for approval", what=told_name(one))
                ),
                lambda n, partner: ngettext(
                    "%(partner)s: %(num)s figure waits for approval",
                    "%(partner)s: %(num)s figures wait for approval",
                    n,
                    partner=partner,
                ),
            ),
            text=listed(rows),
            ref=f"revision:{first.id}" if len(rows) == 1 else f"partner:{partner_id}",
            url=_staff_page(first)
            if len(rows) == 1
            else site_path("kpis.approvals", partner=partner_id),
            by=by,
        )


def values_approved(ids: Iterable[int], by: Viewer) -> None:
    """Figures count: whoever submitted them hears of it."""
    for (partner_id, person), rows in by_person(_figures(ids)):
        first = rows[0]
        contact = person in contacts_of(partner_id)
        notify(
            "kpis.approved",
            [person],
            title=title_of(
                rows,
                partial(_approved, own=contact),
                lambda n, partner: ngettext(
                    "%(partner)s: %(num)s figure was approved",
                    "%(partner)s: %(num)s figures were approved",
                    n,
                    partner=partner,
                ),
            ),
            text=listed(rows),
            ref=f"revision:{first.id}" if len(rows) == 1 else f"partner:{partner_id}",
            url=_page(first, contact, whole=len(rows) > 1),
            by=by.user_id,
        )


def value_returned(revision_id: int, reason: str, by: Viewer) -> None:
    """A figure was given back: whoever submitted it hears why."""
    for one in _figures([revision_id]):
        if one.person is None:
            continue
        contact = one.person in contacts_of(one.partner_id)
        notify(
            "kpis.returned",
            [one.person],
            title=partial(_given_back, one, own=contact),
            text=reason.strip(),
            ref=f"revision:{one.id}",
            url=_page(one, contact),
            by=by.user_id,
        )


def _approved(one: Told, *, own: bool) -> str:
    return _("%(what)s was approved", what=told_name(one, own=own))


def _given_back(one: Told, *, own: bool) -> str:
    return _("%(what)s was given back", what=told_name(one, own=own))


def import_applied(import_id: int, who: str, values: int, targets: int, by: int) -> None:
    """Figures came by an import: the other administrators hear of it, in one message."""
    notify(
        "imports.applied",
        administrators(),
        title=lambda: _(
            "%(name)s imported %(values)s figures and %(targets)s targets",
            name=who,
            values=values,
            targets=targets,
        ),
        ref=f"import:{import_id}",
        url=site_path("imports.show", import_id=import_id),
        by=by,
    )


def _figures(ids: Iterable[int]) -> list[Told]:
    rows = (
        Revision.select(
            Revision.id,
            Partner.id,
            Partner.name,
            Kpi.id,
            Kpi.name,
            Revision.period,
            Revision.submitted_by,
            Revision.reason,
        )
        .join(Kpi)
        .switch(Revision)
        .join(Partner)
    )
    return told(rows, Revision.id, ids)


def _page(one: Told, contact: bool, *, whole: bool = False) -> str:
    if contact:
        return site_path("portal.index") if whole else site_path("portal.kpi", kpi_id=one.kpi_id)
    if whole:
        return site_path("kpis.partner_scorecard", partner_id=one.partner_id)
    return _staff_page(one)


def _staff_page(one: Told) -> str:
    return site_path(
        "kpis.show", partner_id=one.partner_id, kpi_id=one.kpi_id, period=period_code(one.period)
    )
