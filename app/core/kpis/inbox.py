"""What waits for approval, each beside what was approved before it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.core.contract import Viewer
from app.core.kpis import queries, services
from app.core.kpis.models import Target, Value
from app.core.kpis.presentation import Change, delta
from app.core.kpis.queries import EvidenceRow
from app.core.kpis.rules import Goal, Reading, Result, roll_up
from app.core.kpis.tally import GoalRow
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
    may_approve: bool  # False for an own one where four eyes are required
    result: Result  # what it would come to against the target
    files: list[EvidenceRow]
    comments: int


def inbox(
    viewer: Viewer, calendar: Calendar, page: int, size: int, only: queries.Narrowed
) -> list[Waiting]:
    """One page of the submissions that this person may decide on."""
    rows = queries.pending(viewer, page=page, size=size, only=only)
    if not rows:
        return []
    kpis = queries.definitions(active_only=False)
    periods = {row.period: _before(row.period, calendar) for row in rows}
    standing = _standing(rows, {*periods, *periods.values()})
    goals = _goals(rows)
    files = queries.evidence([row.id for row in rows])
    counts = queries.comment_counts(
        viewer, [(row.partner_id, row.kpi_id, row.period) for row in rows]
    )
    own = {row.partner_id for row in rows if row.submitted_by == viewer.user_id}
    allowed = {id_: services.may_approve_own(id_) for id_ in sorted(own)}
    currencies: dict[int, str] = dict(
        Partner.select(Partner.id, Partner.currency)
        .where(Partner.id.in_({row.partner_id for row in rows}))
        .tuples()
    )
    found = []
    for row in rows:
        kpi, key = kpis[row.kpi_id], (row.partner_id, row.kpi_id, row.period)
        reading = Reading(row.period, row.value, row.num, row.den)
        goal = goals.get(key)
        result = roll_up(kpi.definition, [reading], [goal] if goal else [], subperiod_count=1)
        replaces = _figure(kpi, standing.get(key))
        before = _figure(kpi, standing.get((row.partner_id, row.kpi_id, periods[row.period])))
        currency = currencies[row.partner_id]
        mine = row.submitted_by == viewer.user_id
        found.append(
            Waiting(
                row=row,
                kpi=kpi,
                currency=currency,
                figure=result.actual,
                replaces=replaces,
                before=before,
                change=delta(
                    result.actual, before if replaces is None else replaces, kpi, currency
                ),
                own=mine,
                may_approve=not mine or allowed[row.partner_id],
                result=result,
                files=files.get(row.id, []),
                comments=counts.get(key, 0),
            )
        )
    return found


def _goals(rows: list[Any]) -> dict[tuple[int, int, int], Goal]:
    """The targets of these figures."""
    columns = (getattr(Target, name) for name in GoalRow._fields)
    found: Any = (
        Target.select(Target.partner, Target.kpi, *columns)
        .where(
            Target.partner.in_({row.partner_id for row in rows}),
            Target.kpi.in_({row.kpi_id for row in rows}),
            Target.period.in_({row.period for row in rows}),
        )
        .tuples()
    )
    return {(row[0], row[1], row[2]): GoalRow(*row[2:]).goal for row in found}


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
