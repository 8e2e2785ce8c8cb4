"""What waits for approval, each beside what was approved before it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.core.contract import Viewer
from app.core.kpis import queries
from app.core.kpis.models import Value
from app.core.kpis.presentation import Change, delta
from app.core.kpis.rules import Reading, roll_up
from app.core.partners.models import Partner
from app.core.periods import Calendar, Period


@dataclass(frozen=True, slots=True)
class Waiting:
    """One submission, the approved figure it replaces, and that of the period before."""

    row: Any
    kpi: Any
    currency: str
    figure: Fraction | None
    replaces: Fraction | None
    before: Fraction | None
    change: Change | None
    own: bool


def inbox(viewer: Viewer, calendar: Calendar, page: int, size: int) -> list[Waiting]:
    """One page of the submissions that this person may decide on."""
    rows = queries.pending(viewer, page=page, size=size)
    if not rows:
        return []
    kpis = queries.definitions(active_only=False)
    periods = {row.period: _before(row.period, calendar) for row in rows}
    standing = _standing(rows, {*periods, *periods.values()})
    currencies: dict[int, str] = dict(
        Partner.select(Partner.id, Partner.currency)
        .where(Partner.id.in_({row.partner_id for row in rows}))
        .tuples()
    )
    return [
        _waiting(row, kpis[row.kpi_id], standing, periods, currencies[row.partner_id], viewer)
        for row in rows
    ]


def _waiting(
    row: Any,
    kpi: Any,
    standing: dict[tuple[int, int, int], Reading],
    periods: dict[int, int],
    currency: str,
    viewer: Viewer,
) -> Waiting:
    figure = _figure(kpi, Reading(row.period, row.value, row.num, row.den))
    replaces = _figure(kpi, standing.get((row.partner_id, row.kpi_id, row.period)))
    before = _figure(kpi, standing.get((row.partner_id, row.kpi_id, periods[row.period])))
    return Waiting(
        row=row,
        kpi=kpi,
        currency=currency,
        figure=figure,
        replaces=replaces,
        before=before,
        change=delta(figure, before if replaces is None else replaces, kpi, currency),
        own=row.submitted_by == viewer.user_id,
    )


def _figure(kpi: Any, reading: Reading | None) -> Fraction | None:
    if reading is None:
        return None
    return roll_up(kpi.definition, [reading], [], subperiod_count=1).actual


def _before(key: int, calendar: Calendar) -> int:
    return calendar.shift(Period.from_key(key), -1).key


def _standing(rows: list[Any], periods: set[int]) -> dict[tuple[int, int, int], Reading]:
    """Approved figures of these partners and KPIs in these periods."""
    found: Any = (
        Value.select(Value.partner, Value.kpi, Value.period, Value.value, Value.num, Value.den)
        .where(
            Value.partner.in_({row.partner_id for row in rows}),
            Value.kpi.in_({row.kpi_id for row in rows}),
            Value.period.in_(periods),
        )
        .tuples()
    )
    return {tuple(row[:3]): Reading(*row[2:]) for row in found}
