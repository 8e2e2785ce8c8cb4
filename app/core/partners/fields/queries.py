"""Reads about custom fields and what partners have in them."""

from collections.abc import Iterable, Sequence

from app.core.kpis import sql
from app.core.partners.fields.rules import Field, Parsed, joined

_COLUMNS = "id, key, label, help, kind, required, choices, visibility, retired, position, version"


def definitions(*, retired: bool = False) -> list[Field]:
    """The fields in their order; with `retired`, those no longer in use after the others."""
    where = "" if retired else " WHERE NOT retired"
    return [
        Field(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            required=bool(row[5]),
            choices=tuple(row[6].splitlines()),
            visibility=row[7],
            retired=bool(row[8]),
            position=row[9],
            version=row[10],
        )
        for row in sql.rows(
            f"SELECT {_COLUMNS} FROM custom_field{where} ORDER BY retired, position, id"
        )
    ]


def values(partner_ids: Iterable[int], fields: Sequence[Field]) -> dict[int, dict[int, Parsed]]:
    """What these partners have in these fields, by partner id and field id; one query for 900."""
    found: dict[int, dict[int, list[str]]] = {}
    if not fields:
        return {}
    by_id = {field.id: field for field in fields}
    for chunk in sql.chunks(partner_ids):
        for partner_id, field_id, text in sql.rows(
            "SELECT partner_id, field_id, text FROM custom_value"
            f" WHERE partner_id IN ({sql.marks(len(chunk))})"
            f" AND field_id IN ({sql.marks(len(by_id))}) ORDER BY partner_id, field_id, n",
            *chunk,
            *by_id,
        ):
            found.setdefault(partner_id, {}).setdefault(field_id, []).append(text)
    return {
        partner_id: {id_: joined(by_id[id_], texts) for id_, texts in own.items()}
        for partner_id, own in found.items()
    }


def shown(partner_id: int, *, shared_only: bool = False) -> list[tuple[Field, Parsed]]:
    """The filled fields of one partner for a page; a contact sees the shared ones only.

    The caller has checked that the viewer may see the partner. Retired fields stay readable for
    staff where something stands in them.
    """
    fields = [
        field
        for field in definitions(retired=not shared_only)
        if field.visibility == "shared" or not shared_only
    ]
    own = values([partner_id], fields).get(partner_id, {})
    return [(field, own[field.id]) for field in fields if field.id in own]


def used(field_id: int) -> int:
    """How many partners have something in a field."""
    found = sql.rows(
        "SELECT COUNT(DISTINCT partner_id) FROM custom_value WHERE field_id = ?", field_id
    )
    return int(found[0][0])


def used_choices(field_id: int) -> dict[str, int]:
    """Each choice that partners have, and how many do."""
    return dict(
        sql.rows(
            "SELECT choice, COUNT(*) FROM custom_value"
            " WHERE field_id = ? AND choice IS NOT NULL GROUP BY choice",
            field_id,
        )
    )


def uses() -> dict[int, int]:
    """How many partners have something in each field."""
    return dict(
        sql.rows("SELECT field_id, COUNT(DISTINCT partner_id) FROM custom_value GROUP BY field_id")
    )
