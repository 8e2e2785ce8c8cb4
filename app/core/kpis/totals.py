"""The portfolio's totals: one row for each KPI, period and currency, moved by differences."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from app.core.kpis import sql
from app.core.kpis.known import Known, known, lineage
from app.core.periods import Kind
from app.core.quantities import MILLION


class Figure(NamedTuple):
    """An approved figure in millionths: a value, or a numerator and a denominator."""

    value: int | None = None
    num: int | None = None
    den: int | None = None


class Change(NamedTuple):
    """A figure that became current, and the one that it took the place of."""

    partner_id: int
    kpi_id: int
    period: int
    old: Figure | None
    new: Figure | None


_COLUMNS = ("value", "value_rest", "num", "num_rest", "den", "den_rest", "reported")
_ADD = (
    f"INSERT INTO kpi_total (period, kpi_id, currency, {', '.join(_COLUMNS)})"
    f" VALUES ({sql.marks(3 + len(_COLUMNS))})"
    " ON CONFLICT (period, kpi_id, currency) DO UPDATE SET "
    + ", ".join(f"{name} = kpi_total.{name} + excluded.{name}" for name in _COLUMNS)
)
_Place: TypeAlias = tuple[int, int, str]  # period, KPI, currency


def add_to_totals(changes: Sequence[Change], known: Known) -> None:
    """Move each total by the difference that these figures make, in the period and those above.

    Sums and ratios are added up; of other KPIs only the number of figures is kept.
    """
    currencies = _currencies(c.partner_id for c in changes if known.currency_matters(c.kpi_id))
    _add(
        (
            (change, currencies[change.partner_id] if known.currency_matters(change.kpi_id) else "")
            for change in changes
        ),
        known,
    )


def move_currency(partner_id: int, old: str, new: str) -> None:
    """Take a partner's money figures out of one currency's totals and into another's.

    Called in the transaction that changes the partner's currency.
    """
    all_known = known()
    moves: list[tuple[Change, str]] = []
    for kpi_id, period, *parts in sql.rows(
        "SELECT kpi_id, period, value, num, den FROM value WHERE partner_id = ?", partner_id
    ):
        if all_known.currency_matters(kpi_id):
            figure = Figure(*parts)
            moves.append((Change(partner_id, kpi_id, period, figure, None), old))
            moves.append((Change(partner_id, kpi_id, period, None, figure), new))
    _add(moves, all_known)


def rebuild_fiscal() -> None:
    """Add up quarters, halves and years anew from their months, after the calendar has changed.

    The caller has made sure that no figure was reported for a quarter, half or year itself.
    """
    calendar = known().calendar
    first, behind = (kind.rank * 1_000_000 for kind in (Kind.MONTH, Kind.QUARTER))
    sums: dict[_Place, list[int]] = {}
    for key, kpi_id, currency, *parts in sql.rows(
        f"SELECT period, kpi_id, currency, {', '.join(_COLUMNS)} FROM kpi_total"
        " WHERE period >= ? AND period < ?",
        first,
        behind,
    ):
        for period in lineage(calendar, key)[1:]:
            total = sums.setdefault((period.key, kpi_id, currency), [0] * len(_COLUMNS))
            total[:] = map(int.__add__, total, parts)
    sql.run("DELETE FROM kpi_total WHERE period >= ?", behind)
    sql.run_many(_ADD, [(*place, *_carried(sums[place])) for place in sorted(sums)])


def _carried(parts: Sequence[int]) -> tuple[int, ...]:
    """Added parts of sums with whole units carried out of the rests, then the count of figures."""
    *halves, reported = parts
    pairs = zip(halves[::2], halves[1::2], strict=True)
    return _split([*(whole * MILLION + rest for whole, rest in pairs), reported])


def _add(changes: Iterable[tuple[Change, str]], known: Known) -> None:
    summed = {kpi_id for kpi_id in known.definitions if known.is_summed(kpi_id)}
    own: dict[_Place, list[int]] = {}
    for change, currency in changes:
        total = own.setdefault((change.period, change.kpi_id, currency), [0, 0, 0, 0])
        for figure, sign in ((change.old, -1), (change.new, 1)):
            if figure is None:
                continue
            total[3] += sign
            if change.kpi_id in summed:
                value, num, den = figure
                total[0] += sign * (value or 0)
                total[1] += sign * (num or 0)
                total[2] += sign * (den or 0)
    moved: dict[_Place, list[int]] = {}
    for (key, kpi_id, currency), parts in own.items():
        for period in lineage(known.calendar, key):
            total = moved.setdefault((period.key, kpi_id, currency), [0, 0, 0, 0])
            total[:] = map(int.__add__, total, parts)
    # In one order, so that two writers never wait for each other in a circle.
    sql.run_many(_ADD, [(*place, *_split(moved[place])) for place in sorted(moved)])


def _split(total: Sequence[int]) -> tuple[int, ...]:
    """Sums in millionths as whole units and rests, then the count of figures."""
    *sums, reported = total
    return (*(part for amount in sums for part in divmod(amount, MILLION)), reported)


def _currencies(partner_ids: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for chunk in sql.chunks(partner_ids):
        found.update(
            sql.rows(
                f"SELECT id, currency FROM partner WHERE id IN ({sql.marks(len(chunk))})", *chunk
            )
        )
    return found
