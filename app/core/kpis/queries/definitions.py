"""The definitions of KPIs, as pages and computations read them."""

from typing import NamedTuple

from app.core.kpis import known, sql
from app.core.kpis.models import CATEGORIES
from app.core.kpis.rules import Definition
from app.core.periods import Kind


class KpiRow(NamedTuple):
    """A KPI's definition: code, name, unit, and how its figures are read and rolled up."""

    id: int
    code: str
    name: str
    description: str
    category: str
    value_type: str
    unit: str
    direction: str
    nature: str
    aggregation: str
    frequency: str
    labels: str
    submitter: str
    due_days: int
    active: bool
    evidence_required: bool
    data_source: str
    formula: str
    version: int

    @property
    def label_list(self) -> tuple[str, ...]:
        """An ordinal's labels, lowest first."""
        return tuple(self.labels.splitlines())

    @property
    def kind(self) -> Kind:
        """The kind of period that it is reported for."""
        return Kind(self.frequency)  # type: ignore[call-arg]

    @property
    def definition(self) -> Definition:
        """The KPI as the rules take it."""
        return known.definition(
            self.direction, self.aggregation, self.frequency, self.value_type, self.labels
        )


_SELECT = f"SELECT {', '.join(KpiRow._fields)} FROM kpi"
_PLACE = {category: at for at, category in enumerate(CATEGORIES)}


def definitions(active_only: bool = True) -> dict[int, KpiRow]:
    """KPIs by id, in the order of their categories and codes."""
    found = [_row(row) for row in sql.rows(_SELECT + (" WHERE active" if active_only else ""))]
    found.sort(key=lambda row: (_PLACE.get(row.category, len(_PLACE)), row.code))
    return {row.id: row for row in found}


def definition_by_code(code: str) -> KpiRow | None:
    """The KPI with this code, in use or not."""
    found = sql.rows(_SELECT + " WHERE code = ?", code)
    return _row(found[0]) if found else None


def _row(row: tuple[object, ...]) -> KpiRow:
    made = KpiRow._make(row)
    if made.active is True and made.evidence_required is False:
        return made  # as PostgreSQL answers, and most of SQLite's rows need no more than this
    return made._replace(active=bool(made.active), evidence_required=bool(made.evidence_required))
