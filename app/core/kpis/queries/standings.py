"""One partner's scorecard, computed exactly from its figures, with what stands behind it."""

from collections.abc import Container, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from app.core.kpis import known, rules
from app.core.kpis.queries.definitions import KpiRow, definitions
from app.core.kpis.queries.figures import Figures, RowsByPeriod, partner_figures
from app.core.kpis.rules import Result, Status, Streak
from app.core.kpis.tally import GoalRow, ReadingRow, share
from app.core.periods import Calendar, Period, add_months

MONTHS_BEFORE = 12  # read along for sparklines; long enough for most streaks


class Standing(NamedTuple):
    """How one KPI stands in the period, and how long it has been missed up to its end.

    `streak` is None without a target; `pace` is known while a longer period is still open.
    """

    kpi: KpiRow
    result: Result
    streak: Streak | None
    pace: Result | None


class ScorecardView(NamedTuple):
    """A partner's scorecard; `figures` reach a year back from its period."""

    partner_id: int
    period: Period
    rows: tuple[Standing, ...]
    score: Fraction | None
    coverage: Fraction | None
    decides: bool
    green: int
    amber: int
    red: int
    grey: int
    figures: Figures


def scorecard(partner_id: int, period: Period, calendar: Calendar, today: date) -> ScorecardView:
    """The scorecard of one period: each KPI with a figure or a target in it.

    The caller has checked that the viewer may see this partner. Three queries; five where a
    streak reaches further back than a year.
    """
    last_day = calendar.end(period)
    figures = partner_figures(
        partner_id, add_months(calendar.start(period), -MONTHS_BEFORE), last_day, calendar
    )
    kpis = definitions(active_only=False)
    rows, whole = _standings(period, calendar, today, kpis, figures)
    if not whole:
        figures = partner_figures(partner_id, None, last_day, calendar)
        rows, _ = _standings(period, calendar, today, kpis, figures, everything=True)
    card = rules.scorecard([row.result for row in rows])
    count = {status: sum(row.result.status is status for row in rows) for status in Status}
    return ScorecardView(
        partner_id,
        period,
        rows,
        card.score,
        card.coverage,
        card.decides,
        count[Status.GREEN],
        count[Status.AMBER],
        count[Status.RED],
        count[Status.GREY],
        figures,
    )


def marks_until(kpi: KpiRow, day: date, calendar: Calendar, figures: Figures) -> str:
    """The marks that a KPI's streak counts, of the periods that are closed on a day."""
    readings = RowsByPeriod(figures.values.get(kpi.id, ()))
    goals = RowsByPeriod(figures.targets.get(kpi.id, ()))
    last = calendar.containing(day, kpi.kind).key
    return marks_of(kpi, last, calendar, day, readings, goals, figures.missed.get(kpi.id, ()))[0]


def _standings(
    period: Period,
    calendar: Calendar,
    today: date,
    kpis: Mapping[int, KpiRow],
    figures: Figures,
    everything: bool = False,
) -> tuple[tuple[Standing, ...], bool]:
    """Each KPI's standing, and whether every streak began within these figures."""
    rows: list[Standing] = []
    whole = True
    for kpi_id, kpi in kpis.items():
        kind = kpi.kind
        if kind.rank > period.kind.rank:
            continue  # of coarser frequency: left out
        readings = RowsByPeriod(figures.values.get(kpi_id, ()))
        goals = RowsByPeriod(figures.targets.get(kpi_id, ()))
        parts = known.subperiods(calendar, period, kind)
        asked = [goals[key] for key in parts if key in goals]
        explicit = goals.get(period.key) if kind is not period.kind else None
        if not asked and explicit is None and not any(key in readings for key in parts):
            continue
        result = rules.roll_up(
            kpi.definition,
            [readings[key].reading for key in parts if key in readings],
            [row.goal for row in asked],
            subperiod_count=len(parts),
            explicit_goal=explicit.goal if explicit else None,
        )
        marks = ""
        if result.status is not None:
            declared = figures.missed.get(kpi_id, ())
            marks, found_all = marks_of(kpi, parts[-1], calendar, today, readings, goals, declared)
            whole = whole and (found_all or everything)
        rows.append(
            Standing(
                kpi,
                result,
                rules.streak(marks) if result.status is not None else None,
                _pace(kpi, period, parts, calendar, today, readings, asked),
            )
        )
    return tuple(rows), whole


def marks_of(
    kpi: KpiRow,
    last: int,
    calendar: Calendar,
    today: date,
    readings: Mapping[int, ReadingRow],
    goals: Mapping[int, GoalRow],
    declared: Container[int],
) -> tuple[str, bool]:
    """The marks of the KPI's own periods back to the last one met, and whether there was one.

    What nobody reported counts as missed where somebody declared it so.
    """
    first_of_kind = Period.from_key(last).kind.rank * 1_000_000
    found: list[str] = []
    for key in sorted((key for key in goals if first_of_kind <= key <= last), reverse=True):
        if not rules.is_closed(calendar.end(Period.from_key(key)), kpi.due_days, today):
            continue
        judged = share(kpi.definition, readings, [goals[key]], (key,))
        status = judged.status if judged else Status.GREY
        unknown = "M" if key in declared and key not in readings else "?"
        found.append(unknown if status is Status.GREY else "H" if status is Status.GREEN else "M")
        if status is Status.GREEN:
            return "".join(reversed(found)), True
    return "".join(reversed(found)), False


def _pace(
    kpi: KpiRow,
    period: Period,
    parts: tuple[int, ...],
    calendar: Calendar,
    today: date,
    readings: Mapping[int, ReadingRow],
    asked: list[GoalRow],
) -> Result | None:
    is_longer = len(parts) > 1
    if not is_longer or not asked or rules.is_closed(calendar.end(period), kpi.due_days, today):
        return None
    closed = {
        key
        for key in parts
        if rules.is_closed(calendar.end(Period.from_key(key)), kpi.due_days, today)
    }
    found = rules.pace(
        kpi.definition,
        [readings[key].reading for key in parts if key in readings],
        [row.goal for row in asked],
        closed,
    )
    return found if found.attainment is not None else None
