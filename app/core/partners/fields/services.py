"""Writes about custom fields: their definitions, and what partners have in them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.core import audit
from app.core.db import atomic, lock
from app.core.kpis import sql
from app.core.partners.fields import queries
from app.core.partners.fields.rules import (
    KEY,
    KINDS,
    SEARCHED,
    Field,
    FieldRefusal,
    Parsed,
    check_choices,
    stored,
)
from app.core.partners.list_models import CustomField
from app.core.partners.rules import fold

MOST_FIELDS = 60  # in use at a time: a form and a list hold no more


class Draft(NamedTuple):
    """A custom field as an administrator defines it; `choices` has one on each line."""

    key: str
    label: str
    kind: str
    help: str = ""
    required: bool = False
    choices: str = ""
    visibility: str = "internal"


class StaleField(FieldRefusal):
    """Somebody saved the same definition while this form was open."""


def define(draft: Draft) -> Field:
    """Add a field at the end; raises FieldRefusal, and IntegrityError for a taken key."""
    if not KEY.fullmatch(draft.key):
        raise FieldRefusal("A key is small letters, digits and underscores, a letter first.")
    if draft.kind not in KINDS:
        raise FieldRefusal("There is no such kind of field.")
    choices = check_choices(draft.kind, draft.choices)
    with atomic():
        lock("partners.fields")
        standing = queries.definitions()
        if len(standing) >= MOST_FIELDS:
            raise FieldRefusal("At most %(most)s fields: retire one first.", most=MOST_FIELDS)
        last = max((field.position for field in standing), default=0)
        row = CustomField.create(
            **draft._asdict() | {"choices": "\n".join(choices)}, position=last + 1
        )
        audit.record(
            "field.defined",
            f"field:{row.id}",
            {"key": draft.key, "kind": draft.kind},
            changes=[c for c in audit.differences({}, draft._asdict()) if c.after],
        )
    return next(f for f in queries.definitions() if f.id == row.id)


def redefine(field: Field, draft: Draft, version: int) -> None:
    """Change a field's words, choices and visibility; its key and kind are fixed.

    A choice that partners have cannot be taken away. Raises FieldRefusal, StaleField.
    """
    choices = check_choices(field.kind, draft.choices)
    with atomic():
        lock("partners.fields")
        used = queries.used_choices(field.id) if choices else {}
        for choice, count in used.items():
            if choice not in choices:
                raise FieldRefusal(
                    "%(count)s partners have “%(choice)s”: keep it, or change them first.",
                    count=count,
                    choice=choice,
                )
        words = {
            "label": draft.label,
            "help": draft.help,
            "required": draft.required,
            "choices": "\n".join(choices),
            "visibility": draft.visibility,
        }
        before = field._asdict() | {"choices": "\n".join(field.choices)}
        changed = (
            CustomField.update(**words, version=CustomField.version + 1)
            .where(CustomField.id == field.id, CustomField.version == version)
            .execute()
        )
        if not changed:
            raise StaleField("Somebody saved this field while you were editing.")
        audit.record(
            "field.changed",
            f"field:{field.id}",
            {"visibility": draft.visibility},
            changes=audit.differences(before, words),
        )


def retire(field: Field, *, retired: bool) -> None:
    """Take a field out of use, or back into it; what partners have in it stays."""
    with atomic():
        CustomField.update(retired=retired, version=CustomField.version + 1).where(
            CustomField.id == field.id
        ).execute()
        audit.record("field.retired" if retired else "field.revived", f"field:{field.id}")


def move(field: Field, by: int) -> None:
    """Move a field up (-1) or down (+1) among those in use."""
    with atomic():
        lock("partners.fields")
        order = [one.id for one in queries.definitions()]
        if field.id not in order:
            return
        at = order.index(field.id)
        to = max(0, min(len(order) - 1, at + by))
        order.insert(to, order.pop(at))
        sql.run_many(
            "UPDATE custom_field SET position = ? WHERE id = ?",
            [(position, id_) for position, id_ in enumerate(order, start=1)],
        )
        audit.record("field.moved", f"field:{field.id}", {"to": to + 1})


def save_values(
    partner_id: int, values: Mapping[int, Parsed], fields: Sequence[Field]
) -> list[tuple[str, Parsed, Parsed]]:
    """Write what a partner has in some fields, inside the caller's transaction.

    `values` are by field id; a field that is not among them is left alone. Returns key, before
    and after of what changed, for the caller's audit row.
    """
    by_id = {field.id: field for field in fields}
    present = queries.values([partner_id], fields).get(partner_id, {})
    changed = [id_ for id_ in values if id_ in by_id and values[id_] != present.get(id_)]
    sql.run_many(
        "DELETE FROM custom_value WHERE partner_id = ? AND field_id = ?",
        [(partner_id, id_) for id_ in changed],
    )
    sql.insert(
        "custom_value",
        ("partner_id", "field_id", "n", "text", "text_key", "choice", "number", "day"),
        [
            (partner_id, id_, n, row.text, _folded(by_id[id_], row.text), *row[2:4], _day(row.day))
            for id_ in changed
            for n, row in enumerate(stored(by_id[id_], values[id_]))
        ],
    )
    return [(by_id[id_].key, present.get(id_), values[id_]) for id_ in changed]


def _day(day: object) -> str | None:
    return None if day is None else str(day)


def _folded(field: Field, text: str) -> str:
    return fold(text) if field.kind in SEARCHED else ""
