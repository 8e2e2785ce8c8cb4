"""The check of every hash chain, and of every commitment whose text is still there."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.core import chains
from app.core.audit import Break, Tally, commitment
from app.core.models import AuditChange, AuditEntry


def verify(tally: Tally | None = None) -> Iterator[Break]:
    """Walk every chain and yield each place where it does not hold; `tally` is counted up."""
    tally = tally if tally is not None else Tally()

    def look(rows: list[dict[str, Any]]) -> dict[int, list[str]]:
        texts = kept_texts(row["id"] for row in rows)
        return {
            row["id"]: list(broken_texts(row["detail"], texts.get(row["id"], {}), tally))
            for row in rows
        }

    for model in chains.tables():
        for found in chains.verify(model, look if model is AuditEntry else None):
            if found is None:
                tally.rows += 1
                continue
            yield found


def kept_texts(entries: Iterable[int]) -> dict[int, dict[str, tuple[Any, Any, Any]]]:
    """Before, after and salt by entry and field; each is None where it was erased."""
    found: dict[int, dict[str, tuple[Any, Any, Any]]] = {}
    rows = (
        AuditChange.select(
            AuditChange.entry,
            AuditChange.field,
            AuditChange.before,
            AuditChange.after,
            AuditChange.salt,
        )
        .where(AuditChange.entry.in_(list(entries)))
        .tuples()
    )
    for entry, field, *texts in rows:
        found.setdefault(entry, {})[field] = tuple(texts)
    return found


def broken_texts(
    detail: str, texts: Mapping[str, tuple[Any, Any, Any]], tally: Tally
) -> Iterator[str]:
    """What is wrong with the texts that belong to a row of a chain."""
    marks: Mapping[str, str] = json.loads(detail).get("commitments", {})
    for field, mark in marks.items():
        if field not in texts:
            yield f"the row with the text of “{field}” is missing"
            continue
        before, after, salt = texts[field]
        if (before, after, salt) == (None, None, None):
            tally.erased += 1
        elif None in (before, after, salt) or commitment(salt, field, before, after) != mark:
            yield f"the text of “{field}” was changed after it was written"
        else:
            tally.kept += 1
    for field in texts:
        if field not in marks:
            yield f"the text of “{field}” was added after it was written"
