"""What belongs to a partnership: derived from the models, so that a new table is found.

Rows of a table are written by the names of its columns. A reference to another record is written
so that another desk can follow it: people by e-mail address, KPIs by code, custom fields by key,
files by their hash, rows of the partnership by a number within the file.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from peewee import CompositeKey, Field, ForeignKeyField

from app.core.accounts.models import User
from app.core.db import Model
from app.core.files.models import StoredFile
from app.core.kpis.models import Kpi
from app.core.partners.list_models import CustomField
from app.core.partners.models import Partner

REBUILT = {"score"}  # computed from the rest
# Letters to many belong to no one partnership; suggestions are to this desk's staff.
LEFT_HERE = {"announcement_partner", "suggestion"}
# Columns that name a row of the partnership without a foreign key.
LOOSE = {("target_revision", "goal_id"): "partner_goal"}
# Columns that mean nothing on another desk: they are written empty.
FORGOTTEN = {("task", "ref"): ""}


class Outside(NamedTuple):
    """A table that a partnership refers to, and the column that other desks know a row by."""

    model: Any
    column: str


OUTSIDE = {
    "user": Outside(User, "email"),
    "kpi": Outside(Kpi, "code"),
    "custom_field": Outside(CustomField, "key"),
    "stored_file": Outside(StoredFile, "key"),
}


class Column(NamedTuple):
    """A column of a table: its field, and the table that it refers to, if any."""

    name: str
    field: Field
    to: str = ""


class Table(NamedTuple):
    """A table of a partnership's rows; `key` is empty where its rows have no number."""

    name: str
    model: Any
    key: str
    columns: tuple[Column, ...]


def owned() -> list[Table]:
    """The tables of a partnership, each after those it refers to; the partner's own row is first.

    Raises RuntimeError for a table that refers to something nobody has thought of.
    """
    models = {m._meta.table_name: m for m in _models(Model) if m.__module__.startswith("app.core")}
    found: dict[str, Table] = {"partner": _table(Partner)}
    while True:
        added = {
            name: _table(model)
            for name, model in sorted(models.items())
            if name not in found | OUTSIDE
            and name not in REBUILT | LEFT_HERE
            and _belongs(model, found)
        }
        if not added:
            break
        found |= added
    return _in_order(found)


def _belongs(model: Any, found: dict[str, Table]) -> bool:
    """Whether a row can be of one partnership only: it names the partner or a row of it."""
    names = [field.rel_model._meta.table_name for field in _references(model)]
    return any(name in found for name in names)


def _table(model: Any) -> Table:
    meta = model._meta
    name = meta.table_name
    key = "" if isinstance(meta.primary_key, CompositeKey) else meta.primary_key.column_name
    columns = []
    for field in meta.sorted_fields:
        own_number = field.column_name == key and not isinstance(field, ForeignKeyField)
        if own_number:
            continue
        to = LOOSE.get((name, field.column_name), "")
        if isinstance(field, ForeignKeyField):
            to = field.rel_model._meta.table_name
        columns.append(Column(field.column_name, field, to))
    if key and isinstance(meta.primary_key, ForeignKeyField):
        key = ""  # known by what it belongs to
    return Table(name, model, key, tuple(columns))


def _in_order(found: dict[str, Table]) -> list[Table]:
    ordered: list[Table] = []
    waiting = dict(found)
    while waiting:
        ready = [
            table
            for table in waiting.values()
            if all(c.to == table.name or c.to not in waiting for c in table.columns)
        ]
        if not ready:
            raise RuntimeError(f"these tables refer to one another: {sorted(waiting)}")
        for table in ready:
            strange = [c.to for c in table.columns if c.to and c.to not in found | OUTSIDE]
            if strange:
                raise RuntimeError(f"{table.name} refers to {strange}: say how that is written")
            ordered.append(table)
            del waiting[table.name]
    return ordered


def _references(model: Any) -> Sequence[ForeignKeyField]:
    return [f for f in model._meta.sorted_fields if isinstance(f, ForeignKeyField)]


def _models(base: Any) -> Iterator[Any]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)
