"""Which of core's tables hold a partner's records, and how each follows a merge.

Derived from the models, so that a table nobody thought of is found: a test fails for it, and a
merge refuses to run.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from peewee import CompositeKey, ForeignKeyField

from app.core.db import AppendOnlyModel, Model
from app.core.kpis import sql
from app.core.partners.models import Partner

# One row for each key but the partner: where both have one, somebody chooses, or a rule does.
CHOSEN = ("value", "target")
# Rows that are numbered for each key: both histories are kept, one after the other.
NUMBERED = {
    "partner_profile": (),
    "target_revision": ("kpi_id", "period"),
    "revision": ("kpi_id", "period"),
}
# One row for each key, and nothing lost where the kept partner's stays.
UNITED = ("announcement_partner", "kpi_draft")
OWN_WAY = ("contact", "custom_value", "declared_miss", "partner", "score", "target_decision")


class Reference(NamedTuple):
    """A column of a table that names a partner, and how it follows a merge."""

    table: str
    column: str
    way: str  # moved, united, chosen, numbered, own, or "" where nobody has thought of it
    key: tuple[str, ...] = ()  # of united and chosen tables: the rest of the key


def references() -> list[Reference]:
    """Every column of core that names a partner, by table."""
    found = [
        _reference(model, field)
        for model in _models(Model)
        if model.__module__.startswith("app.core")
        for field in model._meta.sorted_fields
        if isinstance(field, ForeignKeyField) and field.rel_model is Partner
    ]
    return sorted(found)


def _models(base: type[Model]) -> Iterator[type[Model]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _reference(model: type[Model], field: Any) -> Reference:
    meta = model._meta
    table, column = meta.table_name, field.column_name
    if table in OWN_WAY:
        return Reference(table, column, "own")
    if table in NUMBERED:
        return Reference(table, column, "numbered", NUMBERED[table])
    if isinstance(meta.primary_key, CompositeKey):
        keys = {meta.fields[name].column_name for name in meta.primary_key.field_names}
        rest = tuple(sorted(keys - {column}))
        if table in CHOSEN:
            return Reference(table, column, "chosen", rest)
        if table in UNITED or keys == {one.column_name for one in meta.sorted_fields}:
            return Reference(table, column, "united", rest)
        return Reference(table, column, "")
    if issubclass(model, AppendOnlyModel) or field.unique or _is_unique(model, field):
        return Reference(table, column, "")
    return Reference(table, column, "moved")


def _is_unique(model: type[Model], field: Any) -> bool:
    """Whether a unique index holds the column, so that moved rows might collide."""
    for index in model._meta.indexes:
        if isinstance(index, tuple):
            names, unique = index
            if unique and field.name in names:
                return True
        elif index._unique and field in index._expressions:
            return True
    return False


def move(reference: Reference, kept: int, gone: int) -> int:
    """Let one partner's rows of a table be the other's; returns how many there were."""
    table, column = reference.table, reference.column
    if reference.way == "united":
        same = " AND ".join(f"k.{name} = {table}.{name}" for name in reference.key)
        sql.run(
            f"DELETE FROM {table} WHERE {column} = ? AND EXISTS"
            f" (SELECT 1 FROM {table} k WHERE k.{column} = ? AND {same})",
            gone,
            kept,
        )
    return sql.run(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", kept, gone)


def move_chosen(
    reference: Reference, kept: int, gone: int, from_gone: set[tuple[Any, ...]]
) -> None:
    """Move rows where there is one for each key; where both have one, the chosen row stays."""
    table, column, key = reference.table, reference.column, reference.key
    names = ", ".join(key)
    mine = set(sql.rows(f"SELECT {names} FROM {table} WHERE {column} = ?", kept))
    theirs = set(sql.rows(f"SELECT {names} FROM {table} WHERE {column} = ?", gone))
    losers = [(gone if place not in from_gone else kept, *place) for place in mine & theirs]
    where = " AND ".join(f"{name} = ?" for name in (column, *key))
    sql.run_many(f"DELETE FROM {table} WHERE {where}", losers)
    sql.run(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", kept, gone)


def move_numbered(
    reference: Reference, kept: int, gone: int, from_gone: set[tuple[Any, ...]]
) -> dict[tuple[Any, ...], dict[int, tuple[int, int]]]:
    """Move numbered rows; where both have some of a key, the chosen side's come last.

    `from_gone` are the keys of which the gone partner's rows are the latest. Returns, by key and
    row id, each row's partner and number before.
    """
    table, column, key = reference.table, reference.column, reference.key
    before: dict[tuple[Any, ...], dict[int, tuple[int, int]]] = {}
    rows = sql.rows(
        f"SELECT {', '.join((*key, 'id', column, 'n'))} FROM {table}"
        f" WHERE {column} IN (?, ?) ORDER BY n, id",
        kept,
        gone,
    )
    for *place, id_, owner, n in rows:
        before.setdefault(tuple(place), {})[id_] = (owner, n)
    changed: list[tuple[int, int, int]] = []
    for place_, own in before.items():
        last = gone if place_ in from_gone else kept
        ordered = sorted(own, key=lambda id_: (own[id_][0] == last, own[id_][1], id_))
        both = len({owner for owner, _n in own.values()}) == 2
        for number, id_ in enumerate(ordered, start=1):
            after = number if both else own[id_][1]
            if own[id_] != (kept, after):
                changed.append((kept, after, id_))
    # First out of the way of the numbers that stand: keys are checked row by row.
    sql.run_many(
        f"UPDATE {table} SET n = ? WHERE id = ?",
        [(-at, row[2]) for at, row in enumerate(changed, 1)],
    )
    sql.run_many(f"UPDATE {table} SET {column} = ?, n = ? WHERE id = ?", changed)
    return before
