"""What a critical KPI asks for that has turned red: somebody should agree on what to do.

Looked for in a job, once for all figures that were approved within a minute. Only the latest
period that has ended counts, so that an import of years suggests nothing about the past.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from flask_babel import gettext as _

from app.core.accounts.queries import current_settings
from app.core.contract import SuggestionDraft
from app.core.home.queries.judging import judged
from app.core.kpis import queries as kpis
from app.core.kpis import sql
from app.core.kpis.models import Revision
from app.core.kpis.presentation import period_label
from app.core.kpis.rules import Status
from app.core.kpis.services.recording import LOOK as JOB
from app.core.messages.languages import written_for
from app.core.periods import Calendar, Kind, Period
from app.core.suggestions import kinds
from app.core.suggestions.services import suggest
from app.core.tasks.models import OPEN, Task

__all__ = ["JOB", "look", "suggest_tasks"]

MOST = 50  # suggestions of one run: more would be read by nobody
LOOKED_AT = 500  # figures of critical KPIs that are judged in one run


class _Figure(NamedTuple):
    partner_id: int
    kpi_id: int
    period: int
    revision_id: int
    partner_name: str


def look(since: str) -> None:
    """Suggest a task for each critical KPI that an approved figure has turned red.

    `since` is a moment, naive UTC, as text: figures that were approved from then on are looked at.
    """
    suggest_tasks(datetime.fromisoformat(since), current_settings().today())


def suggest_tasks(since: datetime, today: date) -> None:
    """The same, as it would be on a day."""
    settings = current_settings()
    figures = _approved(since, settings.calendar, today)
    if not figures:
        return
    busy = _under_way({figure.partner_id for figure in figures})
    suggested = 0
    with written_for(settings.locale):
        for figure, name in _red(figures, settings.calendar):
            if suggested >= MOST:
                return
            if (figure.partner_id, figure.kpi_id) not in busy:
                suggested += suggest(kinds.TASK, _draft(figure, name))


def _approved(since: datetime, calendar: Calendar, today: date) -> list[_Figure]:
    """Figures of critical KPIs of active partners in the latest ended period of each kind."""
    ended = [calendar.shift(calendar.containing(today, kind), -1).key for kind in Kind]
    rows = sql.rows(
        "SELECT r.partner_id, r.kpi_id, r.period, r.id, p.name FROM revision r"
        " JOIN target t ON t.partner_id = r.partner_id AND t.kpi_id = r.kpi_id"
        " AND t.period = r.period JOIN partner p ON p.id = r.partner_id"
        f" WHERE r.state = 'approved' AND r.period IN ({sql.marks(len(ended))})"
        " AND r.decided_at >= ? AND t.critical AND p.status = 'active'"
        " AND p.merged_into_id IS NULL ORDER BY r.period DESC, r.partner_id, r.kpi_id LIMIT ?",
        *(*ended, since, LOOKED_AT),
    )
    return [_Figure._make(row) for row in rows]


def _red(figures: list[_Figure], calendar: Calendar) -> Iterator[tuple[_Figure, str]]:
    """Those that are red, with their KPI's name; two queries for each kind of period."""
    known = kpis.definitions()
    by_period: dict[int, dict[tuple[int, int], _Figure]] = defaultdict(dict)
    for figure in figures:
        by_period[figure.period][figure.partner_id, figure.kpi_id] = figure
    for key, found in by_period.items():
        period = Period.from_key(key)
        own = {id_: kpi for id_, kpi in known.items() if kpi.kind is period.kind}
        partners = sorted({partner_id for partner_id, _kpi in found})
        for partner_id, rows in judged(partners, period, own, calendar).items():
            for row in rows:
                place = (partner_id, row.kpi.id)
                if place in found and row.result.status is Status.RED:
                    yield found[place], row.kpi.name


def _under_way(partner_ids: set[int]) -> set[tuple[int, int]]:
    """Partner and KPI of open tasks that come from a KPI or one of its figures."""
    rows = Task.select(Task.partner, Task.ref).where(
        Task.partner.in_(sorted(partner_ids)),
        Task.state.in_(OPEN),
        Task.ref.startswith("kpi:") | Task.ref.startswith("revision:"),
    )
    refs = [(partner_id, *ref.split(":", 1)) for partner_id, ref in rows.tuples()]
    revisions = [int(id_) for _partner, kind, id_ in refs if kind == "revision"]
    named = Revision.select(Revision.id, Revision.kpi).where(Revision.id.in_(revisions))
    kpi_of = dict(named.tuples())
    return {
        (partner_id, kpi_of.get(int(id_), 0) if kind == "revision" else int(id_))
        for partner_id, kind, id_ in refs
    }


def _draft(figure: _Figure, name: str) -> SuggestionDraft:
    return SuggestionDraft(
        figure.partner_id,
        _(
            "Agree with %(partner)s on what to do about %(kpi)s",
            partner=figure.partner_name,
            kpi=name,
        )[:200],
        _(
            "The approved figure of %(period)s is red, and the KPI is critical.",
            period=period_label(figure.period),
        ),
        evidence=(f"revision:{figure.revision_id}",),
        key=f"miss:{figure.partner_id}-{figure.kpi_id}-{figure.period}",
    )
