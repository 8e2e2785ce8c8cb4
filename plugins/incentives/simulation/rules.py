"""What changes between two sets of rules or figures: who moves, and what it costs.

Pure: eligibilities and amounts come in, rows go out. Source: domain specification §3, Simulation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from app.api import MILLION, Answer, KpiFigure, Period, round_half_away
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.standing.evaluate import Eligibility


class Side(NamedTuple):
    """One partner on one side: the eligible tier, whether a higher one is unknown, and the cost.

    The cost is in minor units, None where something in it is unknown.
    """

    tier: str
    open: bool
    cost: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One partner before and after; ranks are 0 without a tier."""

    partner_id: int
    before: Side
    after: Side
    step: int  # ranks that it climbs; negative where it falls


class Totals(NamedTuple):
    """One side over all partners: how many at each tier, what it costs, and of how many unknown."""

    tiers: Mapping[str, int]
    cost: int
    unknown: int


def side(definition: Definition, found: Eligibility, cost: int | None) -> Side:
    """A partner on one side; `open` says that a tier above the eligible one is unknown."""
    rank = definition.rank(found.tier)
    above = definition.tiers[rank:]
    return Side(found.tier, any(found.of(t.key) == Answer.UNKNOWN for t in above), cost)


def compared(
    partner_id: int, before: tuple[Definition, Side], after: tuple[Definition, Side]
) -> Compared:
    """One partner on both sides; a tier that one of them lacks counts by its rank there."""
    (old, was), (new, becomes) = before, after
    return Compared(partner_id, was, becomes, new.rank(becomes.tier) - old.rank(was.tier))


def totals(sides: Sequence[Side]) -> Totals:
    """One side, added up; unknown costs are counted and not added."""
    known = [one.cost for one in sides if one.cost is not None]
    return Totals(Counter(one.tier for one in sides), sum(known), len(sides) - len(known))


class Figure(NamedTuple):
    """An approved figure in millionths: a value, or its two parts."""

    value: int | None
    num: int | None
    den: int | None


def stated(
    partner_id: int, kpi_id: int, period: Period, value: int, figure: Figure | None, ratio: bool
) -> KpiFigure:
    """A figure that is taken to be a value; a ratio keeps its denominator, 1 where it has none.

    Rounded to the millionth, half away from zero.
    """
    if not ratio:
        return KpiFigure(partner_id, kpi_id, period, value)
    den = figure.den if figure and figure.den else MILLION
    num = round_half_away(Fraction(value * den, MILLION))
    return KpiFigure(partner_id, kpi_id, period, None, num, den)


def scaled(
    partner_id: int, kpi_id: int, period: Period, figure: Figure, percent: int
) -> KpiFigure | None:
    """A figure that differs by so many per cent; of a ratio its numerator does.

    None where there is no figure. Rounded to the millionth, half away from zero.
    """
    if figure.num is not None and figure.den is not None:
        num = _share(figure.num, 100 + percent)
        return KpiFigure(partner_id, kpi_id, period, None, num, figure.den)
    if figure.value is None:
        return None
    return KpiFigure(partner_id, kpi_id, period, _share(figure.value, 100 + percent))


def _share(number: int, percent: int) -> int:
    """So many per cent, half away from zero; in integers, since a simulation asks for thousands."""
    size = (2 * abs(number) * percent + 100) // 200
    return size if number >= 0 else -size
