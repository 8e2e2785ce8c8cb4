"""What merging two partners would do: both side by side, what moves, where they disagree."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from peewee import ForeignKeyField

from app.core.kpis import sql
from app.core.partners.fields import queries as field_queries
from app.core.partners.fields.rules import COLUMN, Field, Parsed
from app.core.partners.merge.tables import references
from app.core.partners.models import Partner

# Facts that are not chosen: what names the row, what a state table guards, what only grows.
FIXED = frozenset(
    [
        "id",
        "code",
        "name_key",
        "status",
        "currency",
        "first_import_at",
        "created_at",
        "created_by",
        "merged_into",
        "version",
    ]
)


class Difference(NamedTuple):
    """A fact in which the partners differ; `name` is a column of `partner` or `field:key`."""

    name: str
    kept: Any
    gone: Any
    field: Field | None = None


class Clash(NamedTuple):
    """A KPI and period for which both partners have a target or an approved figure."""

    table: str  # target or value
    kpi_id: int
    period: int
    kept: Mapping[str, Any]
    gone: Mapping[str, Any]
    locked: str = ""  # "kept" or "gone": a locked figure stays, nobody chooses

    @property
    def name(self) -> str:
        """The clash as a form names it."""
        return f"{self.table}:{self.kpi_id}:{self.period}"

    @property
    def place(self) -> tuple[int, int]:
        """KPI and period."""
        return self.kpi_id, self.period


class Preview(NamedTuple):
    """Everything that a merge would do."""

    kept: Partner
    gone: Partner
    differences: list[Difference]
    clashes: list[Clash]
    moving: dict[str, tuple[int, int]]  # rows of each table: of the kept and of the gone partner
    accounts: list[str]  # addresses of the gone partner's contacts who may sign in
    money_in_other_currency: bool


def preview(kept: Partner, gone: Partner) -> Preview:
    """What merging `gone` into `kept` would do; reads only."""
    return Preview(
        kept,
        gone,
        _differences(kept, gone),
        clashes(kept.id, gone.id),
        _moving(kept.id, gone.id),
        [
            row[0]
            for row in sql.rows(
                'SELECT u.email FROM contact c JOIN "user" u ON u.id = c.user_id'
                " WHERE c.partner_id = ? AND c.side = 'partner' AND c.active ORDER BY u.email",
                gone.id,
            )
        ],
        kept.currency != gone.currency and has_money(gone.id),
    )


def choosable() -> list[Any]:
    """The facts of a partner of which one of two values can win."""
    return [field for field in Partner._meta.sorted_fields if field.name not in FIXED]


def _differences(kept: Partner, gone: Partner) -> list[Difference]:
    found = []
    for column in choosable():
        name = column.object_id_name if isinstance(column, ForeignKeyField) else column.name
        mine, theirs = getattr(kept, name), getattr(gone, name)
        if mine != theirs and theirs not in (None, ""):
            found.append(Difference(column.name, mine, theirs))
    fields = field_queries.definitions(retired=True)
    values = field_queries.values([kept.id, gone.id], fields)
    for field in fields:
        pair: list[Parsed] = [values.get(id_, {}).get(field.id) for id_ in (kept.id, gone.id)]
        if pair[0] != pair[1] and pair[1] is not None:
            found.append(Difference(COLUMN + field.key, pair[0], pair[1], field))
    return found


def clashes(kept: int, gone: int) -> list[Clash]:
    """The targets and approved figures that both have and that are not the same."""
    found: list[Clash] = []
    compared = {
        "target": ("target", "threshold", "baseline", "band_lo", "band_hi", "zero_scale", "weight"),
        "value": ("value", "num", "den"),
    }
    for table, columns in compared.items():
        # A derived figure follows from others: nobody chooses.
        not_derived = " AND kpi.formula = ''" if table == "value" else ""
        own = "k.locked, g.locked" if table == "value" else "k.n, k.n"
        sides = [f"{side}.{column}" for side in ("k", "g") for column in columns]
        for kpi_id, period, k_locked, g_locked, *figures in sql.rows(
            f"SELECT k.kpi_id, k.period, {own}, {', '.join(sides)} FROM {table} k"
            f" JOIN {table} g ON g.kpi_id = k.kpi_id AND g.period = k.period"
            " JOIN kpi ON kpi.id = k.kpi_id"
            f" WHERE k.partner_id = ? AND g.partner_id = ?{not_derived}"
            " ORDER BY k.kpi_id, k.period",
            kept,
            gone,
        ):
            mine, theirs = figures[: len(columns)], figures[len(columns) :]
            if mine == theirs:
                continue
            locked = ""
            if table == "value" and (k_locked or g_locked):
                locked = "kept" if k_locked else "gone"
            pair = [dict(zip(columns, side, strict=True)) for side in (mine, theirs)]
            found.append(Clash(table, kpi_id, period, pair[0], pair[1], locked))
    return found


def has_money(partner_id: int) -> bool:
    """Whether amounts of money of a partner stand anywhere: they are in its own currency."""
    return any(
        sql.rows(
            f"SELECT 1 FROM {table} t JOIN kpi k ON k.id = t.kpi_id"
            " WHERE t.partner_id = ? AND k.value_type = 'money' LIMIT 1",
            partner_id,
        )
        for table in ("value", "target", "revision", "target_revision")
    )


def _moving(kept: int, gone: int) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for reference in references():
        if reference.way == "own" and reference.table == "score":
            continue
        table, column = reference.table, reference.column
        mine, theirs = (
            int(sql.rows(f"SELECT COUNT(*) FROM {table} WHERE {column} = ?", id_)[0][0])
            for id_ in (kept, gone)
        )
        if theirs:
            found[table] = (mine, theirs)
    return found
