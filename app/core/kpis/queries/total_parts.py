"""Which partners a portfolio total is made of."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from app.core.kpis import known, sql
from app.core.kpis.queries.definitions import KpiRow
from app.core.kpis.rules import Aggregation
from app.core.periods import Calendar, Period
from app.core.quantities import MILLION


class TotalPart(NamedTuple):
    """What one partner adds to a total; `value` is unknown where figures cannot be added up.

    `num` and `den` are the parts of a ratio.
    """

    partner_id: int
    partner_code: str
    partner_name: str
    currency: str
    reported: int
    value: Fraction | None
    num: Fraction
    den: Fraction


class TotalParts(NamedTuple):
    """A page of the partners, how many there are in all, and whether their figures add up."""

    parts: list[TotalPart]
    partners: int
    summed: bool


# Whole units and rests are added apart, as in the stored totals: no sum leaves 64 bits.
_SUMS = ", ".join(
    f"COALESCE(SUM(v.{name} / {MILLION}), 0),"
    f" COALESCE(SUM(v.{name} - v.{name} / {MILLION} * {MILLION}), 0)"
    for name in ("value", "num", "den")
)
_FROM = " FROM value v JOIN partner p ON p.id = v.partner_id WHERE v.kpi_id = ? AND v.period IN"


def total_parts(
    kpi: KpiRow, period: Period, calendar: Calendar, page: int = 1, size: int = 50
) -> TotalParts:
    """The partners that a KPI's total of a period is made of.

    Money by currency, in each the largest first. For staff, who read every partner; two queries.
    """
    keys = _keys(kpi, period, calendar)
    if not keys:
        return TotalParts([], 0, summed=False)
    places = f"{_FROM} ({sql.marks(len(keys))})"
    count = sql.rows(f"SELECT COUNT(DISTINCT v.partner_id){places}", kpi.id, *keys)[0][0]
    all_known = known.known()
    summed = all_known.is_summed(kpi.id)
    ratio = kpi.definition.aggregation is Aggregation.RATIO
    amount = ("SUM(v.den * 1.0)" if ratio else "SUM(v.value * 1.0)") if summed else "COUNT(*)"
    money = "p.currency, " if all_known.currency_matters(kpi.id) else ""
    rows = sql.rows(
        f"SELECT p.id, p.code, p.name, p.currency, COUNT(*), {_SUMS}{places}"
        f" GROUP BY p.id, p.code, p.name, p.currency ORDER BY {money}{amount} DESC, p.name, p.id"
        " LIMIT ? OFFSET ?",
        kpi.id,
        *keys,
        size,
        (page - 1) * size,
    )
    parts = [_part(row, summed, ratio, bool(money)) for row in rows]
    return TotalParts(parts, int(count), summed)


def _keys(kpi: KpiRow, period: Period, calendar: Calendar) -> Sequence[int]:
    """The KPI's own periods that the total counts; none where it is reported less often."""
    if kpi.kind.rank > period.kind.rank:
        return ()
    return known.subperiods(calendar, period, kpi.kind)


def _part(row: Sequence[object], summed: bool, ratio: bool, money: bool) -> TotalPart:
    id_, code, name, currency, reported, *sums = row
    wholes = [int(str(each)) for each in sums]
    value, num, den = (
        Fraction(wholes[at] * MILLION + wholes[at + 1], MILLION) for at in range(0, 6, 2)
    )
    if ratio:
        value = num / den if den else None  # type: ignore[assignment]
    return TotalPart(
        int(str(id_)),
        str(code),
        str(name),
        str(currency) if money else "",
        int(str(reported)),
        value if summed else None,
        num,
        den,
    )
