"""What one of staff is reminded of: their partners' late figures, approvals, reviews and tasks."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.home.queries.unfinished import reviews_due
from app.core.kpis import queries as kpi_queries
from app.core.kpis.presentation import period_label
from app.core.kpis.services.four_eyes import left_to_others
from app.core.messages.languages import site_path
from app.core.messages.reminders import SOON, Reminder
from app.core.partners.access import own
from app.core.partners.models import Partner
from app.core.tasks import queries as tasks

MOST = 200


def of_staff(viewer: Viewer, today: date) -> list[Reminder]:
    """What waits for somebody of ours."""
    if not viewer.is_staff:
        return []
    return [*_figures(viewer, today), *_approvals(viewer), *_reviews(viewer, today)] + [
        Reminder(
            row.title if row.partner_name in row.title else f"{row.partner_name}: {row.title}",
            row.due,
            site_path("tasks.show", task_id=row.id),
            late=row.due < today,
        )
        for row in tasks.waiting_for(viewer, today, MOST)
        if row.due <= today + SOON
    ]


def _figures(viewer: Viewer, today: date) -> list[Reminder]:
    """Late figures of the partners that are this person's, one line for each partner."""
    mine = {row[0] for row in Partner.select(Partner.id).where(own(viewer)).tuples()}
    if not mine:
        return []
    late: dict[int, list[kpi_queries.OverdueRow]] = {}
    for row in kpi_queries.overdue(viewer, current_settings().calendar, today, limit=2_000):
        if row.partner_id in mine:
            late.setdefault(row.partner_id, []).append(row)
    return [
        Reminder(
            _(
                "%(partner)s: %(kpi)s, %(period)s is missing",
                partner=rows[0].partner_name,
                kpi=rows[0].kpi_name,
                period=period_label(rows[0].period),
            )
            if len(rows) == 1
            else ngettext(
                "%(partner)s: one value is overdue",
                "%(partner)s: %(num)s values are overdue",
                len(rows),
                partner=rows[0].partner_name,
            ),
            min(row.due for row in rows),
            site_path("kpis.partner_scorecard", partner_id=partner_id),
            late=True,
        )
        for partner_id, rows in late.items()
    ]


def _approvals(viewer: Viewer) -> list[Reminder]:
    if not viewer.can("kpis.approve"):
        return []
    count = kpi_queries.pending_count(viewer) - left_to_others(viewer)
    if count <= 0:
        return []
    title = ngettext("One value waits for approval", "%(num)s values wait for approval", count)
    return [Reminder(title, url=site_path("kpis.approvals"))]


def _reviews(viewer: Viewer, today: date) -> list[Reminder]:
    if not viewer.can("partners.edit"):
        return []
    mine = {row[0] for row in Partner.select(Partner.id).where(own(viewer)).tuples()}
    return [
        Reminder(
            _("The profile of %(partner)s is to be looked at again", partner=partner.name),
            due,
            site_path("partners.profile", partner_id=partner.id),
            late=due < today,
        )
        for partner, due in reviews_due(viewer, today + SOON, MOST)
        if partner.id in mine
    ]
