"""The audit chain: who did what to which object, each row bound to the one before by its hash.

One chain per object, or per day for what belongs to none (domain specification §0, History). A
chain holds ids, field names and salted commitments. What stood before and after, and from where
somebody came, lies in rows of its own that can be erased: the chain holds without them.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import g, has_request_context, request

from app.core import chains, clock
from app.core.chains import GENESIS, Break, canonical
from app.core.chains import row_hash as link_hash
from app.core.db import database
from app.core.models import AuditEntry

__all__ = [
    "FROM",
    "GENESIS",
    "Break",
    "Change",
    "Ref",
    "Tally",
    "append",
    "canonical",
    "commitment",
    "differences",
    "link_hash",
    "record",
    "stored",
]

FROM = "@from"  # the field that holds from where somebody came: an address, erasable
# What has a chain of its own: rows by number, and plugins. All else is in the day's chain.
_OBJECT = re.compile(r"[a-z][a-z0-9_]*:[1-9][0-9/]*|plugin:[a-z0-9_]+")


class Ref(NamedTuple):
    """Another object as a value of a field, such as "user:7": readers see its present name."""

    text: str


class Change(NamedTuple):
    """One field of an object before and after: text, number, truth, date, moment, `Ref`, lists.

    None stands for nothing. The values lie in erasable rows; the chain holds the field's name and
    a salted commitment to them.
    """

    field: str
    before: Any
    after: Any


@dataclass(slots=True)
class Tally:
    """What a walk along the chains has looked at."""

    rows: int = 0
    kept: int = 0  # commitments that were checked against their texts
    erased: int = 0  # commitments whose texts are gone, as they may be


def record(
    action: str,
    ref: str,
    detail: Mapping[str, Any] | None = None,
    actor: str = "",
    changes: Iterable[Change] = (),
) -> None:
    """Add a row to the object's chain, inside the caller's transaction.

    `action` is "object.verb", `ref` "object:id"; what names no object is in the day's chain.
    `detail` holds ids and field names only; texts, names and figures go into `changes`, of which
    those that change nothing are left out. Raises nothing of its own; where the row cannot be
    written the whole operation fails, since an unaudited write must not stand.
    """
    now = clock.now()
    chain = ref if _OBJECT.fullmatch(ref) else f"day:{now.date().isoformat()}"
    append(chain, action, ref, detail or {}, actor or _actor(), now, changes)
    if action == "access.refused" and has_request_context():
        g.refusal_is_noted = True


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], leave_out: Iterable[str] = ()
) -> list[Change]:
    """The fields of `after` that `before` has otherwise, in the order of `after`."""
    out = set(leave_out)
    return [
        Change(name, before.get(name), value)
        for name, value in after.items()
        if name not in out and before.get(name) != value
    ]


def append(
    chain: str,
    action: str,
    ref: str,
    detail: Mapping[str, Any],
    actor: str,
    at: datetime,
    changes: Iterable[Change] = (),
) -> None:
    """Add a row to a named chain; two writers never fork it."""
    kept = list(_committed(changes))
    if kept:
        detail = {**detail, "commitments": {field: mark for field, mark, *_ in kept}}
    values = {"at": at, "actor": actor, "action": action, "ref": ref}
    entry = chains.append(AuditEntry, chain, {**values, "detail": canonical(detail), "address": ""})
    if kept:
        _keep(entry, kept)


def _committed(changes: Iterable[Change]) -> Iterator[tuple[str, str, str, str, str]]:
    """Each change with its commitment, texts and salt; that of the address comes last."""
    seen = set()
    for field, before, after in changes:
        texts = canonical(stored(before)), canonical(stored(after))
        if texts[0] == texts[1]:
            continue
        if field in seen:
            raise ValueError(f"the field {field!r} is named twice")
        seen.add(field)
        yield _kept(field, *texts)
    if has_request_context() and request.remote_addr:
        yield _kept(FROM, "null", canonical(request.remote_addr[:64]))


def _kept(field: str, before: str, after: str) -> tuple[str, str, str, str, str]:
    salt = secrets.token_hex(16)
    return field, commitment(salt, field, before, after), before, after, salt


def _keep(entry: int, kept: Sequence[tuple[str, str, str, str, str]]) -> None:
    mark = database.param
    marks = ", ".join([f"({', '.join([mark] * 5)})"] * len(kept))
    database.execute_sql(
        f'INSERT INTO audit_change (entry_id, field, "before", "after", salt) VALUES {marks}',
        [value for field, _mark, *texts in kept for value in (entry, field, *texts)],
    )


def stored(value: Any) -> Any:
    """A value as JSON holds it: dates, moments and references say what they are."""
    if isinstance(value, Ref):
        return {"ref": value.text}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Mapping):
        return {str(key): stored(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        inner = [stored(each) for each in value]
        return sorted(inner, key=canonical) if isinstance(value, set | frozenset) else inner
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)  # exact decimals and fractions, lazily translated words


def commitment(salt: str, field: str, before: str, after: str) -> str:
    """SHA-256 of the salt and the canonical JSON of field, before and after, in hexadecimal.

    `before` and `after` are canonical JSON already.
    """
    return hashlib.sha256(f"{salt}[{canonical(field)},{before},{after}]".encode()).hexdigest()


def _actor() -> str:
    preview = g.get("preview") if has_request_context() else None
    if preview:  # whoever looks through somebody's eyes acts as themselves
        return f"user:{preview.staff.user_id}"
    viewer = g.get("viewer") if has_request_context() else None
    return f"user:{viewer.user_id}" if viewer else "system"
