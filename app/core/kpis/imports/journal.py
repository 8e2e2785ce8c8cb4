"""What an import needs to remember to be undone: rows as they stood before it, and as it left them.

Rows are kept whole, whatever columns their tables have; what it left is kept as digests.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from app.core.db import database
from app.core.kpis import sql

Key = tuple[int, int, int]
WORD_TABLES = ("partner_tag", "partner_region", "custom_value")  # replaced as a whole
PARTNER_TABLES = {"partner": "id", "contact": "partner_id"} | dict.fromkeys(
    WORD_TABLES, "partner_id"
)
TARGET_TABLES = ("target", "target_revision")


@dataclass(slots=True)
class Journal:
    """The rows before an import by table, and the digests of what it touched by table and key."""

    before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    after: dict[str, dict[str, str]] = field(default_factory=dict)
    partners: list[int] = field(default_factory=list)  # created
    kpis: list[int] = field(default_factory=list)  # created
    firsts: list[int] = field(default_factory=list)  # partners that had never been imported into

    def packed(self) -> bytes:
        """The journal as it is stored."""
        return zlib.compress(json.dumps(asdict(self), default=_plain).encode(), 6)


def unpack(content: bytes) -> Journal:
    """A stored journal."""
    return Journal(**json.loads(zlib.decompress(bytes(content))))


def partner_rows(ids: Iterable[int]) -> dict[str, list[dict[str, Any]]]:
    """Partners with their tags and contacts, as they stand."""
    wanted = list(ids)
    return {
        table: _in_chunks(f"SELECT * FROM {table} WHERE {column} IN", wanted)
        for table, column in PARTNER_TABLES.items()
    }


def kpi_rows(ids: Iterable[int]) -> dict[str, list[dict[str, Any]]]:
    """Definitions as they stand."""
    return {"kpi": _in_chunks("SELECT * FROM kpi WHERE id IN", list(ids))}


def target_rows(keys: Sequence[Key]) -> dict[str, list[dict[str, Any]]]:
    """Targets with all their revisions, as they stand."""
    return {table: keyed(table, keys) for table in TARGET_TABLES}


def figure_rows(keys: Sequence[Key]) -> dict[str, list[dict[str, Any]]]:
    """Figures that count or wait, as they stand."""
    return {
        "value": keyed("value", keys),
        "revision": keyed("revision", keys, " AND state IN ('submitted', 'approved')"),
    }


def keyed(table: str, keys: Sequence[Key], also: str = "") -> list[dict[str, Any]]:
    """The rows of a table for these partners, KPIs and periods."""
    if not keys:
        return []
    wanted = set(keys)
    kpi_ids = sorted({key[1] for key in keys})
    low, high = min(key[2] for key in keys), max(key[2] for key in keys)
    found: list[dict[str, Any]] = []
    for chunk in sql.chunks(key[0] for key in keys):
        found += raw(
            f"SELECT * FROM {table} WHERE partner_id IN ({sql.marks(len(chunk))})"
            f" AND kpi_id IN ({sql.marks(len(kpi_ids))}) AND period BETWEEN ? AND ?{also}",
            *(*chunk, *kpi_ids, low, high),
        )
    return [row for row in found if key_of(row) in wanted]


def key_of(row: Mapping[str, Any]) -> Key:
    """Partner, KPI and period of a row."""
    return row["partner_id"], row["kpi_id"], row["period"]


def digests(tables: Mapping[str, Iterable[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    """What these rows say, by table and by the partner, KPI or target that they belong to."""
    found: dict[str, dict[str, str]] = {}
    for table, rows in tables.items():
        grouped: dict[str, list[str]] = {}
        for row in rows:
            grouped.setdefault(_owner(table, row), []).append(
                json.dumps(_steady(table, row), sort_keys=True, default=_plain)
            )
        found[table] = {
            key: hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()[:16]
            for key, texts in grouped.items()
        }
    return found


def _owner(table: str, row: Mapping[str, Any]) -> str:
    if table in PARTNER_TABLES:
        return str(row[PARTNER_TABLES[table]])
    if table == "kpi":
        return str(row["id"])
    return ",".join(str(part) for part in key_of(row))


def _steady(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row without what other imports and clocks move of themselves."""
    moved = {"partner": ("first_import_at", "version")}.get(table, ())
    return {name: value for name, value in row.items() if name not in moved}


def raw(statement: str, *params: Any) -> list[dict[str, Any]]:
    """Rows as the database has them, by column."""
    cursor = database.execute_sql(sql.marked(statement), params)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def put_back(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows as they once were."""
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        sql.run(f'INSERT INTO "{table}" ({names}) VALUES ({sql.marks(len(row))})', *row.values())


def reset(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give rows that still exist the content that they once had."""
    for row in rows:
        names = ", ".join(f'"{name}" = ?' for name in row if name != "id")
        values = [value for name, value in row.items() if name != "id"]
        sql.run(f'UPDATE "{table}" SET {names} WHERE id = ?', *values, row["id"])


def _in_chunks(statement: str, ids: Sequence[int]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for chunk in sql.chunks(ids):
        found += raw(f"{statement} ({sql.marks(len(chunk))})", *chunk)
    return found


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be remembered")
