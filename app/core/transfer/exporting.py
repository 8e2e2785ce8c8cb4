"""Everything known of a partnership, written as JSON with its files, in one ZIP."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from app.core import audit, clock
from app.core.accounts.models import Organisation, User
from app.core.db import atomic
from app.core.files import storage
from app.core.files.models import StoredFile
from app.core.host import current_host
from app.core.kpis import sql
from app.core.kpis.models import Kpi
from app.core.kpis.rules.formula import parse
from app.core.kpis.services.versions import FIELDS as KPI_FIELDS
from app.core.models import AuditEntry
from app.core.partners.list_models import CustomField
from app.core.partners.models import Partner
from app.core.transfer import tables
from app.core.transfer.bundle import DOCUMENT, FORMAT, VERSION
from app.core.transfer.tables import FORGOTTEN, OUTSIDE, Table

FIELD_COLUMNS = tuple(
    f.column_name for f in CustomField._meta.sorted_fields if f.column_name not in ("id", "version")
)
FILE_COLUMNS = ("owner", "name", "content_type", "size", "sha256", "uploaded_at")


def write(partner: Partner, target: IO[bytes]) -> None:
    """Write a partnership: the document, its files, what the plugins add.

    The caller has checked who asks. One audit row says that it was written.
    """
    with atomic():  # one state of everything
        document, files = _document(partner)
        audit.record("partner.exported", f"partner:{partner.id}")
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
        archive.writestr(DOCUMENT, text)
        for file in files:
            archive.write(storage.path_of(file.key), f"files/{file.sha256}")


def _document(partner: Partner) -> tuple[dict[str, Any], list[StoredFile]]:
    known = tables.owned()
    rows = _rows(known, partner.id)
    outside = _outside(known, rows)
    numbers = {
        table.name: {row[0]: n for n, row in enumerate(rows[table.name], start=1)}
        for table in known
        if table.key
    }
    files = list(StoredFile.select().where(StoredFile.id.in_(list(outside["stored_file"]))))
    by_id = {file.id: file.sha256 for file in files}
    names = outside | {"stored_file": by_id}
    kpis = _kpis(outside["kpi"])
    document = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": clock.now().isoformat(timespec="seconds") + "Z",
        "organisation": Organisation.get_by_id(1).name,
        "code": partner.code,
        "people": _people(outside["user"]),
        "kpis": kpis,
        "custom_fields": _custom_fields(outside["custom_field"]),
        "files": {file.sha256: _file(file) for file in files},
        "tables": {
            table.name: _written(table, rows[table.name], numbers, names) for table in known
        },
        "history": _history(partner.id),
        "plugins": current_host().gather("export_partner", partner_id=partner.id),
    }
    return document, files


def _rows(known: Iterable[Table], partner_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """Each table's rows of the partnership, the row's own id first where it has one."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    ids: dict[str, list[int]] = {}
    for table in known:
        names = [column.name for column in table.columns]
        selected = ", ".join(f'"{name}"' for name in ([table.key] if table.key else []) + names)
        statement = f'SELECT {selected} FROM "{table.name}" WHERE '
        if table.name == "partner":
            # The partner first, then those that were merged into it.
            rows = sql.rows(f"{statement} id = ?", partner_id)
            rows += sql.rows(f"{statement} merged_into_id = ? ORDER BY id", partner_id)
        else:
            column = _owner_column(table, ids)
            order = f'"{table.key}"' if table.key else ", ".join(f'"{n}"' for n in names)
            rows = [
                row
                for chunk in sql.chunks(ids[column.to])
                for row in sql.rows(
                    f'{statement} "{column.name}" IN ({sql.marks(len(chunk))}) ORDER BY {order}',
                    *chunk,
                )
            ]
        found[table.name] = rows
        ids[table.name] = [row[0] for row in rows] if table.key else []
    return found


def _owner_column(table: Table, ids: dict[str, list[int]]) -> Any:
    """The column by which a table's rows are found: the partner's, else a row's of it."""
    own = [column for column in table.columns if column.to in ids and column.to != table.name]
    return next((c for c in own if c.to == "partner"), None) or own[0]


def _outside(
    known: Iterable[Table], rows: dict[str, list[tuple[Any, ...]]]
) -> dict[str, dict[int, str]]:
    """The names of the records outside that the rows refer to."""
    wanted: dict[str, set[int]] = {name: set() for name in OUTSIDE}
    for table in known:
        shift = 1 if table.key else 0
        for at, column in enumerate(table.columns, start=shift):
            if column.to in OUTSIDE:
                wanted[column.to] |= {r[at] for r in rows[table.name] if r[at] is not None}
    found: dict[str, dict[int, str]] = {}
    for name, (model, known_by) in OUTSIDE.items():
        found[name] = {}
        for chunk in sql.chunks(wanted[name]):
            query = model.select(model.id, getattr(model, known_by)).where(model.id.in_(chunk))
            found[name] |= dict(query.tuples())
    return found


def _written(
    table: Table,
    rows: list[tuple[Any, ...]],
    numbers: dict[str, dict[int, int]],
    names: dict[str, dict[int, str]],
) -> list[dict[str, Any]]:
    """A table's rows; those without a number in an order that holds on every desk."""
    found = [_row(table, row, numbers, names) for row in rows]
    if table.key:
        return found
    return sorted(found, key=lambda row: json.dumps(row, sort_keys=True))


def _row(
    table: Table,
    row: tuple[Any, ...],
    numbers: dict[str, dict[int, int]],
    names: dict[str, dict[int, str]],
) -> dict[str, Any]:
    shift = 1 if table.key else 0
    written: dict[str, Any] = {"#": numbers[table.name][row[0]]} if table.key else {}
    for column, value in zip(table.columns, row[shift:], strict=True):
        if (table.name, column.name) in FORGOTTEN:
            written[column.name] = FORGOTTEN[table.name, column.name]
        elif column.to and value is not None:
            own = numbers.get(column.to)
            written[column.name] = own[value] if own else names[column.to][value]
        else:
            written[column.name] = _plain(column.field.python_value(value))
    return written


def _kpis(codes: dict[int, str]) -> dict[str, dict[str, Any]]:
    """The definitions that the figures are of, with those that their formulas need."""
    found: dict[str, dict[str, Any]] = {}
    waiting = set(codes.values())
    while waiting:
        rows = Kpi.select().where(Kpi.code.in_(sorted(waiting)))
        new = {kpi.code: {name: getattr(kpi, name) for name in KPI_FIELDS} for kpi in rows}
        found |= new
        needed = {
            each.code
            for kpi in new.values()
            if kpi["formula"]
            for each in parse(kpi["formula"]).inputs
        }
        waiting = needed - found.keys()
    return found


def _people(emails: dict[int, str]) -> dict[str, dict[str, str]]:
    rows = User.select(User.email, User.name, User.role).where(User.id.in_(list(emails))).tuples()
    return {email: {"name": name, "role": role} for email, name, role in rows}


def _custom_fields(keys: dict[int, str]) -> dict[str, dict[str, Any]]:
    return {
        field.key: {name: _plain(getattr(field, name)) for name in FIELD_COLUMNS}
        for field in CustomField.select().where(CustomField.id.in_(list(keys)))
    }


def _file(file: StoredFile) -> dict[str, Any]:
    return {name: _plain(getattr(file, name)) for name in FILE_COLUMNS}


def _history(partner_id: int) -> list[dict[str, Any]]:
    """What the audit says of the partner: for reading; another desk has its own chain."""
    rows = (
        AuditEntry.select(AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.detail)
        .where(AuditEntry.ref == f"partner:{partner_id}")
        .order_by(AuditEntry.id)
        .tuples()
    )
    return [
        {"at": _plain(at), "actor": actor, "action": action, "detail": json.loads(detail)}
        for at, actor, action, detail in rows
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.isoformat() if isinstance(value, date) else value
