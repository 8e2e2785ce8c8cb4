"""What every computation needs to know first: the KPIs' rules and the organisation's calendar."""

from functools import lru_cache
from typing import Any, NamedTuple

from app.core.kpis import sql
from app.core.kpis.rules import Aggregation, Definition, Direction, ValueType, derivation
from app.core.kpis.rules.formula import Formula, Input, parse
from app.core.periods import Calendar, Kind, Period, PeriodError


class Derivation(NamedTuple):
    """A derived KPI in use: its formula, and which KPI each of its inputs is."""

    kpi_id: int
    definition: Definition
    formula: Formula
    sources: dict[Input, int]


class Known(NamedTuple):
    """The calendar that periods follow, and each KPI as the rules take it."""

    calendar: Calendar
    definitions: dict[int, Definition]
    derivations: tuple[Derivation, ...] = ()  # each after those that it reads

    def is_summed(self, kpi_id: int) -> bool:
        """Whether this KPI's figures can be added up over partners."""
        definition = self.definitions[kpi_id]
        if definition.aggregation is Aggregation.RATIO:
            return True
        # Percentages without their parts are no quantity of anything.
        return (
            definition.aggregation is Aggregation.SUM
            and definition.value_type is not ValueType.PERCENT
            and definition.value_type is not ValueType.ORDINAL
        )

    def currency_matters(self, kpi_id: int) -> bool:
        """Whether sums of this KPI are kept apart by currency."""
        return self.is_summed(kpi_id) and self.definitions[kpi_id].value_type is ValueType.MONEY


def calendar() -> Calendar:
    """The organisation's calendar, as it stands in this transaction."""
    found = sql.rows(
        "SELECT fiscal_year_start_month, fiscal_year_label FROM organisation WHERE id = 1"
    )
    return _calendar(*found[0]) if found else Calendar()


def known() -> Known:
    """The calendar and every KPI; those no longer in use still count where they have targets."""
    found = sql.rows(
        "SELECT id, direction, aggregation, frequency, value_type, labels, code, formula, active"
        " FROM kpi"
    )
    definitions = {row[0]: definition(*row[1:6]) for row in found}
    derivations: tuple[Derivation, ...] = ()
    if any(row[7] for row in found):
        derivations = _derivations(found, definitions)
    return Known(calendar(), definitions, derivations)


def _derivations(
    rows: list[tuple[Any, ...]], definitions: dict[int, Definition]
) -> tuple[Derivation, ...]:
    ids = {row[6]: row[0] for row in rows}
    formulas = {row[6]: row[7] for row in rows if row[7] and row[8]}
    found: list[Derivation] = []
    for code in derivation.order(formulas):
        formula = parse(formulas[code])
        if not all(needed.code in ids for needed in formula.inputs):
            continue  # a KPI that it reads is gone, and with it whatever was known
        sources = {needed: ids[needed.code] for needed in formula.inputs}
        found.append(Derivation(ids[code], definitions[ids[code]], formula, sources))
    return tuple(found)


@lru_cache(maxsize=4096)
def definition(
    direction: str, aggregation: str, frequency: str, value_type: str, labels: str
) -> Definition:
    """A KPI's columns as the rules take them; `labels` holds one label a line."""
    return Definition(
        Direction(direction),
        Aggregation(aggregation),
        Kind(frequency),  # type: ignore[call-arg]
        ValueType(value_type),
        len(labels.splitlines()),
    )


@lru_cache(maxsize=16384)
def lineage(calendar: Calendar, key: int) -> tuple[Period, ...]:
    """A period and every longer one that it rolls up to; the last is its year."""
    period = Period.from_key(key)
    return (period, *calendar.coarser(period))


@lru_cache(maxsize=16384)
def neighbour(calendar: Calendar, period: Period, n: int) -> Period | None:
    """The period of the same kind that lies n later; None where the calendar ends."""
    try:
        return calendar.shift(period, n)
    except PeriodError:
        return None


@lru_cache(maxsize=16384)
def subperiods(calendar: Calendar, period: Period, kind: Kind) -> tuple[int, ...]:
    """The keys of a period's parts of a kind, in order of time."""
    return tuple(sub.key for sub in calendar.subperiods(period, kind))


@lru_cache(maxsize=1024)
def bounds(calendar: Calendar, period: Period) -> tuple[int, ...]:
    """First and last key of each kind of period inside this one, its own kind included."""
    found: list[int] = []
    for kind in Kind:
        if kind.rank <= period.kind.rank:
            keys = subperiods(calendar, period, kind)
            found += (keys[0], keys[-1])
    return tuple(found)


def within(bounds: tuple[int, ...], column: str = "period") -> str:
    """The condition that a period lies within bounds, whose values are the parameters."""
    return "(" + " OR ".join([f"{column} BETWEEN ? AND ?"] * (len(bounds) // 2)) + ")"


@lru_cache(maxsize=16)
def _calendar(start_month: int, label: str) -> Calendar:
    return Calendar(start_month, "starting" if label == "starting" else "ending")
