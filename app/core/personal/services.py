"""Erasing a person and writing out what is held on them."""

import json
import re
from collections.abc import Sequence
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from app.core import audit, clock
from app.core.accounts.models import User
from app.core.contract import PersonalRows, Subject
from app.core.db import atomic, database, is_sqlite
from app.core.host import current_host
from app.core.models import PendingErasure
from app.core.personal import queries
from app.core.personal.registry import PARTS
from app.core.refusals import Refusal

DOCUMENT = "personal-data.json"
_UNSAFE = re.compile(r"[^\w.-]+")


class ErasureRefused(Refusal):
    """A person who cannot be erased as things stand."""


def erase(subject: Subject) -> list[str]:
    """Take away whose every row of this person is; ids, decisions and the chains stay.

    Core's parts and every plugin that is on take part in one transaction: one that fails leaves
    everything as it was. Returns the plugins that are off, whose part waits until they return.
    Raises ErasureRefused for the last administrator.
    """
    _overwrite_what_is_deleted()
    with atomic():
        _check_admin(subject)
        for part in PARTS.values():
            part.erase(subject)
        host = current_host()
        for plugin in host.listeners("erase_personal_data"):
            host.deliver(plugin, "erase_personal_data", {"subject": subject})
        waiting = queries.waiting_plugins(host)
        for plugin in waiting:
            PendingErasure.create(
                plugin=plugin,
                alias=subject.alias,
                user_id=subject.user_id,
                contacts=json.dumps(subject.contact_ids),
            )
        detail = {"contacts": list(subject.contact_ids), "pending": waiting}
        audit.record("person.erased", _ref(subject), detail)
    return waiting


def run_pending() -> None:
    """Let plugins that returned erase what they hold of people who were erased meanwhile."""
    host = current_host()
    listening = set(host.listeners("erase_personal_data"))
    for row in PendingErasure.select().order_by(PendingErasure.id).limit(100):
        if not host.is_on(row.plugin):
            if row.plugin not in queries.waiting_plugins(host):  # its tables were removed
                PendingErasure.delete().where(PendingErasure.id == row.id).execute()
            continue
        subject = Subject(row.alias, row.user_id, tuple(json.loads(row.contacts)))
        if row.plugin in listening:
            host.deliver(row.plugin, "erase_personal_data", {"subject": subject})
        PendingErasure.delete().where(PendingErasure.id == row.id).execute()
        audit.record("person.erased", _ref(subject), {"plugin": row.plugin})


def write(subject: Subject, target: IO[bytes], *, whole: bool = True) -> list[PersonalRows]:
    """Write everything held on a person as one ZIP: a JSON document and the files.

    Where it is not the `whole`, what staff wrote for each other is left out.
    """
    with atomic():  # one state of everything
        held = queries.held(subject)
        audit.record("person.exported", _ref(subject), {"parts": len(held)})
    names: set[str] = set()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        document = {
            "written_at": f"{clock.now().isoformat(timespec='seconds')}Z",
            "person": {"names": list(subject.names), "emails": list(subject.emails)},
            "held": [{"title": str(part.title), "rows": _told(part, whole=whole)} for part in held],
        }
        text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
        archive.writestr(DOCUMENT, text)
        for file in (file for part in held for file in part.files):
            if file.path.is_file():
                archive.write(file.path, f"files/{_free(file.name, names)}")
    return held


def _told(part: PersonalRows, *, whole: bool) -> list[dict[str, Any]]:
    left_out = () if whole else part.confidential
    return [{key: row[key] for key in row if key not in left_out} for row in part.rows]


def _free(name: str, taken: set[str]) -> str:
    """A readable name that no other file of the archive has, and that leads nowhere else."""
    plain = _UNSAFE.sub("-", name.replace("/", "-")).strip(".-") or "file"
    stem, dot, ending = plain[-120:].rpartition(".")
    number, found = 1, plain[-120:]
    while found.lower() in taken:
        number += 1
        found = f"{stem or ending}-{number}{dot}{ending if stem else ''}"
    taken.add(found.lower())
    return found


def _check_admin(subject: Subject) -> None:
    person = User.get_or_none(User.id == subject.user_id) if subject.user_id else None
    if person is None or person.role != "admin" or not person.active:
        return
    others = User.select().where(User.role == "admin", User.active, User.id != person.id)
    if not others.exists():
        raise ErasureRefused("At least one administrator must remain.")


def _ref(subject: Subject) -> str:
    return f"user:{subject.user_id}" if subject.user_id else f"contact:{subject.contact_ids[0]}"


def _overwrite_what_is_deleted() -> None:
    """Let SQLite fill with zeros what it would only mark as free."""
    if is_sqlite():
        database.execute_sql("PRAGMA secure_delete = ON")


def parts(held: Sequence[PersonalRows]) -> list[tuple[str, int]]:
    """How many rows and files each part has, for a preview."""
    return [(str(part.title), len(part.rows) + len(part.files)) for part in held]
