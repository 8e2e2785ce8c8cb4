"""What needs somebody: late figures, red KPIs, approvals, unfinished partnerships."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from peewee import JOIN, fn

from app.core import clock
from app.core.business_time import add_business_days
from app.core.contract import PartnerRef, Viewer
from app.core.home.queries.scores import Portfolio, Scored, with_red
from app.core.home.rules import Line, ranked
from app.core.host import current_host
from app.core.kpis import queries as kpi_queries
from app.core.kpis import sql
from app.core.kpis.queries import KpiRow, OverdueRow, ReturnedRow
from app.core.kpis.rules import Goal, Reading, Result, Status, roll_up
from app.core.kpis.services.four_eyes import left_to_others
from app.core.kpis.tally import GoalRow, ReadingRow
from app.core.partners.models import Contact, Partner, PartnerProfile
from app.core.partners.proposals import queries as proposals
from app.core.partners.queries import editable_by
from app.core.partners.rules import Facts, transition, unmet
from app.core.periods import Calendar, Period
from app.core.settings.business_calendar import business_calendar
from app.core.tasks import queries as task_queries

RECENT = 2_000  # partners looked through for a missing contact, the latest first
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
    lines = _waiting(viewer, calendar, today)
    soon = today + timedelta(days=SOON)
    lines = [line for line in lines if line.kind != "task" or (line.since or today) <= soon]
    failing = with_red(viewer, period, REDS) if whole.large else whole.failing(REDS)
    return ranked(lines + _reds(failing, period, kpis, calendar))


def work(viewer: Viewer, calendar: Calendar, today: date) -> list[Line]:
    """Everything that waits for this person, worst first; a fixed number of queries."""
    return ranked(_waiting(viewer, calendar, today))


def _waiting(viewer: Viewer, calendar: Calendar, today: date) -> list[Line]:
    late = kpi_queries.overdue(viewer, calendar, today, limit=MOST * 4)
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


class Miss(NamedTuple):
    """A KPI that is red."""

    name: str
    critical: bool


def misses(
    partner_ids: Sequence[int], period: Period, kpis: Mapping[int, KpiRow], calendar: Calendar
) -> dict[int, list[Miss]]:
    """The red KPIs of a few partners in one period, critical ones first; two queries."""
    found: dict[int, list[Miss]] = {}
    for partner_id, rows in judged(partner_ids, period, kpis, calendar).items():
        reds = [
            Miss(row.kpi.name, row.result.critical)
            for row in rows
            if row.result.status is Status.RED
        ]
        if reds:
            found[partner_id] = sorted(reds, key=lambda m: (not m.critical, m.name))
    return found


class Judged(NamedTuple):
    """How one KPI with a target stands."""

    kpi: KpiRow
    result: Result


def judged(
    partner_ids: Sequence[int], period: Period, kpis: Mapping[int, KpiRow], calendar: Calendar
) -> dict[int, list[Judged]]:
    """How every KPI with a target of a few partners stands in one period; two queries."""
    parts = {
        kind: [part.key for part in calendar.subperiods(period, kind)]
        for kind in {kpi.kind for kpi in kpis.values()}
        if kind.rank <= period.kind.rank
    }
    keys = {period.key, *(key for kind in parts.values() for key in kind)}
    goals: dict[tuple[int, int], dict[int, Goal]] = {}
    for row in _rows_of(_GOALS, partner_ids, keys):
        goals.setdefault(row[:2], {})[row[2]] = GoalRow._make(row[2:]).goal
    readings: dict[tuple[int, int], dict[int, Reading]] = {}
    for row in _rows_of(_READINGS, partner_ids, keys):
        readings.setdefault(row[:2], {})[row[2]] = ReadingRow._make(row[2:]).reading
    found: dict[int, list[Judged]] = {}
    for (partner_id, kpi_id), by_key in goals.items():
        kpi = kpis.get(kpi_id)
        if kpi is None or kpi.kind not in parts:
            continue
        given = readings.get((partner_id, kpi_id), {})
        result = _result(kpi, period, parts[kpi.kind], by_key, given)
        if result.status is not None:
            found.setdefault(partner_id, []).append(Judged(kpi, result))
    return found


_GOALS = (
    "SELECT partner_id, kpi_id, period, target, threshold, baseline, zero_scale, band_lo, band_hi,"
    " weight, critical FROM target"
)
_READINGS = "SELECT partner_id, kpi_id, period, value, num, den FROM value"


def _rows_of(
    statement: str, partner_ids: Sequence[int], keys: Collection[int]
) -> list[tuple[Any, ...]]:
    places = f"({sql.marks(len(partner_ids))}) AND period IN ({sql.marks(len(keys))})"
    return sql.rows(f"{statement} WHERE partner_id IN {places}", *partner_ids, *keys)


def _result(
    kpi: KpiRow,
    period: Period,
    parts: Sequence[int],
    goals: Mapping[int, Goal],
    readings: Mapping[int, Reading],
) -> Result:
    return roll_up(
        kpi.definition,
        [readings[key] for key in parts if key in readings],
        [goals[key] for key in parts if key in goals],
        subperiod_count=len(parts),
        explicit_goal=goals.get(period.key) if kpi.kind is not period.kind else None,
    )


def onboarding(viewer: Viewer, limit: int) -> list[tuple[PartnerRef, Facts]]:
    """Partners on their way to active that this person may change, with what the guards ask."""
    latest = PartnerProfile.select(fn.MAX(PartnerProfile.n)).where(
        PartnerProfile.partner == Partner.id
    )
    own_version = (PartnerProfile.partner == Partner.id) & (PartnerProfile.n == latest)
    query = (
        Partner.select(
            Partner.id,
            Partner.code,
            Partner.name,
            Partner.status,
            Partner.owner.is_null(False),
            _has_primary("host"),
            _has_primary("partner"),
            *(fn.TRIM(fn.COALESCE(text, "")) != "" for text in _PROFILE),
            Partner.selection_score,
        )
        .join(PartnerProfile, JOIN.LEFT_OUTER, on=own_version)
        .where(Partner.status == "onboarding", editable_by(viewer))
        .order_by(Partner.id)
        .limit(limit)
    )
    return [
        (
            PartnerRef(*row[:4]),
            Facts(
                has_owner=bool(row[4]),
                host_primary=bool(row[5]),
                partner_primary=bool(row[6]),
                has_goals=bool(row[7]),
                has_strengths=bool(row[8]),
                has_audience=bool(row[9]),
                selection_score=row[10],
            ),
        )
        for row in query.tuples()
    ]


_PROFILE = (PartnerProfile.goals, PartnerProfile.strengths, PartnerProfile.audiences)


def without_contact(viewer: Viewer, limit: int) -> list[PartnerRef]:
    """Active partners, among the latest, whom nobody could reach: no primary contact there."""
    lately = (
        Partner.select(Partner.id)
        .where(Partner.status == "active", editable_by(viewer))
        .order_by(Partner.id.desc())
        .limit(RECENT)
        .alias("lately")
    )
    query = (
        Partner.select(Partner.id, Partner.code, Partner.name, Partner.status)
        .join(lately, on=(lately.c.id == Partner.id))
        .where(~_has_primary("partner"))
        .order_by(Partner.id)
        .limit(limit)
    )
    return [PartnerRef(*row) for row in query.tuples()]


def reviews_due(viewer: Viewer, today: date, limit: int) -> list[tuple[PartnerRef, date]]:
    """Running partnerships whose profile was to be looked at again, the longest due first."""
    later = PartnerProfile.alias("later")
    newer = later.select(later.id).where(
        later.partner == PartnerProfile.partner, later.n > PartnerProfile.n
    )
    query = (
        PartnerProfile.select(
            Partner.id, Partner.code, Partner.name, Partner.status, PartnerProfile.next_review
        )
        .join(Partner, on=(PartnerProfile.partner == Partner.id))
        .where(
            PartnerProfile.next_review < today,
            Partner.status.in_(("onboarding", "active", "suspended")),
            ~fn.EXISTS(newer),
            editable_by(viewer),
        )
        .order_by(PartnerProfile.next_review, Partner.id)
        .limit(limit)
    )
    return [(PartnerRef(*row[:4]), row[4]) for row in query.tuples()]


def _has_primary(side: str) -> Any:
    return fn.EXISTS(
        Contact.select(Contact.id).where(
            Contact.partner == Partner.id, Contact.side == side, Contact.is_primary
        )
    )
