"""Many targets of one partner at once: what a rule makes of each KPI and period, as a proposal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from app.core.contract import Viewer
from app.core.kpis import queries
from app.core.kpis.figures import TargetFigures
from app.core.kpis.presentation import is_percentage
from app.core.kpis.queries import KpiRow, TargetPair
from app.core.kpis.rules import series
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION

MOST = 600  # cells of one table: twelve KPIs by fifty weeks, or twenty-five by two years of months
A_YEAR = {Kind.WEEK: 52, Kind.MONTH: 12, Kind.QUARTER: 4, Kind.HALF: 2, Kind.YEAR: 1}


@dataclass(frozen=True, slots=True)
class Rule:
    """How the targets are made: a method, its growth, and what they are rounded to."""

    method: str  # flat, growth, seasonal, even, shape
    rate: Fraction = Fraction(0)
    yearly: bool = False
    places: int = 0

    def quantum(self, percentage: bool) -> int:
        """The millionths that a target is a multiple of; of a percentage, in per cent."""
        return max(1, (MILLION // 100 if percentage else MILLION) // 10**self.places)


@dataclass(frozen=True, slots=True)
class Cell:
    """One target to be: its figure, what was reported a year before, and what there is now."""

    kpi: KpiRow
    period: Period
    value: int | None
    year_before: int | None
    pair: TargetPair
    n: int  # the latest revision that was seen
    text: str | None = None  # as somebody typed it
    problem: str = ""
    stale: bool = False

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"cell-{self.kpi.id}-{self.period.key}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A KPI that the rule makes nothing of, and why: a key of `series.SeriesError`, or "sum"."""

    kpi: KpiRow
    why: str


def may_be_set(kpi: KpiRow) -> bool:
    """Whether a rule can make targets of it: bands and levels are set one by one."""
    return kpi.direction != "band" and kpi.value_type != "ordinal"


def periods_of(kpi: KpiRow, first: Period, last: Period, calendar: Calendar) -> list[Period]:
    """The KPI's own periods that lie within a range of periods; none where they are longer."""
    if kpi.kind.rank > first.kind.rank:
        return []
    return [
        part
        for period in calendar.between(first, last)
        for part in calendar.subperiods(period, kpi.kind)
    ]


def cells(
    viewer: Viewer,
    partner_id: int,
    wanted: Mapping[KpiRow, Sequence[Period]],
    calendar: Calendar,
) -> dict[KpiRow, list[Cell]]:
    """Each KPI's periods with last year's figures and what there is; a few queries for all."""
    periods = [period for own in wanted.values() for period in own]
    if not periods:
        return {}
    first = min(calendar.start(_year_before(period, calendar)) for period in periods)
    last = max(calendar.end(period) for period in periods)
    reported = queries.partner_figures(partner_id, first, last, calendar).values
    pairs = queries.target_pairs(
        viewer, partner_id, {p.key for p in periods}, [kpi.id for kpi in wanted]
    )
    found: dict[KpiRow, list[Cell]] = {}
    for kpi, own in wanted.items():
        points = {point.period: point.figure for point in reported.get(kpi.id, ())}
        found[kpi] = []
        for period in own:
            figure = points.get(_year_before(period, calendar).key)
            pair = pairs.get((kpi.id, period.key), TargetPair())
            before = None if figure is None else series.rounded(figure * MILLION)
            found[kpi].append(Cell(kpi, period, None, before, pair, pair.latest_n))
    return found


def filled(
    rows: Mapping[KpiRow, list[Cell]], amounts: Mapping[int, int], rule: Rule
) -> tuple[list[Cell], list[Failure]]:
    """The cells with what the rule makes of each KPI's amount; KPIs that it fails for apart."""
    made: list[Cell] = []
    failed: list[Failure] = []
    for kpi, own in rows.items():
        try:
            values = _values(kpi, own, amounts.get(kpi.id), rule)
        except series.SeriesError as error:
            failed.append(Failure(kpi, str(error)))
            continue
        made += [replace(cell, value=value) for cell, value in zip(own, values, strict=True)]
    return made, failed


def figures_of(cell: Cell, like: TargetFigures | None) -> TargetFigures:
    """The target of a cell: last year as its baseline, weight and threshold as they were."""
    like = (cell.pair.figures or like) or TargetFigures()
    threshold = None
    if like.threshold is not None and like.target and cell.value is not None:
        threshold = series.rounded(Fraction(like.threshold, like.target) * cell.value)
    baseline = cell.year_before if cell.year_before is not None else like.baseline
    return TargetFigures(
        target=cell.value,
        threshold=threshold,
        baseline=baseline,
        zero_scale=like.zero_scale,
        weight=like.weight,
        critical=like.critical,
    )


def latest_figures(
    partner_id: int, kpi_ids: Iterable[int], until: Period, calendar: Calendar
) -> dict[int, TargetFigures]:
    """The latest target of each KPI before a time: its weight and threshold go on."""
    figures = queries.partner_figures(partner_id, None, calendar.end(until), calendar)
    found: dict[int, TargetFigures] = {}
    for kpi_id in kpi_ids:
        for row in figures.targets.get(kpi_id, ()):
            kept = {name: getattr(row, name) for name in TargetFigures._fields}
            found[kpi_id] = TargetFigures(**kept)
    return found


def _values(kpi: KpiRow, own: Sequence[Cell], amount: int | None, rule: Rule) -> list[int | None]:
    quantum = rule.quantum(is_percentage(kpi))
    last_year = [cell.year_before for cell in own]
    if rule.method == "seasonal":
        return series.seasonal(last_year, rule.rate, quantum)
    if amount is None:
        raise series.SeriesError("no_amount")
    if rule.method == "growth":
        every = A_YEAR[kpi.kind] if rule.yearly else 1
        return list(series.growing(amount, rule.rate, len(own), every=every, quantum=quantum))
    if rule.method == "flat":
        return list(series.flat(amount, len(own)))
    if kpi.aggregation != "sum":
        raise series.SeriesError("no_sum")
    shape: list[int | None] = [1] * len(own) if rule.method == "even" else last_year
    return series.split(amount, shape, quantum)


def _year_before(period: Period, calendar: Calendar) -> Period:
    return calendar.shift(period, -A_YEAR[period.kind])
