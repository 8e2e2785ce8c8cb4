"""Hash chains: append-only tables whose rows are each bound to the one before.

A table holds many chains, one for each object. A row's hash covers the hash before it and every
column of its own, so that whoever changes, removes or moves a row is found. The audit trail and
plugins' ledgers are such tables (domain specification §0, History).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import CharField, IntegerField

from app.core.db import AppendOnlyModel, database

GENESIS = "0" * 64
ATTEMPTS = 1000
BATCH = 1000  # rows read at once: a walk needs the same memory for any number of them


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold."""

    chain: str
    seq: int
    problem: str


class ChainedModel(AppendOnlyModel):
    """An append-only table of hash chains; rows are added by `append` alone.

    Its migration calls `create_append_only`, and makes (chain, seq) unique.
    """

    chain = CharField(max_length=80)
    seq = IntegerField()
    prev_hash = CharField(max_length=64)
    hash = CharField(max_length=64)

    class Meta:
        indexes = ((("chain", "seq"), True),)


def append(model: type[ChainedModel], chain: str, values: Mapping[str, Any]) -> int:
    """Add a row to a chain, inside the caller's transaction; returns its id.

    `values` hold every other column of the table by its name, as the database gives it back. Two
    writers never fork a chain: the unique key (chain, seq) is the lock. Whoever comes second waits
    for the first one's transaction, writes nothing, and reads the new tip.
    """
    for _attempt in range(ATTEMPTS):
        entry = _link(model._meta.table_name, chain, values)
        if entry is not None:
            return entry
    raise RuntimeError(f"the chain {chain} is written too often to add to it")


def _link(table: str, chain: str, values: Mapping[str, Any]) -> int | None:
    """Add one row behind the present tip; None where another was faster."""
    # Plain SQL: every write passes here, and building the statement would cost more than it.
    mark = database.param
    tip = database.execute_sql(
        f'SELECT seq, hash FROM "{table}" WHERE chain = {mark} ORDER BY seq DESC LIMIT 1',
        (chain,),
    ).fetchone()
    seq, previous = (tip[0] + 1, tip[1]) if tip else (1, GENESIS)
    row = {"chain": chain, "seq": seq, **values, "prev_hash": previous}
    names = ", ".join(f'"{name}"' for name in row)
    written = database.execute_sql(
        f'INSERT INTO "{table}" ({names}, hash) '
        f"VALUES ({', '.join([mark] * (len(row) + 1))}) "
        "ON CONFLICT (chain, seq) DO NOTHING RETURNING id",
        (*row.values(), row_hash(row)),
    ).fetchall()
    return int(written[0][0]) if written else None


def row_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 of the hash before and the canonical JSON of the row's columns, in hexadecimal.

    `row` holds every column but the id and its own hash; dates and moments are ISO 8601.
    """
    content = {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in row.items()
        if key != "prev_hash"
    }
    return hashlib.sha256((row["prev_hash"] + canonical(content)).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def batches(model: type[ChainedModel]) -> Iterator[list[dict[str, Any]]]:
    """Every row in the order of the chains, by column names, so many at a time."""
    columns = [field.column_name for field in model._meta.sorted_fields]
    chain, seq = "", 0
    while True:
        rows = (
            model.select()
            .where((model.chain > chain) | ((model.chain == chain) & (model.seq > seq)))
            .order_by(model.chain, model.seq)
            .limit(BATCH)
        )
        found = [dict(zip(columns, row, strict=True)) for row in rows.tuples()]
        if not found:
            return
        chain, seq = found[-1]["chain"], found[-1]["seq"]
        yield found


def verify(
    model: type[ChainedModel],
    look: Callable[[list[dict[str, Any]]], Mapping[int, list[str]]] | None = None,
) -> Iterator[Break | None]:
    """Walk every chain of a table: None for each row, and a `Break` for each place that is wrong.

    `look` is given each batch of rows before their hashes are checked, and answers what else is
    wrong with a row, by its id.
    """
    chain, last_seq, last_hash = "", 0, GENESIS
    for rows in batches(model):
        others = look(rows) if look else {}
        for row in rows:
            yield None
            if row["chain"] != chain:
                chain, last_seq, last_hash = row["chain"], 0, GENESIS
            stored, id_, seq = row.pop("hash"), row.pop("id"), row["seq"]
            if seq != last_seq + 1:
                yield Break(chain, seq, f"row {last_seq + 1} is missing")
            elif row["prev_hash"] != last_hash:
                yield Break(chain, seq, "does not follow the row before it")
            if row_hash(row) != stored:
                yield Break(chain, seq, "was changed after it was written")
            for problem in others.get(id_, ()):
                yield Break(chain, seq, problem)
            last_seq, last_hash = seq, stored


def tables() -> list[type[ChainedModel]]:
    """The chained tables of core and of every plugin that has made its own here."""
    found = sorted(ChainedModel.__subclasses__(), key=lambda model: model._meta.table_name)
    return [model for model in found if model.table_exists()]
