"""What stands in one person's calendar: what pages show that person, and nothing else."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from peewee import fn

from app.core.accounts.queries import current_settings
from app.core.contract import CalendarEntry, Viewer
from app.core.home.queries.unfinished import reviews_due
from app.core.host import current_host
from app.core.kpis import queries as kpi_queries
from app.core.kpis.models import Revision, Target, Value
from app.core.kpis.presentation import period_label
from app.core.kpis.queries import KpiRow
from app.core.messages.languages import site_path
from app.core.partners.access import own, readable
from app.core.partners.models import Partner
from app.core.periods import Calendar, Period
from app.core.tasks import queries as tasks

BACK = timedelta(days=60)  # what is long overdue stands on "My work", not in a past year
AHEAD = timedelta(days=400)
MOST = 500  # of each kind
_LIVING = ("onboarding", "active", "suspended", "exiting")
_NAMED = 20  # KPIs that one entry names


def entries(viewer: Viewer, today: date) -> list[CalendarEntry]:
    """What is due around a day, of core and of the plugins, in order of time."""
    start, end = today - BACK, today + AHEAD
    found = [*_figures(viewer, start, end), *_tasks(viewer, today), *_reviews(viewer, end)]
    found += current_host().collect("calendar_entries", viewer=viewer, start=start, end=end)
    return sorted(
        (entry for entry in found if start <= entry.day <= end),
        key=lambda entry: (entry.day, entry.key),
    )


def of_task(task: Any, viewer: Viewer) -> CalendarEntry:
    """One task, whose title may need its partner's name for staff."""
    endpoint = "tasks.show" if viewer.is_staff else "portal.task"
    named = viewer.is_staff and task.partner_name not in task.title
    return CalendarEntry(
        key=f"task-{task.id}",
        day=task.due,
        title=f"{task.partner_name}: {task.title}" if named else task.title,
        url=site_path(endpoint, task_id=task.id),
        category=_("Tasks"),
    )


def _tasks(viewer: Viewer, today: date) -> Iterator[CalendarEntry]:
    if viewer.is_staff and viewer.can("tasks.view"):
        for row in tasks.waiting_for(viewer, today, MOST):
            yield of_task(row, viewer)
    if viewer.can("portal.view"):
        for row in tasks.shared_open(viewer, MOST):
            theirs = row.contact_id in (None, viewer.contact_id)
            if row.is_open and row.side == "partner" and theirs:
                yield of_task(row, viewer)


def _reviews(viewer: Viewer, end: date) -> Iterator[CalendarEntry]:
    if not viewer.is_staff or not viewer.can("partners.edit"):
        return
    mine = {row[0] for row in Partner.select(Partner.id).where(own(viewer)).tuples()}
    for partner, due in reviews_due(viewer, end + timedelta(days=1), MOST) if mine else ():
        if partner.id in mine:
            yield CalendarEntry(
                key=f"review-{partner.id}-{due:%Y%m%d}",
                day=due,
                title=_("Look at the profile of %(partner)s again", partner=partner.name),
                url=site_path("partners.profile", partner_id=partner.id),
                category=_("Reviews"),
            )


def _figures(viewer: Viewer, start: date, end: date) -> Iterator[CalendarEntry]:
    """Figures with a target that nobody has reported, one entry for a partner, period and day."""
    calendar = current_settings().calendar
    kpis = {
        id_: kpi
        for id_, kpi in kpi_queries.definitions().items()
        if not kpi.formula and (viewer.is_staff or kpi.submitter == "partner")
    }
    if not kpis or not viewer.can("kpis.view" if viewer.is_staff else "portal.view"):
        return
    due_together: dict[tuple[int, int, date], list[KpiRow]] = {}
    names: dict[int, str] = {}
    for partner_id, name, imported_at, kpi_id, key in _expected(viewer, kpis, calendar, start, end):
        kpi, period = kpis.get(kpi_id), Period.from_key(key)
        if kpi is None or period.kind is not kpi.kind:
            continue
        due = calendar.end(period) + timedelta(days=kpi.due_days)
        if start <= due <= end and not (imported_at and due < imported_at.date()):
            names[partner_id] = name
            due_together.setdefault((partner_id, key, due), []).append(kpi)
    for (partner_id, key, due), those in due_together.items():
        period = Period.from_key(key)
        yield CalendarEntry(
            key=f"figures-{partner_id}-{key}-{due:%Y%m%d}",
            day=due,
            title=_title(viewer, names[partner_id], those, period_label(period)),
            text="\n".join(sorted(kpi.name for kpi in those)[:_NAMED]),
            url=site_path("kpis.partner_scorecard", partner_id=partner_id)
            if viewer.is_staff
            else site_path("portal.index"),
            category=_("Figures"),
        )


def _title(viewer: Viewer, partner: str, those: list[KpiRow], period: str) -> str:
    if not viewer.is_staff:
        return ngettext(
            "Report one figure for %(period)s",
            "Report %(num)s figures for %(period)s",
            len(those),
            period=period,
        )
    return ngettext(
        "%(partner)s: one figure for %(period)s",
        "%(partner)s: %(num)s figures for %(period)s",
        len(those),
        partner=partner,
        period=period,
    )


def _expected(
    viewer: Viewer, kpis: dict[int, KpiRow], calendar: Calendar, start: date, end: date
) -> Any:
    """Targets that may be due within the days, of this person's partners, without a figure."""
    mine = readable(viewer) & own(viewer) if viewer.is_staff else readable(viewer)
    spans: dict[Any, tuple[int, int]] = {}
    for kpi in kpis.values():
        first = calendar.containing(start - timedelta(days=kpi.due_days + 1), kpi.kind).key
        last = calendar.containing(end - timedelta(days=kpi.due_days), kpi.kind).key
        low, high = spans.get(kpi.kind, (first, last))
        spans[kpi.kind] = min(low, first), max(high, last)
    when: Any = None
    for low, high in spans.values():
        inside = Target.period.between(low, high)
        when = inside if when is None else when | inside
    return (
        Target.select(Partner.id, Partner.name, Partner.first_import_at, Target.kpi, Target.period)
        .join(Partner)
        .where(
            mine,
            Partner.status.in_(_LIVING if viewer.is_staff else _LIVING[:2]),
            when,
            ~fn.EXISTS(_same(Value)),
            ~fn.EXISTS(_same(Revision).where(Revision.state == "submitted")),
        )
        .order_by(Target.period, Partner.id)
        .limit(MOST * 20)
        .tuples()
    )


def _same(table: Any) -> Any:
    """What was reported for a target."""
    return table.select(table.kpi).where(
        table.partner == Target.partner, table.kpi == Target.kpi, table.period == Target.period
    )
