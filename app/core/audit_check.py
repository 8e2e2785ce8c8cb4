"""The check of the audit chains: every link, and every commitment whose text is still there."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.core.audit import GENESIS, Break, Tally, commitment, link_hash
from app.core.models import AuditChange, AuditEntry

BATCH = 1000  # rows read at once: the walk needs the same memory for any number of them


def verify(tally: Tally | None = None) -> Iterator[Break]:
    """Walk every chain and yield each place where it does not hold; `tally` is counted up."""
    tally = tally if tally is not None else Tally()
    chain, last_seq, last_hash = "", 0, GENESIS
    for rows in batches():
        texts = kept_texts(row["id"] for row in rows)
        for row in rows:
            tally.rows += 1
            if row["chain"] != chain:
                chain, last_seq, last_hash = row["chain"], 0, GENESIS
            stored, id_, seq = row.pop("hash"), row.pop("id"), row["seq"]
            if seq != last_seq + 1:
                yield Break(chain, seq, f"row {last_seq + 1} is missing")
            elif row["prev_hash"] != last_hash:
                yield Break(chain, seq, "does not follow the row before it")
            if link_hash(row) != stored:
                yield Break(chain, seq, "was changed after it was written")
            for problem in broken_texts(row["detail"], texts.get(id_, {}), tally):
                yield Break(chain, seq, problem)
            last_seq, last_hash = seq, stored


def batches() -> Iterator[list[dict[str, Any]]]:
    """Every row in the order of the chains, so many at a time."""
    chain, seq = "", 0
    while True:
        rows = list(
            AuditEntry.select()
            .where(
                (AuditEntry.chain > chain) | ((AuditEntry.chain == chain) & (AuditEntry.seq > seq))
            )
            .order_by(AuditEntry.chain, AuditEntry.seq)
            .limit(BATCH)
            .dicts()
        )
        if not rows:
            return
        chain, seq = rows[-1]["chain"], rows[-1]["seq"]
        yield rows


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
