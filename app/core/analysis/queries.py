"""Reads that put partnerships beside their peers, published figures and one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from app.core.analysis import rules
from app.core.contract import Viewer
from app.core.kpis import sql
from app.core.kpis.queries import KpiRow, ScorecardView, Standing, scorecard
from app.core.kpis.rules import Direction
from app.core.kpis.tally import ReadingRow
from app.core.partners.models import Partner
from app.core.partners.queries import readable
from app.core.partners.rules import fold
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION

RELATIONSHIP = "RELATIONSHIP"  # the library's index, which the matrix prefers
SUGGESTED = 12


class BenchmarkRow(NamedTuple):
    """A published figure; `value` in millionths."""

    id: int
    kpi_id: int
    source: str
    value: int
    currency: str
    valid_from: date | None
    valid_to: date | None
    url: str
    version: int

    @property
    def figure(self) -> Fraction:
        """The exact figure in the KPI's unit."""
        return Fraction(self.value, MILLION)

    def holds_on(self, day: date) -> bool:
        """Whether the figure is meant for this day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


@dataclass(frozen=True, slots=True)
class Gap:
    """How a partner stands beside one published figure; unknown in another currency."""

    benchmark: BenchmarkRow
    gap: Fraction | None
    verdict: rules.Verdict | None


@dataclass(frozen=True, slots=True)
class Rank:
    """A place among others; hidden where they are so few that one could be told apart."""

    others: int
    needed: int
    percentile: Fraction | None


@dataclass(frozen=True, slots=True)
class Beside:
    """One figure of a partner beside its peers, past partnerships of its age, and the trade's."""

    figure: Fraction
    peers: Rank
    past: Rank | None  # None where the partner's beginning is unknown
    months: int | None  # how long the partnership has run
    gaps: tuple[Gap, ...]


_BENCHMARK = f"SELECT {', '.join(BenchmarkRow._fields)} FROM benchmark WHERE active"
_OF_OTHERS = (
    "SELECT v.period, v.value, v.num, v.den, p.start_date FROM partner p"
    " JOIN value v ON v.partner_id = p.id AND v.kpi_id = ?"
    " WHERE p.id <> ? AND p.status <> 'declined'"
)


def benchmarks(kpi_id: int) -> list[BenchmarkRow]:
    """A KPI's published figures, the latest first."""
    found = sql.rows(
        f"{_BENCHMARK} AND kpi_id = ? ORDER BY COALESCE(valid_to, '9999-12-31') DESC, source, id",
        kpi_id,
    )
    return [_benchmark(row) for row in found]


def benchmark(kpi_id: int, benchmark_id: int) -> BenchmarkRow | None:
    """One published figure of this KPI."""
    found = sql.rows(f"{_BENCHMARK} AND kpi_id = ? AND id = ?", kpi_id, benchmark_id)
    return _benchmark(found[0]) if found else None


def beside(
    partner: Partner, kpi: KpiRow, period: Period, calendar: Calendar, needed: int
) -> Beside | None:
    """A partner's approved figure of a period beside others'; None where there is none.

    The caller has checked that the viewer may see this partner; of the others only numbers are
    used. `needed` is how many there must be. Three queries, four with a known beginning.
    """
    own = sql.rows(
        "SELECT period, value, num, den FROM value WHERE partner_id = ? AND kpi_id = ?"
        " AND period = ?",
        partner.id,
        kpi.id,
        period.key,
    )
    figure = ReadingRow(*own[0]).figure if own else None
    if figure is None:
        return None
    direction = kpi.definition.direction
    months = _age(partner.start_date, calendar.start(period))
    peers = _others(kpi, partner, " AND v.period = ?", period.key)
    return Beside(
        figure=figure,
        peers=_rank(figure, _figures(peers), direction, needed),
        past=None
        if months is None
        else _rank(figure, _of_age(kpi, partner, period, months, calendar), direction, needed),
        months=months,
        gaps=tuple(
            _gap(figure, row, kpi, partner.currency)
            for row in benchmarks(kpi.id)
            if row.holds_on(calendar.end(period))
        ),
    )


def _gap(figure: Fraction, row: BenchmarkRow, kpi: KpiRow, currency: str) -> Gap:
    foreign = kpi.value_type == "money" and row.currency != currency
    no_share = foreign or kpi.value_type == "ordinal"  # levels have an order, not a size
    found = None if no_share else rules.gap(figure, row.figure, kpi.definition.direction)
    return Gap(row, found, None if found is None else rules.verdict(found))


def _others(kpi: KpiRow, partner: Partner, where: str, *params: Any) -> list[tuple[Any, ...]]:
    if kpi.value_type == "money":
        where, params = where + " AND p.currency = ?", (*params, partner.currency)
    return sql.rows(_OF_OTHERS + where, kpi.id, partner.id, *params)


def _figures(rows: Sequence[tuple[Any, ...]]) -> list[Fraction]:
    figures = (ReadingRow(*row[:4]).figure for row in rows)
    return [figure for figure in figures if figure is not None]


def _of_age(
    kpi: KpiRow, partner: Partner, period: Period, months: int, calendar: Calendar
) -> list[Fraction]:
    """What partnerships that have ended reported when they had run as long."""
    rows = _others(kpi, partner, " AND p.status = 'ended' AND p.start_date IS NOT NULL")
    return _figures(
        [
            row
            for row in rows
            if _kind(row[0]) is period.kind
            and _age(_day(row[4]), calendar.start(Period.from_key(row[0]))) == months
        ]
    )


def _kind(key: int) -> Kind:
    return Period.from_key(key).kind


def _rank(figure: Fraction, others: Sequence[Fraction], direction: Direction, needed: int) -> Rank:
    if len(others) < needed or direction == Direction.BAND:
        return Rank(len(others), needed, None)
    return Rank(len(others), needed, rules.percentile(figure, others, direction))


def _age(began: date | None, day: date) -> int | None:
    """Whole calendar months from the month of the beginning; unknown before it."""
    if began is None:
        return None
    months = (day.year - began.year) * 12 + day.month - began.month
    return months if months >= 0 else None


def _day(value: Any) -> date:
    """SQLite keeps dates as text."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _benchmark(row: tuple[Any, ...]) -> BenchmarkRow:
    made = BenchmarkRow._make(row)
    return made._replace(
        valid_from=_day(made.valid_from) if made.valid_from else None,
        valid_to=_day(made.valid_to) if made.valid_to else None,
    )


class Cell(NamedTuple):
    """One partner's standing in one KPI, and whether it is the best or one of several best."""

    standing: Standing | None
    wins: bool
    ties: bool


class Metric(NamedTuple):
    """One KPI over the partners side by side."""

    kpi: KpiRow
    cells: tuple[Cell, ...]
    why_none: str  # "", "currency", "band" or "unknown": why nobody wins


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two to five partners side by side in one period."""

    partners: tuple[Partner, ...]
    views: tuple[ScorecardView, ...]
    metrics: tuple[Metric, ...]
    decided: int  # metrics with a winner or a tie
    wins: tuple[int, ...]  # alone, by partner
    overall: rules.Overall | None


def chosen(viewer: Viewer, ids: Sequence[int]) -> tuple[Partner, ...]:
    """The readable partners of these ids, in their order, at most five."""
    found = {p.id: p for p in Partner.select().where(Partner.id.in_(list(ids)), readable(viewer))}
    return tuple(found[id_] for id_ in dict.fromkeys(ids) if id_ in found)[: rules.MOST]


def suggestions(viewer: Viewer, text: str, without: Sequence[int]) -> list[Partner]:
    """Partners to put beside the others, by a part of their name or code."""
    query = Partner.select().where(readable(viewer), Partner.id.not_in(list(without) or [0]))
    if text:
        query = query.where(Partner.name_key.contains(fold(text)))
    return list(query.order_by(Partner.name_key, Partner.id).limit(SUGGESTED))


def comparison(
    partners: tuple[Partner, ...],
    period: Period,
    calendar: Calendar,
    today: date,
    weights: Mapping[int, int],
) -> Comparison:
    """Every KPI that one of these partners has in the period; `weights` by KPI, in millionths."""
    views = tuple(scorecard(p.id, period, calendar, today) for p in partners)
    standings = [{row.kpi.id: row for row in view.rows} for view in views]
    kpis = {row.kpi.id: row.kpi for view in views for row in view.rows}
    metrics = tuple(
        _metric(kpi, [found.get(kpi.id) for found in standings], partners) for kpi in kpis.values()
    )
    winners = {
        m.kpi.id: tuple(n for n, cell in enumerate(m.cells) if cell.wins or cell.ties)
        for m in metrics
    }
    return Comparison(
        partners=partners,
        views=views,
        # Those that somebody leads come first: a table of gaps says little.
        metrics=tuple(sorted(metrics, key=lambda m: not winners[m.kpi.id])),
        decided=sum(bool(places) for places in winners.values()),
        wins=tuple(sum(m.cells[n].wins for m in metrics) for n in range(len(partners))),
        overall=rules.overall(winners, weights, len(partners)),
    )


def _metric(kpi: KpiRow, found: Sequence[Standing | None], partners: Sequence[Partner]) -> Metric:
    actuals = [row.result.actual if row else None for row in found]
    reported = {p.currency for p, a in zip(partners, actuals, strict=True) if a is not None}
    foreign = kpi.value_type == "money" and len(reported) > 1
    places = () if foreign else rules.best(actuals, kpi.definition.direction)
    why = ""
    if not places:
        is_band = kpi.definition.direction == Direction.BAND
        why = "currency" if foreign else "band" if is_band else "unknown"
    alone = len(places) == 1
    return Metric(
        kpi,
        tuple(
            Cell(row, alone and n in places, not alone and n in places)
            for n, row in enumerate(found)
        ),
        why,
    )


class Spot(NamedTuple):
    """A partner in the matrix of attainment and relationship."""

    id: int
    code: str
    name: str
    score: int  # millionths
    relationship: Fraction
    period: int  # that the relationship was last measured for
    place: rules.Place


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who delivers and who gets on; `without` is how many have one of the two only."""

    kpi_id: int
    kpi_name: str
    spots: tuple[Spot, ...]
    without: int


def matrix(scored: Sequence[Any], period: Period, calendar: Calendar) -> Matrix | None:
    """The portfolio by scorecard and relationship; None where no KPI measures relationships.

    `scored` are partners with id, code, name and shown score in millionths. The relationship is
    the latest approved figure up to the period's end. Two queries.
    """
    found = sql.rows(
        "SELECT id, name, frequency FROM kpi WHERE active AND category = 'relationship'"
        " AND value_type = 'number' ORDER BY CASE WHEN code = ? THEN 0 ELSE 1 END, code LIMIT 1",
        RELATIONSHIP,
    )
    if not found:
        return None
    kpi_id, name, frequency = found[0]
    latest = calendar.containing(calendar.end(period), Kind(frequency))  # type: ignore[call-arg]
    measured: dict[int, tuple[int, Fraction]] = {}
    for chunk in sql.chunks(row.id for row in scored):
        for partner_id, key, value in sql.rows(
            "SELECT partner_id, period, value FROM value WHERE kpi_id = ?"
            f" AND partner_id IN ({sql.marks(len(chunk))})"
            " AND period BETWEEN ? AND ? AND value IS NOT NULL ORDER BY period",
            kpi_id,
            *chunk,
            latest.kind.rank * 1_000_000,
            latest.key,
        ):
            measured[partner_id] = key, Fraction(value, MILLION)
    spots = tuple(
        Spot(
            row.id,
            row.code,
            row.name,
            row.score,
            measured[row.id][1],
            measured[row.id][0],
            rules.place(Fraction(row.score, MILLION), measured[row.id][1]),
        )
        for row in scored
        if row.id in measured
    )
    return Matrix(kpi_id, name, spots, len(scored) - len(spots))
