"""A simulation: today's rules and figures beside others, for all partners at once; only reads.

The same evaluator judges both sides, on evidence that is gathered once for each set of figures.
Source: domain specification §3, Simulation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from app.api import (
    Answer,
    Kind,
    KpiFigure,
    KpiRow,
    Partner,
    Period,
    Result,
    Viewer,
    currency_exponent,
    kpis,
    organisation,
    readable,
)
from plugins.incentives.ledger import pay
from plugins.incentives.programmes.definition import (
    MONTHS_OF,
    Definition,
    Requirement,
    Reward,
    walk,
)
from plugins.incentives.programmes.models import Programme
from plugins.incentives.simulation import rules
from plugins.incentives.simulation.rules import Compared, Figure, Side, Totals
from plugins.incentives.standing import readings
from plugins.incentives.standing.evaluate import eligible, evaluate
from plugins.incentives.standing.evidence import Reading
from plugins.incentives.standing.machine import CLOSED_STATUSES
from plugins.incentives.standing.readings import Source
from plugins.incentives.standing.windows import last_closed

WEEKS = 52
MOST_NAMES = 500  # of a list to choose from; a name may be typed all the same


class Supposed(NamedTuple):
    """A KPI whose figures are taken to be so many per cent higher, or lower, than they are."""

    kpi_id: int
    percent: int


class Stated(NamedTuple):
    """One partner's figure that is taken to be a value, in millionths.

    Without a period it is that of each closed period of the last year.
    """

    partner_id: int
    kpi_id: int
    value: int
    period: Period | None = None


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


def simulate(
    viewer: Viewer,
    programme: Programme,
    before: Definition,
    after: Definition,
    day: date,
    supposed: Sequence[Supposed] = (),
    stated: Sequence[Stated] = (),
) -> Simulation:
    """What a programme says of every partner that could take part, and what it would say.

    On one side `before` judges the approved figures of a day, on the other `after` the supposed
    ones. The cost is what money rewards come to over the last year's closed periods at the tier
    that each partner would hold. Nothing is written.
    """
    partners = _partners(viewer, before, after)
    asked = list({*_asked(before), *_asked(after)})
    by_code = {row.code: row for row in kpis(active_only=False).values()}
    years = [
        _year(reward, by_code.get(reward.base), day)
        for one in (before, after)
        for reward in _paying(one)
    ]
    calendar = organisation().calendar
    since = min((calendar.start(run[0]) for run in years), default=day)
    known = readings.source(sorted(partners), asked, day, since, whole=True, traced=False)
    evidence = known.evidence(asked)
    differing = [*_proposed(known, supposed), *_stated(known, stated)]
    other = known.supposing(differing) if differing else known
    old = _sides(programme, before, partners, known, evidence)
    new = old
    if differing or after != before:
        judged = other.evidence_beside(known, evidence, asked)
        new = _sides(programme, after, partners, other, judged)
    rows = [
        Row(one.code, one.name, rules.compared(id_, (before, old[id_]), (after, new[id_])))
        for id_, one in partners.items()
    ]
    rows.sort(key=lambda row: (-abs(row.compared.step), -row.compared.step, row.name))
    return Simulation(
        tuple(rows), rules.totals(list(old.values())), rules.totals(list(new.values()))
    )


class _Partner(NamedTuple):
    code: str
    name: str
    currency: str


def named(viewer: Viewer, text: str) -> int | None:
    """The partner of this code or name; None where the text names none, or two."""
    found = [id_ for id_, *names in _living(viewer).tuples() if text in names]
    return found[0] if len(found) == 1 else None


def names(viewer: Viewer) -> list[str]:
    """The names of partners that a simulation may suppose figures of, for a list to choose from."""
    rows = _living(viewer).order_by(Partner.name_key, Partner.id).limit(MOST_NAMES)
    return [name for _id, _code, name in rows.tuples()]


def _living(viewer: Viewer) -> Any:
    return Partner.select(Partner.id, Partner.code, Partner.name).where(
        readable(viewer),
        Partner.status.not_in([*CLOSED_STATUSES, "prospect"]),
        Partner.merged_into.is_null(),
    )


def _partners(viewer: Viewer, *definitions: Definition) -> dict[int, _Partner]:
    """Living partners of a type that one of the definitions takes."""
    rows = _living(viewer).select_extend(Partner.currency)
    if all(one.eligible for one in definitions):
        types = {kind for one in definitions for kind in one.eligible}
        rows = rows.where(Partner.type.in_(sorted(types)))
    return {row[0]: _Partner(*row[1:]) for row in rows.order_by(Partner.id).tuples()}


def _asked(definition: Definition) -> Iterable[Requirement]:
    """What tiers and money rewards look at."""
    yield from readings.of_tiers(definition)
    for reward in _paying(definition):
        for node in walk(reward.requirement):
            if isinstance(node, Requirement):
                yield node


def _paying(definition: Definition) -> list[Reward]:
    return [reward for reward in definition.rewards if reward.kind.pays]


def _proposed(known: Source, supposed: Sequence[Supposed]) -> Iterable[KpiFigure]:
    """The figures that count, each so many per cent away from where it is."""
    period = cache(Period.from_key)
    for one in supposed:
        for id_ in known.partner_ids:
            for key, row in known.book.readings.get(id_, {}).get(one.kpi_id, {}).items():
                old = Figure(*row[1:4])
                figure = rules.scaled(id_, one.kpi_id, period(key), old, one.percent)
                if figure is not None:
                    yield figure


def _stated(known: Source, stated: Sequence[Stated]) -> Iterable[KpiFigure]:
    """The figures that are given as they would be."""
    rows = {row.id: row for row in known.by_code.values()}
    for one in stated:
        kpi = rows[one.kpi_id]
        run = [one.period] if one.period else _last_year(kpi.kind, kpi.due_days, known.as_of)
        figures = known.book.readings.get(one.partner_id, {}).get(kpi.id, {})
        for period in run:
            row = figures.get(period.key)
            old = Figure(*row[1:4]) if row else None
            ratio = kpi.aggregation == "ratio"
            yield rules.stated(one.partner_id, kpi.id, period, one.value, old, ratio)


def _sides(
    programme: Programme,
    definition: Definition,
    partners: Mapping[int, _Partner],
    known: Source,
    evidence: Mapping[int, Mapping[str, Reading]],
) -> dict[int, Side]:
    """Each partner under a definition: the eligible tier, and what that would cost in a year."""
    paid = [
        (reward, _year(reward, known.by_code.get(reward.base), known.as_of))
        for reward in _paying(definition)
    ]
    found = {}
    for id_, partner in partners.items():
        eligibility = eligible(definition, evidence[id_])
        costs = [
            _cost(programme, reward, run, id_, partner, known, evidence[id_])
            for reward, run in paid
            if not reward.tiers or eligibility.tier in reward.tiers
        ]
        whole = [cost for cost in costs if cost is not None]
        cost = sum(whole) if len(whole) == len(costs) else None
        found[id_] = rules.side(definition, eligibility, cost)
    return found


def _cost(
    programme: Programme,
    reward: Reward,
    run: Sequence[Period],
    partner_id: int,
    partner: _Partner,
    known: Source,
    evidence: Mapping[str, Reading],
) -> int | None:
    """What a reward comes to over a run of periods, in minor units; None where that is unknown."""
    met = Answer.YES
    if reward.requirement is not None:
        met = evaluate(reward.requirement, evidence).answer
    if met is Answer.NO:
        return 0
    if partner.currency != programme.currency:
        return None
    exponent = currency_exponent(programme.currency)
    kpi = known.by_code.get(reward.base)
    carried: Fraction | None = Fraction(0)
    total = 0
    for period in run:
        result = known.book.reported(partner_id, kpi.id, [period]) if kpi else Result()
        base = result.actual if result.complete and result.expected else None
        due = pay.desired(reward, base, exponent=exponent, carried=carried, met=met)
        if due is None:
            return None
        total += due.minor
        if reward.loss_carry:
            carried = pay.carry(carried, base, exponent)
    return total


def _year(reward: Reward, kpi: KpiRow | None, day: date) -> list[Period]:
    """The closed periods of a reward's kind that make up the last year."""
    return _last_year(reward.period, kpi.due_days if kpi else 0, day)


def _last_year(kind: Kind, due_days: int, day: date) -> list[Period]:
    calendar = organisation().calendar
    last = last_closed(calendar, kind, due_days, day)
    in_year = 12 // MONTHS_OF[kind] if kind in MONTHS_OF else WEEKS
    return calendar.between(calendar.shift(last, 1 - in_year), last)
