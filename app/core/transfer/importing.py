"""A partnership from another desk: checked as a whole, written as a whole, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from peewee import IntegrityError

from app.core import audit, clock, events
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.files import previews, storage
from app.core.files.models import StoredFile
from app.core.files.rules import Content, FileRefusal, checked
from app.core.host import current_host
from app.core.kpis import rollups, sql
from app.core.kpis.models import Kpi
from app.core.kpis.services.formulas import hold_formulas
from app.core.kpis.services.versions import keep_version
from app.core.kpis.totals import Change, Figure
from app.core.partners.list_models import CustomField
from app.core.partners.models import Partner
from app.core.transfer import reading, tables
from app.core.transfer.bundle import Bundle, TransferRefusal
from app.core.transfer.exporting import FIELD_COLUMNS, FILE_COLUMNS
from app.core.transfer.tables import Column, Table


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
    rows = {table.name: reading.rows_of(document, table) for table in tables.owned()}
    partners = rows["partner"]
    if not partners:
        raise TransferRefusal("There is no partner in it.")
    first = partners[0][1]
    for _number, row in partners:
        if Partner.select().where(Partner.code == row["code"]).exists():
            raise TransferRefusal(
                "A partner with the code %(code)s is here already.", code=row["code"]
            )
    kpis = reading.section(document, "kpis")
    stored = {kpi.code: kpi for kpi in Kpi.select().where(Kpi.code.in_(list(kpis)))}
    for code, given in kpis.items():
        reading.check_kpi(code, given, stored.get(code))
    reading.check_formulas_of({code: given for code, given in kpis.items() if code not in stored})
    reading.check_figures(kpis, rows)
    people = reading.section(document, "people")
    known = {u for (u,) in User.select(User.email).where(User.email.in_(list(people))).tuples()}
    fields = reading.section(document, "custom_fields")
    reading.check_custom(fields, rows)
    kept = {f.key: f for f in CustomField.select().where(CustomField.key.in_(list(fields)))}
    for key, given in fields.items():
        if key in kept and kept[key].kind != given.get("kind"):
            raise TransferRefusal("The field %(key)s is of another kind here.", key=key[:40])
    files = reading.section(document, "files")
    for sha256 in files:
        bundle.content(sha256)
    plugins = reading.section(document, "plugins")
    return Summary(
        code=first["code"],
        name=first["name"],
        organisation=reading.text_of(document, "organisation"),
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
                {
                    "from": summary.organisation,
                    "exported_at": reading.text_of(bundle.document, "exported_at"),
                },
            )
            for plugin, data in reading.section(bundle.document, "plugins").items():
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
        "user": _people(reading.section(document, "people")),
        "kpi": _kpis(reading.section(document, "kpis"), by),
        "custom_field": _custom_fields(reading.section(document, "custom_fields")),
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
    hold_formulas()
    ids = dict(Kpi.select(Kpi.code, Kpi.id).where(Kpi.code.in_(list(kpis))).tuples())
    reading.check_formulas_of({code: given for code, given in kpis.items() if code not in ids})
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
                name: reading.cell(
                    Column(name, CustomField._meta.columns[name]), given.get(name), "custom_field"
                )
                for name in FIELD_COLUMNS
            }
            ids[key] = CustomField.create(**row).id
    return ids


def _files(bundle: Bundle, written: list[str]) -> dict[Any, int]:
    ids: dict[Any, int] = {}
    for sha256, given in reading.section(bundle.document, "files").items():
        row = {
            name: reading.cell(_column(StoredFile, name), given.get(name), "stored_file")
            for name in FILE_COLUMNS
        }
        content = _content(row["name"], bundle.content(sha256))
        key = storage.write(content.data, content.preview)
        written.append(key)
        row |= {
            "name": content.name,
            "content_type": content.content_type,
            "size": len(content.data),
            "has_preview": content.preview is not None,
            "sha256": sha256,
            "key": key,
        }
        ids[sha256] = StoredFile.create(**row).id
        previews.ask(ids[sha256], content.content_type)
    return ids


def _content(name: str, data: bytes) -> Content:
    """A file as an upload of it would be taken, its bytes left as they are."""
    try:
        return replace(checked(name, data), data=data)
    except FileRefusal as refusal:
        raise TransferRefusal(refusal.message, **refusal.params) from refusal


def _write_rows(document: Mapping[str, Any], ids: dict[str, dict[Any, int]]) -> int:
    """Write each table's rows, those that others refer to first; returns the partner's id."""
    for table in tables.owned():
        ids[table.name] = {}
        for number, row in reading.rows_of(document, table):
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


def _column(model: Any, name: str) -> Column:
    return Column(name, model._meta.columns[name])
