"""Approved figures and their targets: of one partner, or of one KPI over partners."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple, Protocol, TypeVar

from app.core.kpis import sql
from app.core.kpis.known import within
from app.core.kpis.tally import GoalRow, ReadingRow
from app.core.periods import Calendar, Kind, Period
from app.core.quantities import MILLION


class Point(NamedTuple):
    """The approved figure of one KPI in one period."""

    kpi_id: int
    period: int
    value: int | None
    num: int | None
    den: int | None
    revision_id: int
    locked: bool

    @property
    def figure(self) -> Fraction | None:
        """The exact figure in units; unknown where the denominator is zero."""
        return self.row.figure

    @property
    def place(self) -> float | None:
        """About where the figure stands in a picture, which needs no fraction."""
        if self.num is None or self.den is None:
            return None if self.value is None else self.value / MILLION
        return self.num / self.den if self.den else None

    @property
    def row(self) -> ReadingRow:
        """The figure as computations take it."""
        return ReadingRow(self.period, self.value, self.num, self.den)


class TargetRow(NamedTuple):
    """The target of one KPI in one period, in millionths."""

    kpi_id: int
    period: int
    n: int
    target: int | None
    threshold: int | None
    baseline: int | None
    zero_scale: int | None
    band_lo: int | None
    band_hi: int | None
    weight: int
    critical: bool

    @property
    def row(self) -> GoalRow:
        """The target as computations take it."""
        return GoalRow(self.period, *self[3:])

    @property
    def figure(self) -> Fraction | None:
        """The exact target in units."""
        return None if self.target is None else Fraction(self.target, MILLION)


Made = TypeVar("Made", covariant=True)


class _HasRow(Protocol[Made]):
    @property
    def period(self) -> int: ...
    @property
    def row(self) -> Made: ...


class RowsByPeriod(Mapping[int, Made]):
    """Points or targets of one KPI as computations take them, by the key of their period.

    A row is made when it is asked for: of a year of figures, most are only drawn.
    """

    def __init__(self, points: Iterable[_HasRow[Made]]) -> None:
        self._points = {point.period: point for point in points}

    def __getitem__(self, key: int) -> Made:
        return self._points[key].row

    def __contains__(self, key: object) -> bool:
        return key in self._points

    def __iter__(self) -> Iterator[int]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)


class Declared(NamedTuple):
    """Why an unreported period counts as missed, and who said so."""

    reason: str
    name: str


class Figures(NamedTuple):
    """One partner's figures and targets, by KPI, in order of time."""

    values: dict[int, list[Point]]
    targets: dict[int, list[TargetRow]]
    missed: dict[int, dict[int, Declared]]  # unreported periods that were declared missed


_POINT = "SELECT kpi_id, period, value, num, den, revision_id, locked FROM value"
# Declared misses come along with the targets: only what has a target can be missed.
_TARGET = (
    f"SELECT {', '.join(f't.{name}' for name in TargetRow._fields)}, d.reason, u.name"
    " FROM target t LEFT JOIN declared_miss d ON d.partner_id = t.partner_id"
    " AND d.kpi_id = t.kpi_id AND d.period = t.period AND d.withdrawn_at IS NULL"
    ' LEFT JOIN "user" u ON u.id = d.declared_by_id WHERE t.partner_id = ?'
)
_ORDER = " ORDER BY partner_id, kpi_id, period"


def partner_figures(partner_id: int, first: date | None, last: date, calendar: Calendar) -> Figures:
    """What one partner has reported and been asked for, in periods that begin in first…last."""
    limits = limits_of(first, last, calendar)
    where = f" WHERE partner_id = ? AND {within(limits)}{_ORDER}"
    values: dict[int, list[Point]] = {}
    for row in sql.rows(_POINT + where, partner_id, *limits):
        values.setdefault(row[0], []).append(Point._make(row))
    targets: dict[int, list[TargetRow]] = {}
    missed: dict[int, dict[int, Declared]] = {}
    asked = f"{_TARGET} AND {within(limits, 't.period')} ORDER BY t.partner_id, t.kpi_id, t.period"
    for *columns, reason, name in sql.rows(asked, partner_id, *limits):
        targets.setdefault(columns[0], []).append(TargetRow._make(columns))
        if reason is not None:
            missed.setdefault(columns[0], {})[columns[1]] = Declared(reason, name)
    return Figures(values, targets, missed)


def kpi_series(
    partner_ids: Sequence[int], kpi_id: int, first: Period, last: Period
) -> dict[int, list[Point]]:
    """One KPI's figures of several partners, from the first to the last period."""
    found: dict[int, list[Point]] = {}
    for chunk in sql.chunks(partner_ids):
        for partner_id, *row in sql.rows(
            _POINT.replace("SELECT", "SELECT partner_id,", 1)
            + f" WHERE partner_id IN ({sql.marks(len(chunk))}) AND kpi_id = ?"
            f" AND period BETWEEN ? AND ?{_ORDER}",
            *chunk,
            kpi_id,
            first.key,
            last.key,
        ):
            found.setdefault(partner_id, []).append(Point._make(row))
    return found


def limits_of(first: date | None, last: date, calendar: Calendar) -> tuple[int, ...]:
    """First and last key of each kind of period that begins in these days."""
    limits: list[int] = []
    for kind in Kind:
        final = calendar.containing(last, kind)
        lowest = kind.rank * 1_000_000
        if first is not None:
            period = calendar.containing(first, kind)
            begins_before = calendar.start(period) < first
            lowest = (calendar.shift(period, 1) if begins_before else period).key
        limits += (lowest, final.key)
    return tuple(limits)
