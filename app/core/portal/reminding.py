"""What a contact is reminded of: the figures, decisions and tasks that the partner's side owes."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.kpis import queries as kpi_queries
from app.core.kpis.presentation import period_code, period_label
from app.core.messages.languages import site_path
from app.core.messages.reminders import SOON, Reminder
from app.core.partners.models import Partner
from app.core.portal.queries import duties
from app.core.tasks import queries as tasks


def of_contact(viewer: Viewer, today: date) -> list[Reminder]:
    """What waits for somebody of a partner, of their own partner alone."""
    if viewer.is_staff or viewer.partner_id is None:
        return []
    partner = Partner.get_or_none(
        Partner.id == viewer.partner_id, Partner.status.in_(("onboarding", "active"))
    )
    if partner is None:
        return []
    owed = duties(viewer, partner, current_settings().calendar, today).ours
    found = [
        Reminder(
            _(
                "%(kpi)s, %(period)s: correct what was given back",
                kpi=one.kpi.name,
                period=period_label(one.period),
            )
            if one.returned
            else _(
                "%(kpi)s, %(period)s: report the figure",
                kpi=one.kpi.name,
                period=period_label(one.period),
            ),
            one.due,
            site_path("portal.kpi", kpi_id=one.kpi.id, period=period_code(one.period)),
            late=one.late,
        )
        for one in owed
        if one.due <= today + SOON or one.returned
    ]
    return [*found, *_targets(viewer), *_tasks(viewer, today)]


def _targets(viewer: Viewer) -> list[Reminder]:
    if not viewer.can_sign or viewer.partner_id is None:
        return []
    count = len(kpi_queries.proposed_targets(viewer, viewer.partner_id))
    if not count:
        return []
    title = ngettext("%(num)s target for your decision", "%(num)s targets for your decision", count)
    return [Reminder(title, url=site_path("portal.targets"))]


def _tasks(viewer: Viewer, today: date) -> list[Reminder]:
    """Shared tasks of their side that are theirs or nobody's."""
    return [
        Reminder(row.title, row.due, site_path("portal.task", task_id=row.id), late=row.due < today)
        for row in tasks.shared_open(viewer)
        if row.is_open
        and row.side == "partner"
        and row.contact_id in (None, viewer.contact_id)
        and row.due <= today + SOON
    ]
