"""A partnership from another desk: checked as a whole, written as a whole, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    IntegerField,
    IntegrityError,
    SmallIntegerField,
    TextField,
)

from app.core import audit, clock, events
from app.core.accounts.models import ROLES, User
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.files import storage
from app.core.files.models import StoredFile
from app.core.host import current_host
from app.core.kpis import rollups, sql
from app.core.kpis.models import Kpi
from app.core.kpis.services import KpiDraft
from app.core.kpis.services.definitions import MEANING, check_draft
from app.core.kpis.services.versions import FIELDS as KPI_FIELDS
from app.core.kpis.services.versions import keep_version
from app.core.kpis.totals import Change, Figure
from app.core.partners.list_models import CustomField
from app.core.partners.models import Partner
from app.core.refusals import Refusal
from app.core.transfer import choices, tables
from app.core.transfer.bundle import Bundle, TransferRefusal
from app.core.transfer.exporting import FIELD_COLUMNS, FILE_COLUMNS
from app.core.transfer.tables import Column, Table

LONGEST_TEXT = 200_000
_LIMITS = {SmallIntegerField: 2**15, BigIntegerField: 2**63, IntegerField: 2**31}


@dataclass(slots=True)
class Summary:
    """What a file holds, and what of it is new to this desk."""

    code: str
    name: str
    organisation: str
    counts: dict[str, int]
    new_kpis: list[str] = field(default_factory=list)
    new_fields: list[str] = field(default_factory=list)
    new_people: list[str] = field(default_factory=list)
    files: int = 0
    plugins_without: list[str] = field(default_factory=list)  # those that this desk lacks


def check(bundle: Bundle) -> Summary:
    """What a file would bring; raises TransferRefusal where it cannot be taken."""
    document = bundle.document
    rows = {table.name: _rows(document, table) for table in tables.owned()}
    partners = rows["partner"]
    if not partners:
        raise TransferRefusal("There is no partner in it.")
    first = partners[0][1]
    for _number, row in partners:
        if Partner.select().where(Partner.code == row["code"]).exists():
            raise TransferRefusal(
                "A partner with the code %(code)s is here already.", code=row["code"]
            )
    kpis = _section(document, "kpis")
    stored = {kpi.code: kpi for kpi in Kpi.select().where(Kpi.code.in_(list(kpis)))}
    for code, given in kpis.items():
        _check_kpi(code, given, stored.get(code))
    people = _section(document, "people")
    known = {u for (u,) in User.select(User.email).where(User.email.in_(list(people))).tuples()}
    fields = _section(document, "custom_fields")
    kept = {f.key: f for f in CustomField.select().where(CustomField.key.in_(list(fields)))}
    for key, given in fields.items():
        if key in kept and kept[key].kind != given.get("kind"):
            raise TransferRefusal("The field %(key)s is of another kind here.", key=key[:40])
    files = _section(document, "files")
    for sha256 in files:
        bundle.content(sha256)
    plugins = _section(document, "plugins")
    return Summary(
        code=first["code"],
        name=first["name"],
        organisation=str(document.get("organisation", ""))[:200],
        counts={name: len(found) for name, found in rows.items() if found},
        new_kpis=sorted(kpis.keys() - stored.keys()),
        new_fields=sorted(fields.keys() - kept.keys()),
        new_people=sorted(people.keys() - known),
        files=len(files),
        plugins_without=sorted(
            name for name in plugins if name not in current_host().listeners("import_partner")
        ),
    )


def bring_in(bundle: Bundle, by: Viewer) -> tuple[int, Summary]:
    """Write a partnership; returns the new partner's id. One transaction, or nothing.

    People whom this desk does not know are added without access, so that the history keeps its
    names; KPIs and custom fields that it lacks are defined. Scorecards are computed anew. Raises
    TransferRefusal.
    """
    summary = check(bundle)
    written: list[str] = []  # files on the disk: they stay unowned, and are swept, if this fails
    try:
        with atomic():
            ids = _outside(bundle, by, written)
            partner_id = _write_rows(bundle.document, ids)
            _settle(partner_id)
            audit.record(
                "partner.brought_in",
                f"partner:{partner_id}",
                {"from": summary.organisation, "exported_at": _text(bundle.document)},
            )
            for plugin, data in _section(bundle.document, "plugins").items():
                if plugin not in summary.plugins_without:
                    current_host().deliver(
                        plugin, "import_partner", {"partner_id": partner_id, "data": data}
                    )
    except IntegrityError as error:
        raise TransferRefusal("Its records contradict one another.") from error
    return partner_id, summary


def _outside(bundle: Bundle, by: Viewer, written: list[str]) -> dict[str, dict[Any, int]]:
    """The ids, on this desk, of everything that the rows refer to outside the partnership."""
    document = bundle.document
    return {
        "user": _people(_section(document, "people")),
        "kpi": _kpis(_section(document, "kpis"), by),
        "custom_field": _custom_fields(_section(document, "custom_fields")),
        "stored_file": _files(bundle, written),
    }


def _people(people: Mapping[str, Any]) -> dict[Any, int]:
    ids = dict(User.select(User.email, User.id).where(User.email.in_(list(people))).tuples())
    for email, person in people.items():
        if email not in ids:
            added = User.create(email=email, name=person["name"], role=_role(person), active=False)
            ids[email] = added.id
    return ids


def _role(person: Mapping[str, Any]) -> str:
    """Somebody from elsewhere is a contact or, until an administrator says otherwise, a viewer."""
    return "contact" if person["role"] == "contact" else "viewer"


def _kpis(kpis: Mapping[str, Any], by: Viewer) -> dict[Any, int]:
    ids = dict(Kpi.select(Kpi.code, Kpi.id).where(Kpi.code.in_(list(kpis))).tuples())
    for code, given in kpis.items():
        if code not in ids:
            ids[code] = Kpi.create(**given).id
            keep_version(ids[code], by=by.user_id, note="brought in with a partnership")
    return ids


def _custom_fields(fields: Mapping[str, Any]) -> dict[Any, int]:
    query = CustomField.select(CustomField.key, CustomField.id)
    ids = dict(query.where(CustomField.key.in_(list(fields))).tuples())
    for key, given in fields.items():
        if key not in ids:
            row = {
                name: _cell(Column(name, CustomField._meta.columns[name]), given.get(name))
                for name in FIELD_COLUMNS
            }
            ids[key] = CustomField.create(**row).id
    return ids


def _files(bundle: Bundle, written: list[str]) -> dict[Any, int]:
    ids: dict[Any, int] = {}
    for sha256, given in _section(bundle.document, "files").items():
        row = {
            name: _cell(Column(name, StoredFile._meta.columns[name]), given.get(name))
            for name in FILE_COLUMNS
        }
        key = storage.write(bundle.content(sha256))
        written.append(key)
        row |= {"has_preview": False, "sha256": sha256, "key": key}
        ids[sha256] = StoredFile.create(**row).id
    return ids


def _write_rows(document: Mapping[str, Any], ids: dict[str, dict[Any, int]]) -> int:
    """Write each table's rows, those that others refer to first; returns the partner's id."""
    for table in tables.owned():
        ids[table.name] = {}
        for number, row in _rows(document, table):
            values = {
                column.field: _resolved(table, column, row[column.name], ids)
                for column in table.columns
            }
            if table.name == "contact" and values.get(table.model.user):
                values[table.model.user] = _free_account(values[table.model.user])
            found = table.model.insert(values).execute()
            if table.key:
                ids[table.name][number] = found
    return ids["partner"][1]


def _resolved(table: Table, column: Column, value: Any, ids: dict[str, dict[Any, int]]) -> Any:
    if not column.to or value is None:
        return value
    if value not in ids.get(column.to, {}):
        raise TransferRefusal(
            "%(table)s refers to something that is not in the file.", table=table.name
        )
    return ids[column.to][value]


def _free_account(user_id: int) -> int | None:
    """A portal account belongs to one contact; here it may be somebody else's, or one of staff."""
    free = sql.rows(
        "SELECT 1 FROM \"user\" u WHERE u.id = ? AND u.role = 'contact' AND NOT EXISTS"
        " (SELECT 1 FROM contact c WHERE c.user_id = u.id AND c.side = 'partner')",
        user_id,
    )
    return user_id if free else None


def _settle(partner_id: int) -> None:
    """Scorecards and totals of what was written, and word to those who listen."""
    Partner.update(first_import_at=clock.now()).where(
        Partner.id == partner_id, Partner.first_import_at.is_null()
    ).execute()
    values = sql.rows(
        "SELECT kpi_id, period, value, num, den, revision_id FROM value WHERE partner_id = ?",
        partner_id,
    )
    targets = sql.rows("SELECT partner_id, period FROM target WHERE partner_id = ?", partner_id)
    changes = [Change(partner_id, r[0], r[1], None, Figure(*r[2:5])) for r in values]
    try:
        rollups.apply(changes, targets)
    except (ArithmeticError, ValueError, KeyError, TypeError) as error:
        raise TransferRefusal("Its figures cannot be used.") from error
    if values:
        events.emit("kpis_approved", value_ids=sorted(r[5] for r in values))


def _rows(document: Mapping[str, Any], table: Table) -> list[tuple[int, dict[str, Any]]]:
    """A table's rows as the document has them, each cell checked; with their numbers."""
    given = _section(document, "tables").get(table.name, [])
    if not isinstance(given, list):
        raise TransferRefusal("Its rows of %(table)s are no list.", table=table.name)
    found: list[tuple[int, dict[str, Any]]] = []
    for row in given:
        if not isinstance(row, dict):
            raise TransferRefusal("A row of %(table)s cannot be read.", table=table.name)
        number = row.get("#", 0)
        if not isinstance(number, int) or isinstance(number, bool):
            raise TransferRefusal("A row of %(table)s cannot be read.", table=table.name)
        cells = {}
        for column in table.columns:
            cells[column.name] = _cell(column, row.get(column.name), table.name)
        found.append((number, cells))
    if table.name == "partner" and found and found[0][0] != 1:
        raise TransferRefusal("There is no partner in it.")
    return found


def _cell(column: Column, value: Any, table: str = "") -> Any:
    """A cell as its column holds it; refused where it could not have been exported so."""
    kind = column.field
    if value is None:
        if not kind.null:
            raise _unusable(table, column)
        return None
    if column.to:
        if isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) < 300:
            return value
        raise _unusable(table, column)
    allowed = choices.ALLOWED.get((table, column.name))
    if allowed is not None and value not in allowed:
        raise _unusable(table, column)
    if isinstance(kind, BooleanField):
        if isinstance(value, bool):
            return value
    elif isinstance(kind, IntegerField):
        limit = next(most for of, most in _LIMITS.items() if isinstance(kind, of))
        if isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit:
            return value
    elif isinstance(value, str) and "\0" not in value:
        if isinstance(kind, DateTimeField | DateField):
            return _moment(column, value, table)
        longest = kind.max_length if isinstance(kind, CharField) else LONGEST_TEXT
        if isinstance(kind, CharField | TextField) and len(value) <= longest:
            return value
    raise _unusable(table, column)


def _moment(column: Column, value: str, table: str) -> date | datetime:
    try:
        if isinstance(column.field, DateTimeField):
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=None)
        return date.fromisoformat(value)
    except ValueError as error:
        raise _unusable(table, column) from error


def _unusable(table: str, column: Column) -> TransferRefusal:
    return TransferRefusal(
        "A cell cannot be used: %(table)s, %(column)s.", table=table or "file", column=column.name
    )


def _section(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of the document whose values are objects, or lists in `tables`."""
    found = document.get(name, {})
    kind = list if name == "tables" else dict
    if not isinstance(found, dict) or not all(isinstance(v, kind) for v in found.values()):
        raise TransferRefusal("Its part “%(name)s” cannot be read.", name=name)
    if name == "people":
        for email, person in found.items():
            sound = (
                isinstance(person.get("name"), str)
                and len(person["name"]) <= 200
                and person.get("role") in ROLES
                and len(email) <= 254
            )
            if not sound:
                raise TransferRefusal("Its part “%(name)s” cannot be read.", name=name)
    return found


def _check_kpi(code: str, given: dict[str, Any], stored: Kpi | None) -> None:
    if set(given) != set(KPI_FIELDS) or given["code"] != code:
        raise TransferRefusal("The KPI %(code)s cannot be read.", code=code[:40])
    if stored is None:
        try:
            draft = {name: given[name] for name in KpiDraft.__dataclass_fields__ if name in given}
            check_draft(KpiDraft(**draft))
        except (Refusal, TypeError, AttributeError) as error:
            raise TransferRefusal("The KPI %(code)s cannot be read.", code=code[:40]) from error
        return
    other = [name for name in MEANING if given[name] != getattr(stored, name)]
    if other:
        raise TransferRefusal(
            "The KPI %(code)s means something else here: %(fields)s.",
            code=code[:40],
            fields=", ".join(other),
        )


def _text(document: Mapping[str, Any]) -> str:
    return str(document.get("exported_at", ""))[:40]
