"""A simulation: today's rules and figures beside others, for all partners at once; only reads.

The same evaluator judges both sides, on evidence that is gathered once for each set of figures.
Source: domain specification §3, Simulation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from app.api import (
    Answer,
    KpiFigure,
    KpiRow,
    Partner,
    Period,
    Viewer,
    currency_exponent,
    kpi_book,
    kpis,
    organisation,
    readable,
)
from plugins.incentives.ledger import pay
from plugins.incentives.programmes.definition import Definition, Requirement, Reward, walk
from plugins.incentives.programmes.models import Programme
from plugins.incentives.simulation import rules
from plugins.incentives.simulation.rules import Compared, Figure, Totals
from plugins.incentives.standing import readings
from plugins.incentives.standing.evaluate import eligible, evaluate
from plugins.incentives.standing.evidence import Reading
from plugins.incentives.standing.machine import CLOSED_STATUSES
from plugins.incentives.standing.windows import MONTHS_OF, last_closed

WEEKS = 52
MONTHS_BACK = 24  # how far back supposed figures reach


class Supposed(NamedTuple):
    """A KPI whose figures are taken to be so many per cent higher, or lower, than they are."""

    kpi_id: int
    percent: int


class Row(NamedTuple):
    """A partner in the result."""

    code: str
    name: str
    compared: Compared


@dataclass(frozen=True, slots=True)
class Simulation:
    """Both sides: partner by partner, those who move most first, and in all."""

    rows: tuple[Row, ...]
    before: Totals
    after: Totals

    @property
    def moved(self) -> list[Row]:
        """Those who would hold another tier."""
        return [row for row in self.rows if row.compared.step]


@dataclass(frozen=True, slots=True)
class _Sides:
    """What one side rests on: its rules, and what is known under its figures."""

    definition: Definition
    evidence: Mapping[int, Mapping[str, Reading]]
    costs: Mapping[int, Mapping[str, int | None]]  # by partner and tier


def simulate(
    viewer: Viewer,
    programme: Programme,
    before: Definition,
    after: Definition,
    day: date,
    supposed: Sequence[Supposed] = (),
) -> Simulation:
    """What a programme says of every partner that could take part, and what it would say.

    On one side `before` judges the approved figures of a day, on the other `after` the supposed
    ones. The cost is what money rewards come to over the last year's closed periods at the tier
    that each partner would hold. Nothing is written.
    """
    partners = _partners(viewer, before, after)
    ids = sorted(partners)
    proposed = list(_proposed(ids, supposed, day)) if supposed else []
    asked = list({*_asked(before), *_asked(after)})
    known = readings.gather(ids, asked, day)
    other = readings.gather(ids, asked, day, proposed) if proposed else known
    old = _Sides(before, known, _costs(programme, before, partners, known, day, ()))
    new = _Sides(after, other, _costs(programme, after, partners, other, day, proposed))
    rows = [
        Row(code, name, _compared(id_, old, new)) for id_, (code, name, _cur) in partners.items()
    ]
    rows.sort(key=lambda row: (-abs(row.compared.step), -row.compared.step, row.name))
    return Simulation(
        tuple(rows),
        rules.totals([row.compared.before for row in rows]),
        rules.totals([row.compared.after for row in rows]),
    )


def _partners(viewer: Viewer, *definitions: Definition) -> dict[int, tuple[str, str, str]]:
    """Living partners of a type that one of the definitions takes: code, name, currency."""
    rows = Partner.select(Partner.id, Partner.code, Partner.name, Partner.currency).where(
        readable(viewer),
        Partner.status.not_in([*CLOSED_STATUSES, "prospect"]),
        Partner.merged_into.is_null(),
    )
    if all(one.eligible for one in definitions):
        types = {kind for one in definitions for kind in one.eligible}
        rows = rows.where(Partner.type.in_(sorted(types)))
    return {row[0]: (row[1], row[2], row[3]) for row in rows.order_by(Partner.id).tuples()}


def _asked(definition: Definition) -> Iterable[Requirement]:
    """What tiers and money rewards look at."""
    yield from readings.of_tiers(definition)
    for reward in _paying(definition):
        for node in walk(reward.requirement):
            if isinstance(node, Requirement):
                yield node


def _paying(definition: Definition) -> list[Reward]:
    return [reward for reward in definition.rewards if reward.kind.pays]


def _proposed(
    partner_ids: Sequence[int], supposed: Sequence[Supposed], day: date
) -> Iterable[KpiFigure]:
    """The figures of two years, each so many per cent away from where it is."""
    first = date(day.year - MONTHS_BACK // 12, day.month, 1)
    book = kpi_book(partner_ids, first, day, kpi_ids=[one.kpi_id for one in supposed])
    for one in supposed:
        for id_ in partner_ids:
            for key, row in book.readings.get(id_, {}).get(one.kpi_id, {}).items():
                figure = rules.scaled(
                    id_, one.kpi_id, Period.from_key(key), Figure(*row[1:4]), one.percent
                )
                if figure is not None:
                    yield figure


def _compared(partner_id: int, old: _Sides, new: _Sides) -> Compared:
    sides = []
    for side in (old, new):
        found = eligible(side.definition, side.evidence[partner_id])
        cost = side.costs[partner_id].get(found.tier, 0)
        sides.append((side.definition, rules.side(side.definition, found, cost)))
    return rules.compared(partner_id, sides[0], sides[1])


def _costs(
    programme: Programme,
    definition: Definition,
    partners: Mapping[int, tuple[str, str, str]],
    known: Mapping[int, Mapping[str, Reading]],
    day: date,
    proposed: Sequence[KpiFigure],
) -> dict[int, dict[str, int | None]]:
    """What each partner would cost in a year at each tier, in minor units; None where unknown."""
    rewards = _paying(definition)
    found: dict[int, dict[str, int | None]] = {id_: {} for id_ in partners}
    if not rewards:
        return found
    calendar = organisation().calendar
    by_code = {row.code: row for row in kpis(active_only=False).values()}
    runs = {reward.key: _year(reward, by_code.get(reward.base), day) for reward in rewards}
    first = min(calendar.start(run[0]) for run in runs.values())
    bases = {by_code[r.base].id for r in rewards if pay.needs_base(r) and r.base in by_code}
    wanted = () if proposed else sorted(bases)
    book = kpi_book(sorted(partners), first, day, proposed, wanted)
    exponent = currency_exponent(programme.currency)
    for id_, (_code, _name, currency) in partners.items():
        for reward in rewards:
            met = Answer.YES
            if reward.requirement is not None:
                met = evaluate(reward.requirement, known[id_]).answer
            kpi = by_code.get(reward.base)
            carried: Fraction | None = Fraction(0)
            whole: int | None = 0
            for period in runs[reward.key]:
                result = book.reported(id_, kpi.id, [period]) if kpi else None
                base = result.actual if result and result.complete and result.expected else None
                if met is not Answer.NO and currency != programme.currency:
                    whole = None
                    break
                loss = carried if reward.loss_carry else Fraction(0)
                due = pay.desired(reward, base, exponent=exponent, carried=loss, met=met)
                whole = None if due is None or whole is None else whole + due.minor
                if reward.loss_carry:
                    carried = pay.carry(carried, base, exponent)
            for key in reward.tiers or [tier.key for tier in definition.tiers]:
                so_far = found[id_].get(key, 0)
                found[id_][key] = None if so_far is None or whole is None else so_far + whole
    return found


def _year(reward: Reward, kpi: KpiRow | None, day: date) -> list[Period]:
    """The closed periods of a reward's kind that make up the last year."""
    calendar = organisation().calendar
    last = last_closed(calendar, reward.period, kpi.due_days if kpi else 0, day)
    in_year = 12 // MONTHS_OF[reward.period] if reward.period in MONTHS_OF else WEEKS
    return calendar.between(calendar.shift(last, 1 - in_year), last)
