"""What a definition said at each time: every save leaves a version behind."""

from app.core import clock
from app.core.kpis import sql

FIELDS = (
    *("code", "name", "description", "category", "value_type", "unit", "direction", "nature"),
    *("aggregation", "frequency", "labels", "submitter", "due_days", "active"),
    *("evidence_required", "data_source", "formula"),
)
LONGEST_NOTE = 300
_NAMES = ", ".join(FIELDS)


def keep_version(kpi_id: int, *, by: int | None, note: str = "") -> None:
    """Write down the definition as it now stands, in the transaction that has just saved it."""
    sql.run(
        f"INSERT INTO kpi_version (kpi_id, n, {_NAMES}, saved_by_id, saved_at, note)"
        f" SELECT id, version, {_NAMES}, ?, ?, ? FROM kpi WHERE id = ?",
        by,
        clock.now(),
        note[:LONGEST_NOTE],
        kpi_id,
    )
