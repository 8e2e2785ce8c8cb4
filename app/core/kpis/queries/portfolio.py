"""The portfolio from stored scorecards and totals: the same work for ten partners and 100,000."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.kpis import known, sql
from app.core.kpis.rules import Aggregation
from app.core.periods import Kind, Period
from app.core.quantities import MILLION


class ScoreRow(NamedTuple):
    """A stored scorecard; score and coverage in millionths."""

    period: int
    partner_id: int
    score: int | None
    coverage: int
    decides: bool
    green: int
    amber: int
    red: int
    grey: int


class StatusCounts(NamedTuple):
    """How many scorecards a period has, and how many KPIs stand in each colour."""

    partners: int
    green: int
    amber: int
    red: int
    grey: int


class TotalRow(NamedTuple):
    """One KPI over all partners; `value` is unknown where figures cannot be added up."""

    kpi_id: int
    currency: str
    value: Fraction | None
    reported: int


_SCORES = f"SELECT {', '.join(ScoreRow._fields)} FROM score WHERE "
# Months first: they are what most KPIs are reported for, or roll up to.
_HOME = (Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.YEAR, Kind.WEEK)


def scorecards(
    partner_ids: Sequence[int], periods: Sequence[Period]
) -> dict[tuple[int, int], ScoreRow]:
    """Stored scorecards by partner id and period key; where there is no target, there is none."""
    keys = [period.key for period in periods]
    found: dict[tuple[int, int], ScoreRow] = {}
    if not keys:
        return found
    for chunk in sql.chunks(partner_ids):
        for row in sql.rows(
            f"{_SCORES} period IN ({sql.marks(len(keys))})"
            f" AND partner_id IN ({sql.marks(len(chunk))})",
            *keys,
            *chunk,
        ):
            found[row[1], row[0]] = ScoreRow._make(row)._replace(decides=bool(row[4]))
    return found


def status_counts(period: Period, viewer: Viewer) -> StatusCounts:
    """How the readable partners stand in a period."""
    own, params = _readable(viewer)
    row = sql.rows(
        "SELECT COUNT(*), COALESCE(SUM(green), 0), COALESCE(SUM(amber), 0),"
        f" COALESCE(SUM(red), 0), COALESCE(SUM(grey), 0) FROM score WHERE period = ?{own}",
        period.key,
        *params,
    )[0]
    return StatusCounts(*map(int, row))


def latest_period_with_values(
    kind: Kind | None = None, viewer: Viewer | None = None
) -> Period | None:
    """The latest period that has approved figures: a month where there is any, else the next
    longer kind, a week only where there is nothing else.

    For a contact, of their own partner's figures.
    """
    kinds = _HOME if kind is None else (kind,)
    if viewer is not None and not viewer.is_staff:
        return _latest_of(viewer.partner_id or 0, kinds)
    selects = ", ".join(
        ["(SELECT MAX(period) FROM kpi_total WHERE reported > 0 AND period BETWEEN ? AND ?)"]
        * len(kinds)
    )
    found = sql.rows(f"SELECT {selects}", *(key for k in kinds for key in _until_now(k)))[0]
    return next((Period.from_key(key) for key in found if key), None)


def latest_period_of(partner_id: int) -> Period | None:
    """The latest period for which this partner has approved figures, else the portfolio's."""
    return _latest_of(partner_id, _HOME) or latest_period_with_values()


def periods_with_values(kind: Kind) -> list[Period]:
    """Every period of a kind that has approved figures of anybody, the latest first."""
    found = sql.rows(
        "SELECT DISTINCT period FROM kpi_total WHERE reported > 0 AND period BETWEEN ? AND ?"
        " ORDER BY period DESC",
        *_span(kind),
    )
    return [Period.from_key(row[0]) for row in found]


def totals(period: Period) -> list[TotalRow]:
    """Each KPI over all partners in a period, money by currency."""
    all_known = known.known()
    rows: list[TotalRow] = []
    for kpi_id, currency, reported, *parts in sql.rows(
        "SELECT kpi_id, currency, reported, value, value_rest, num, num_rest, den, den_rest"
        " FROM kpi_total WHERE period = ? AND reported > 0 ORDER BY kpi_id, currency",
        period.key,
    ):
        value = _total(parts, all_known.definitions[kpi_id].aggregation)
        rows.append(
            TotalRow(kpi_id, currency, value if all_known.is_summed(kpi_id) else None, reported)
        )
    return rows


def _total(parts: Sequence[int], aggregation: Aggregation) -> Fraction | None:
    wholes, rests = parts[::2], parts[1::2]
    value, num, den = (w * MILLION + r for w, r in zip(wholes, rests, strict=True))
    if aggregation is Aggregation.RATIO:
        return Fraction(num, den) if den else None
    return Fraction(value, MILLION)


def _latest_of(partner_id: int, kinds: Sequence[Kind]) -> Period | None:
    """The latest period of a partner's figures; a finer kind counts by the longer one it is in."""
    keys = [
        row[0]
        for row in sql.rows("SELECT DISTINCT period FROM value WHERE partner_id = ?", partner_id)
    ]
    if not keys:
        return None
    calendar = current_settings().calendar
    for kind in kinds:
        present = _until_now(kind)[1]
        of_kind = [
            period.key
            for key in keys
            for period in known.lineage(calendar, key)
            if period.kind is kind and period.key <= present
        ]
        if of_kind:
            return Period.from_key(max(of_kind))
    return None


def _readable(viewer: Viewer) -> tuple[str, tuple[int, ...]]:
    if viewer.is_staff:
        return "", ()
    return " AND partner_id = ?", (viewer.partner_id or 0,)


def _until_now(kind: Kind) -> tuple[int, int]:
    """Below the first key of a kind, and the key of the period in which we are.

    A figure for a time to come, imported by mistake, must not move every page there.
    """
    settings = current_settings()
    return kind.rank * 1_000_000, settings.calendar.containing(settings.today(), kind).key


def _span(kind: Kind) -> tuple[int, int]:
    """Below the first and above the last key of a kind."""
    return kind.rank * 1_000_000, kind.rank * 1_000_000 + 999_999
