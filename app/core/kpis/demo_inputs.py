"""What the sample's derived KPIs are worked out from: figures that come to the wanted ones."""

from collections.abc import Iterator, Mapping, Sequence

from app.core.kpis import known
from app.core.kpis.models import Kpi
from app.core.kpis.services.recording import ValueRow
from app.core.periods import Kind, Period

_SIZE = 40  # the sample's parts are some hundreds: so many times are plausible amounts


def with_inputs(values: Sequence[ValueRow], kpis: Mapping[str, Kpi]) -> list[ValueRow]:
    """The same figures, with the inputs of derived KPIs in place of the derived ones."""
    derived = {kpi.id: code for code, kpi in kpis.items() if kpi.formula}
    reported = [row for row in values if row.kpi_id not in derived]
    there = {row.key for row in reported}
    for row in values:
        if row.kpi_id in derived:
            for code, period, value in _inputs(derived[row.kpi_id], row, reported, kpis):
                key = (row.partner_id, kpis[code].id, period)
                if key not in there:
                    there.add(key)
                    reported.append(ValueRow(*key, value))
    return reported


def _inputs(
    code: str, row: ValueRow, reported: Sequence[ValueRow], kpis: Mapping[str, Kpi]
) -> Iterator[tuple[str, int, int]]:
    num, den = row.num or 0, row.den or 1
    if code == "CAC":
        key = (row.partner_id, kpis["NEW_CUSTOMERS"].id, row.period)
        customers = next((r.value or 0 for r in reported if r.key == key), den)
        yield "ACQUISITION_COST", row.period, round(num / den) * customers
    if code == "COST_SAVING":
        yield "BASELINE_COST", row.period, den * _SIZE
        yield "ACTUAL_COST", row.period, (den - num) * _SIZE
    if code == "GROSS_MARGIN":
        quarter = Period.from_key(row.period)
        for month in known.subperiods(known.calendar(), quarter, Kind.MONTH):
            yield "REVENUE", month, den * _SIZE
            yield "DIRECT_COST", month, (den - num) * _SIZE
