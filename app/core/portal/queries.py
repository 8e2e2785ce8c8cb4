"""What a partner's contact reads: own partner only, whoever asks."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from app.core.contract import Viewer
from app.core.kept import kept
from app.core.kpis import queries as kpi_queries
from app.core.kpis.models import Revision, Target, Value
from app.core.kpis.queries import KpiRow
from app.core.partners.models import Partner
from app.core.partners.queries import readable
from app.core.periods import Calendar, Period, add_months
from app.core.portal.rules import Owed, next_due, owed

MONTHS = 24  # how far back anything is still asked for


@dataclass(frozen=True, slots=True)
class Duties:
    """What each side still has to report, and what waits for the host's approval."""

    ours: tuple[Owed, ...]  # the partner's, who reads this
    theirs: tuple[Owed, ...]  # the host's
    waiting: tuple[tuple[KpiRow, Period], ...]
    next_due: date | None  # of the partner's figures for the periods that run now


def duties(viewer: Viewer, partner: Partner, calendar: Calendar, today: date) -> Duties:
    """What both sides of this partnership owe each other; four queries."""
    kpis = kpi_queries.definitions()
    figures = kpi_queries.partner_figures(partner.id, add_months(today, -MONTHS), today, calendar)
    keys = {(kpi_id, point.period) for kpi_id, points in figures.values.items() for point in points}
    approved = dict.fromkeys(keys, "approved")
    reported = open_submissions(viewer, partner.id)
    ours_there = approved | {
        key: state.replace("returned:", "restated:", 1) if key in keys else state
        for key, state in reported.items()
    }
    # What we correct ourselves is no debt of ours while the approved figure stands.
    there = {"partner": ours_there, "host": reported | approved}
    expected = [(kpi_id, row.period) for kpi_id, rows in figures.targets.items() for row in rows]
    since = partner.first_import_at.date() if partner.first_import_at else None
    ours, theirs = (
        tuple(owed(side, kpis, expected, there[side], today=today, calendar=calendar, since=since))
        for side in ("partner", "host")
    )
    waiting = (
        (kpis[kpi_id], Period.from_key(key))
        for (kpi_id, key), state in sorted(reported.items())
        if state == "submitted" and kpi_id in kpis
    )
    # The host's figures become its partner's business once they are late.
    late = tuple(item for item in theirs if item.late)
    asked = (kpis[id_] for id_ in figures.targets if id_ in kpis)
    coming = next_due((kpi for kpi in asked if kpi.submitter == "partner"), today, calendar)
    return Duties(ours, late, tuple(waiting), coming)


def open_submissions(viewer: Viewer, partner_id: int) -> dict[tuple[int, int], str]:
    """What was reported and does not count, by KPI and period: "submitted", or "returned:" and why.

    What was returned is no longer open once a later figure was approved.
    """
    found: dict[tuple[int, int], str] = {}
    for kpi_id, key, state, decision in _open_submissions(viewer, partner_id):
        found[kpi_id, key] = state if state == "submitted" else f"returned:{decision}"
    return found


@kept
def _open_submissions(viewer: Viewer, partner_id: Any) -> Any:
    later = Revision.alias("later")
    answered = later.select(later.id).where(
        later.partner == Revision.partner,
        later.kpi == Revision.kpi,
        later.period == Revision.period,
        later.n > Revision.n,
        later.state.in_(("approved", "superseded")),
    )
    return (
        Revision.select(Revision.kpi, Revision.period, Revision.state, Revision.decision)
        .join(Partner)
        .where(
            Revision.partner == partner_id,
            Revision.state.in_(("submitted", "returned")),
            ~fn.EXISTS(answered),
            readable(viewer),
        )
        .order_by(Revision.n)
        .tuples()
    )


def own_kpi(viewer: Viewer, kpi_id: int) -> KpiRow | None:
    """The KPI if this person's own partner is measured by it, else None."""
    kpi = kpi_queries.definitions(active_only=False).get(kpi_id)
    if kpi is None or viewer.partner_id is None:
        return None
    return kpi if _is_measured(viewer.partner_id, kpi_id) else None


def _is_measured(partner_id: int, kpi_id: int) -> bool:
    return any(
        table.select().where(table.partner == partner_id, table.kpi == kpi_id).exists()
        for table in (Target, Value)
    )
