"""Why a KPI stands where it stands: entries, roll-up, and the attainment in numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from peewee import JOIN

from app.core.accounts.models import User
from app.core.kpis import queries
from app.core.kpis.attainment_words import Step, attainment_steps
from app.core.kpis.formula_words import Worked, worked_out
from app.core.kpis.models import KpiVersion, Revision
from app.core.kpis.presentation import period_label
from app.core.kpis.rules import Goal, Result, is_closed, pace, roll_up
from app.core.periods import Calendar, Period
from app.core.quantities import MILLION


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who reported a figure, from where, and who let it count."""

    submitted_by: str | None
    submitted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    source: str
    note: str
    n: int
    four_eyes: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One sub-period: its figure, its own target, and whether both count as a pair."""

    period: Period
    point: Any
    result: Result
    provenance: Provenance | None
    paired: bool
    version: int | None = None  # of the definition it was read under, where another one stands


@dataclass(frozen=True, slots=True)
class Sums:
    """The two parts that a ratio is made of."""

    num: Fraction
    den: Fraction


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one figure of one period."""

    result: Result
    entries: tuple[Entry, ...]
    sums: Sums | None
    how: str
    how_target: str
    steps: tuple[Step, ...]
    explicit: bool
    open_result: Result | None
    worked: Worked | None  # of a derived KPI in a period of its own frequency


def explain(
    partner_id: int, kpi: Any, period: Period, calendar: Calendar, today: date, currency: str
) -> Explanation:
    """The figure of a KPI in a period that is not shorter than its own, taken apart."""
    figures = queries.partner_figures(
        partner_id, calendar.start(period), calendar.end(period), calendar
    )
    parts = calendar.subperiods(period, kpi.kind)
    points = {point.period: point for point in figures.values.get(kpi.id, ())}
    targets = {row.period: row for row in figures.targets.get(kpi.id, ())}
    own = len(parts) == 1
    readings = [points[p.key].row.reading for p in parts if p.key in points]
    goals = [targets[p.key].row.goal for p in parts if p.key in targets]
    longer = None if own else targets.get(period.key)
    result = roll_up(
        kpi.definition,
        readings,
        goals,
        subperiod_count=len(parts),
        explicit_goal=longer.row.goal if longer else None,
    )
    provenance = _provenance(point.revision_id for point in points.values())
    versions = _versions(kpi)
    ongoing = not is_closed(calendar.end(period), kpi.due_days, today)
    closed = [p.key for p in parts if is_closed(calendar.end(p), kpi.due_days, today)]
    return Explanation(
        result=result,
        entries=tuple(
            _read_under(
                _entry(kpi, p, points.get(p.key), targets.get(p.key), provenance, bool(longer)),
                versions,
            )
            for p in parts
        ),
        sums=_sums(points[p.key] for p in parts if p.key in points and _counts(p, goals, longer)),
        how=_how(kpi, own, period),
        how_target=_how_target(kpi, own, longer is not None),
        steps=attainment_steps(kpi, result, currency),
        explicit=longer is not None,
        worked=worked_out(partner_id, kpi, period) if own and kpi.formula else None,
        open_result=pace(kpi.definition, readings, goals, closed) if ongoing and not own else None,
    )


def _entry(
    kpi: Any, period: Period, point: Any, target: Any, known: dict[int, Provenance], explicit: bool
) -> Entry:
    result = roll_up(
        kpi.definition,
        [point.row.reading] if point else [],
        [target.row.goal] if target else [],
        subperiod_count=1,
    )
    return Entry(
        period=period,
        point=point,
        result=result,
        provenance=known.get(point.revision_id) if point else None,
        paired=point is not None and (target is not None or explicit),
    )


def _versions(kpi: Any) -> list[tuple[int, datetime]]:
    """The definition's versions and when they were saved, oldest first; none where one is all."""
    if kpi.version == 1:
        return []
    rows = KpiVersion.select(KpiVersion.n, KpiVersion.saved_at).where(KpiVersion.kpi == kpi.id)
    return list(rows.order_by(KpiVersion.n).tuples())


def _read_under(entry: Entry, versions: list[tuple[int, datetime]]) -> Entry:
    """The entry with the version that stood when its figure was approved, unless it still does."""
    if not versions or entry.provenance is None:
        return entry
    at = entry.provenance.decided_at or entry.provenance.submitted_at
    standing = [n for n, saved_at in versions if saved_at <= at] or [versions[0][0]]
    return entry if standing[-1] == versions[-1][0] else replace(entry, version=standing[-1])


def _counts(period: Period, goals: list[Goal], longer: Any) -> bool:
    """Whether a sub-period's figure goes into the roll-up: all of them, unless targets pair."""
    return longer is not None or not goals or any(goal.period == period.key for goal in goals)


def _provenance(revision_ids: Iterable[int]) -> dict[int, Provenance]:
    decider = User.alias()
    rows: Any = (
        Revision.select(
            Revision.id,
            User.name,
            Revision.submitted_at,
            decider.name,
            Revision.decided_at,
            Revision.source,
            Revision.note,
            Revision.n,
            Revision.four_eyes,
        )
        .join(User, JOIN.LEFT_OUTER, on=(Revision.submitted_by == User.id))
        .switch(Revision)
        .join(decider, JOIN.LEFT_OUTER, on=(Revision.decided_by == decider.id))
        .where(Revision.id.in_(list(revision_ids)))
        .tuples()
    )
    return {row[0]: Provenance(*row[1:]) for row in rows}


def _how(kpi: Any, own: bool, period: Period) -> str:
    if own and kpi.formula:
        return str(_("Worked out by its formula, %(formula)s.", formula=kpi.formula))
    if own and kpi.aggregation == "ratio":
        return str(
            _(
                "The numerator divided by the denominator of %(period)s.",
                period=period_label(period),
            )
        )
    if own:
        return str(_("The approved figure of %(period)s.", period=period_label(period)))
    if kpi.value_type == "percent" and kpi.aggregation in ("sum", "mean"):
        return str(_("Percentages without their parts do not roll up: the figure is not known."))
    return str(
        {
            "sum": _("The sum of the approved figures."),
            "mean": _("The mean of the approved figures."),
            "last": _("The last approved figure."),
            "ratio": _("The sum of all numerators divided by the sum of all denominators."),
            "min": _("The lowest approved figure."),
            "max": _("The highest approved figure."),
        }[str(kpi.aggregation)]
    )


def _how_target(kpi: Any, own: bool, explicit: bool) -> str:
    if explicit:
        return str(
            _("A target was set for the whole period; it applies once every part is reported.")
        )
    if own:
        return ""
    return str(
        {
            "sum": _("The sum of the targets of the periods that have both a figure and a target."),
            "mean": _("The mean of the targets of the periods that have both."),
            "last": _("The target of the last period that has both."),
            "ratio": _(
                "The mean of the targets of the periods that have both, "
                "each weighing as much as its denominator."
            ),
            "min": _("The lowest target of the periods that have both."),
            "max": _("The highest target of the periods that have both."),
        }[str(kpi.aggregation)]
    )


def _sums(points: Iterable[Any]) -> Sums | None:
    known = list(points)
    if not known or any(p.num is None or p.den is None for p in known):
        return None
    return Sums(
        Fraction(sum(p.num for p in known), MILLION), Fraction(sum(p.den for p in known), MILLION)
    )
