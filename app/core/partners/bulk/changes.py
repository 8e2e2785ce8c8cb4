"""What can be changed for many partners at once: how it is read, set, and set back.

A value is JSON, so that what stood before can be kept and compared.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from app.core.kpis import sql
from app.core.partners.fields.queries import definitions, values
from app.core.partners.fields.rules import COLUMN, Field, parse, text_of
from app.core.partners.fields.services import save_values

Values: TypeAlias = Mapping[int, Any]  # by partner id
TAG = "tag:"


class Property(NamedTuple):
    """One property of partners: its present values, and how others are written."""

    read: Callable[[Sequence[int]], dict[int, Any]]
    write: Callable[[Values], None]


def property_of(name: str) -> Property:
    """The property with a name: owner, type, status, `tag:…` or `field:…`; KeyError for others."""
    if name.startswith(TAG):
        tag = name.removeprefix(TAG)
        return Property(lambda ids: _tagged(ids, tag), lambda wanted: _set_tag(wanted, tag))
    if name.startswith(COLUMN):
        key = name.removeprefix(COLUMN)
        field = next((f for f in definitions(retired=True) if f.key == key), None)
        if field is None:
            raise KeyError(name)
        kept: Field = field._replace(required=False)
        return Property(lambda ids: _texts(ids, kept), lambda wanted: _set_texts(wanted, kept))
    column = {"owner": "owner_id", "type": "type", "status": "status"}[name]
    return Property(lambda ids: _column(ids, column), lambda wanted: _set_column(wanted, column))


def _column(ids: Sequence[int], column: str) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for chunk in sql.chunks(ids):
        found.update(
            sql.rows(
                f"SELECT id, {column} FROM partner WHERE id IN ({sql.marks(len(chunk))})", *chunk
            )
        )
    return found


def _set_column(wanted: Values, column: str) -> None:
    sql.run_many(
        f"UPDATE partner SET {column} = ?, version = version + 1 WHERE id = ?",
        [(value, id_) for id_, value in wanted.items()],
    )


def _tagged(ids: Sequence[int], tag: str) -> dict[int, Any]:
    found: dict[int, Any] = dict.fromkeys(ids, False)
    for chunk in sql.chunks(ids):
        for (id_,) in sql.rows(
            "SELECT partner_id FROM partner_tag WHERE tag = ?"
            f" AND partner_id IN ({sql.marks(len(chunk))})",
            tag,
            *chunk,
        ):
            found[id_] = True
    return found


def _set_tag(wanted: Values, tag: str) -> None:
    sql.run_many(
        "DELETE FROM partner_tag WHERE partner_id = ? AND tag = ?", [(id_, tag) for id_ in wanted]
    )
    sql.run_many(
        "INSERT INTO partner_tag (partner_id, tag) VALUES (?, ?)",
        [(id_, tag) for id_, has in wanted.items() if has],
    )


def _texts(ids: Sequence[int], field: Field) -> dict[int, Any]:
    found: dict[int, Any] = dict.fromkeys(ids, "")
    for id_, own in values(ids, [field]).items():
        found[id_] = text_of(own[field.id])
    return found


def _set_texts(wanted: Values, field: Field) -> None:
    for id_, text in wanted.items():
        save_values(id_, {field.id: parse(field, text)}, [field])
