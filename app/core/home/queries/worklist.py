"""What needs somebody: late figures, red KPIs, approvals, unfinished partnerships."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from app.core import clock
from app.core.business_time import add_business_days
from app.core.contract import PartnerRef, Viewer
from app.core.home.queries.judging import misses
from app.core.home.queries.scores import Portfolio, Scored, with_red
from app.core.home.queries.unfinished import onboarding, reviews_due, without_contact
from app.core.home.rules import Line, ranked
from app.core.host import current_host
from app.core.kpis import queries as kpi_queries
from app.core.kpis.queries import KpiRow, OverdueRow, ReturnedRow
from app.core.kpis.services.four_eyes import left_to_others
from app.core.partners.proposals import queries as proposals
from app.core.partners.rules import Facts, transition, unmet
from app.core.periods import Calendar, Period
from app.core.settings.business_calendar import business_calendar
from app.core.suggestions.queries import count_waiting
from app.core.tasks import queries as task_queries

MOST = 50  # lines of each kind
SOON = 7  # days: a task that is due later stands in "My work" alone
ANSWER_DAYS = 10  # working days after which a proposal counts as unanswered
REDS = 16  # partners whose red KPIs are judged one by one: exact fractions cost time


def attention(
    viewer: Viewer,
    whole: Portfolio,
    period: Period,
    kpis: Mapping[int, KpiRow],
    calendar: Calendar,
    today: date,
) -> list[Line]:
    """Everything that needs this person, worst first; a fixed number of queries.

    Of tasks, those that are late or due soon: "My work" has them all.
    """
    lines = _waiting(viewer, calendar, today, kpis)
    soon = today + timedelta(days=SOON)
    lines = [line for line in lines if line.kind != "task" or (line.since or today) <= soon]
    failing = with_red(viewer, period, REDS) if whole.large else whole.failing(REDS)
    return ranked(lines + _reds(failing, period, kpis, calendar))


def work(viewer: Viewer, calendar: Calendar, today: date) -> list[Line]:
    """Everything that waits for this person, worst first; a fixed number of queries."""
    return ranked(_waiting(viewer, calendar, today))


def _waiting(
    viewer: Viewer,
    calendar: Calendar,
    today: date,
    kpis: Mapping[int, KpiRow] | None = None,
) -> list[Line]:
    late = kpi_queries.overdue(viewer, calendar, today, MOST * 4, kpis)
    lines = _overdue(late) + _tasks(viewer, today) + _of_plugins(viewer)
    if viewer.can("kpis.approve"):
        waiting = kpi_queries.pending_count(viewer) - left_to_others(viewer)
        lines += [Line("approvals", count=waiting)] if waiting else []
    if viewer.can("kpis.submit"):
        lines += _returned(kpi_queries.returned_to(viewer, MOST))
    if viewer.can("targets.edit"):
        lines += _targets(kpi_queries.waiting_targets(viewer, MOST), today)
    if viewer.can("partners.edit"):
        lines += [
            Line("proposals", row.partner, row.proposals, since=row.since.date())
            for row in proposals.waiting(viewer, MOST)
        ]
        suggested = count_waiting(viewer)
        lines += [Line("suggestions", count=suggested)] if suggested else []
        lines += [_step(ref, facts) for ref, facts in onboarding(viewer, MOST)]
        lines += [Line("contact", ref) for ref in without_contact(viewer, MOST)]
        lines += [Line("review", ref, since=due) for ref, due in reviews_due(viewer, today, MOST)]
    return lines


def _tasks(viewer: Viewer, today: date) -> list[Line]:
    """Tasks to see to, and those of others that this person is asked to verify."""
    lines = [
        Line("late_task" if row.due < today else "task", since=row.due, task=row)
        for row in task_queries.waiting_for(viewer, today, MOST)
    ]
    if viewer.can("tasks.edit"):
        lines += [Line("verify", task=row) for row in task_queries.to_verify(viewer, MOST)]
    return lines


def _of_plugins(viewer: Viewer) -> list[Line]:
    found = current_host().each("attention_items", viewer=viewer, now=clock.now())
    return [
        Line("plugin_bad" if item.tone == "bad" else "plugin", since=item.due, item=item)
        for _plugin, items in found
        for item in items[:MOST]
    ]


def _overdue(late: Sequence[OverdueRow]) -> list[Line]:
    """One line for each partner."""
    by_partner: dict[int, list[OverdueRow]] = {}
    for row in late:
        by_partner.setdefault(row.partner_id, []).append(row)
    return [
        Line(
            "overdue",
            PartnerRef(id_, rows[0].partner_code, rows[0].partner_name, ""),
            count=len(rows),
            names=tuple(dict.fromkeys(row.kpi_name for row in rows)),
            since=min(row.due for row in rows),
        )
        for id_, rows in by_partner.items()
    ]


def _returned(rows: Sequence[ReturnedRow]) -> list[Line]:
    """What this person submitted and was given back: one line for each figure."""
    return [
        Line(
            "returned",
            PartnerRef(row.partner_id, row.partner_code, row.partner_name, ""),
            names=(row.kpi_name, row.decision),
            about=(row.kpi_id, row.period),
        )
        for row in rows
    ]


def _reds(
    failing: Sequence[Scored], period: Period, kpis: Mapping[int, KpiRow], calendar: Calendar
) -> list[Line]:
    """One line for each partner with a red KPI; critical ones are a kind of their own."""
    partners = {row.id: row for row in failing}
    found = misses(list(partners), period, kpis, calendar) if partners else {}
    return [
        Line(
            "critical" if reds[0].critical else "missed",
            partners[id_].ref,
            count=len(reds),
            of=partners[id_].expected,
            critical=sum(miss.critical for miss in reds),
            names=tuple(miss.name for miss in reds),
        )
        for id_, reds in found.items()
    ]


def _targets(waiting: Sequence[kpi_queries.WaitingTargets], today: date) -> list[Line]:
    """What we left open, or the partner rejected; and proposals that wait for the partner."""
    lines: list[Line] = []
    working = business_calendar() if any(row.theirs for row in waiting) else None
    for row in waiting:
        ref = PartnerRef(row.partner_id, row.code, row.name, "")
        if row.ours:
            lines.append(Line("targets", ref, row.ours))
        if row.theirs and working:
            late = add_business_days(row.since.date(), ANSWER_DAYS, working) < today
            names = ("late",) if late else ()
            lines.append(Line("unanswered", ref, row.theirs, names=names, since=row.since.date()))
    return lines


def _step(ref: PartnerRef, facts: Facts) -> Line:
    activate = transition("onboarding", "activate")
    missing = unmet(activate, facts) if activate else ()
    return Line("onboarding" if missing else "ready", ref, len(missing), names=missing)
