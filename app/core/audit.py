"""The audit chain: who did what to which object, each row bound to the one before by its hash.

One chain per object, or per day for what belongs to none (domain specification §0, History). The
detail holds ids and field names; personal or confidential text never enters a chain.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, has_request_context, request

from app.core import clock
from app.core.db import database, lock
from app.core.models import AuditEntry

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold."""

    chain: str
    seq: int
    problem: str


def record(action: str, ref: str, detail: Mapping[str, Any] | None = None, actor: str = "") -> None:
    """Add a row to today's chain, inside the caller's transaction.

    `action` is "object.verb", `ref` "object:id". Raises nothing of its own; where the row cannot
    be written the whole operation fails, since an unaudited write must not stand.
    """
    now = clock.now()
    append(f"day:{now.date().isoformat()}", action, ref, detail or {}, actor or _actor(), now)


def append(
    chain: str, action: str, ref: str, detail: Mapping[str, Any], actor: str, at: datetime
) -> None:
    """Add a row to a named chain, serialised so that two writers never fork it."""
    lock(f"audit:{chain}")
    # Plain SQL: every write passes here, and building the statement would cost more than it.
    tip = database.execute_sql(
        f"SELECT seq, hash FROM audit_entry WHERE chain = {database.param} "
        "ORDER BY seq DESC LIMIT 1",
        (chain,),
    ).fetchone()
    seq, previous = (tip[0] + 1, tip[1]) if tip else (1, GENESIS)
    body = canonical(detail)
    # Keyword by keyword: the hash covers just what is stored.
    row = {
        "chain": chain,
        "seq": seq,
        "at": at,
        "actor": actor,
        "action": action,
        "ref": ref,
        "detail": body,
        "address": _address(),
        "prev_hash": previous,
    }
    columns = ", ".join((*row, "hash"))
    marks = ", ".join([database.param] * (len(row) + 1))
    database.execute_sql(
        f"INSERT INTO audit_entry ({columns}) VALUES ({marks})", (*row.values(), link_hash(row))
    )


def link_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 of the previous hash and the row's canonical JSON, in hexadecimal."""
    content = {key: value for key, value in row.items() if key != "prev_hash"}
    content["at"] = row["at"].isoformat()
    return hashlib.sha256((row["prev_hash"] + canonical(content)).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def verify() -> Iterator[Break]:
    """Walk every chain and yield each place where it does not hold."""
    previous: dict[str, tuple[int, str]] = {}
    rows = AuditEntry.select().order_by(AuditEntry.chain, AuditEntry.seq).dicts()
    for row in rows.iterator():
        chain, seq = row["chain"], row["seq"]
        last_seq, last_hash = previous.get(chain, (0, GENESIS))
        if seq != last_seq + 1:
            yield Break(chain, seq, f"row {last_seq + 1} is missing")
        elif row["prev_hash"] != last_hash:
            yield Break(chain, seq, "does not follow the row before it")
        stored = row.pop("hash")
        row.pop("id")
        if link_hash(row) != stored:
            yield Break(chain, seq, "was changed after it was written")
        previous[chain] = (seq, stored)


def _actor() -> str:
    viewer = g.get("viewer") if has_request_context() else None
    return f"user:{viewer.user_id}" if viewer else "system"


def _address() -> str:
    return (request.remote_addr or "")[:64] if has_request_context() else ""
