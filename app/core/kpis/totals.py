"""The portfolio's totals: one row for each KPI, period and currency, moved by differences."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.kpis import sql
from app.core.kpis.known import Known, known, lineage
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


_PARTS = ("value", "value_rest", "num", "num_rest", "den", "den_rest", "reported")
_ADD = (
    f"INSERT INTO kpi_total (period, kpi_id, currency, {', '.join(_PARTS)})"
    f" VALUES ({sql.marks(3 + len(_PARTS))}) ON CONFLICT (period, kpi_id, currency) DO UPDATE SET "
    + ", ".join(f"{part} = kpi_total.{part} + excluded.{part}" for part in _PARTS)
)


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


def _add(changes: Iterable[tuple[Change, str]], known: Known) -> None:
    summed: dict[tuple[int, int, str], list[int]] = {}
    for change, currency in changes:
        difference = _difference(change, summed=known.is_summed(change.kpi_id))
        _move(summed, (change.period, change.kpi_id, currency), difference)
    moved: dict[tuple[int, int, str], list[int]] = {}
    for (key, kpi_id, currency), parts in summed.items():
        for period in lineage(known.calendar, key):
            _move(moved, (period.key, kpi_id, currency), parts)
    # In one order, so that two writers never wait for each other in a circle.
    sql.run_many(_ADD, [(*key, *moved[key]) for key in sorted(moved)])


def _move(
    totals: dict[tuple[int, int, str], list[int]],
    key: tuple[int, int, str],
    parts: Sequence[int],
) -> None:
    before = totals.get(key)
    totals[key] = list(parts) if before is None else list(map(int.__add__, before, parts))


def _currencies(partner_ids: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for chunk in sql.chunks(partner_ids):
        found.update(
            sql.rows(
                f"SELECT id, currency FROM partner WHERE id IN ({sql.marks(len(chunk))})", *chunk
            )
        )
    return found


def _difference(change: Change, *, summed: bool) -> tuple[int, ...]:
    reported = (change.new is not None) - (change.old is not None)
    if not summed:
        return (0, 0, 0, 0, 0, 0, reported)
    parts: list[int] = []
    for before, after in zip(change.old or Figure(), change.new or Figure(), strict=True):
        whole, rest = divmod(after or 0, MILLION)
        whole_before, rest_before = divmod(before or 0, MILLION)
        parts += (whole - whole_before, rest - rest_before)
    return (*parts, reported)
