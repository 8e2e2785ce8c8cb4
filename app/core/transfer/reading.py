"""The document of a partnership as this desk reads it: nothing in it is taken at its word."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Field,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from app.core.accounts.models import ROLES
from app.core.kpis.figures import TargetFigures, check_figure, check_target
from app.core.kpis.known import definition
from app.core.kpis.models import Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services import KpiDraft
from app.core.kpis.services.definitions import MEANING, check_draft
from app.core.kpis.services.formulas import check_formulas, sources
from app.core.kpis.services.versions import FIELDS as KPI_FIELDS
from app.core.kpis.totals import Figure
from app.core.partners.fields import rules as fields
from app.core.quantities import LIMIT, MILLION
from app.core.refusals import Refusal
from app.core.transfer import choices
from app.core.transfer.bundle import TransferRefusal
from app.core.transfer.tables import Column, Table

LONGEST_TEXT = 200_000
_LIMITS = {SmallIntegerField: 2**15, BigIntegerField: 2**63, IntegerField: 2**31}
_MEANT = ("direction", "aggregation", "frequency", "value_type", "labels")
_EXACT = ("number", "date", "yes_no", "link", "email")  # kinds whose texts are read back

Rows = Mapping[str, list[tuple[int, dict[str, Any]]]]


def rows_of(document: Mapping[str, Any], table: Table) -> list[tuple[int, dict[str, Any]]]:
    """A table's rows as the document has them, each cell checked; with their numbers."""
    given = section(document, "tables").get(table.name, [])
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
            cells[column.name] = cell(column, row.get(column.name), table.name)
        found.append((number, cells))
    if table.name == "partner" and found and found[0][0] != 1:
        raise TransferRefusal("There is no partner in it.")
    return found


def cell(column: Column, value: Any, table: str = "") -> Any:
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
    if not _is_of_type(kind, value) or not choices.fits(table, column.name, value):
        raise _unusable(table, column)
    if isinstance(kind, DateTimeField | DateField):
        return _moment(column, value, table)
    return value


def _is_of_type(kind: Field, value: Any) -> bool:
    if isinstance(kind, BooleanField):
        return isinstance(value, bool)
    if isinstance(kind, IntegerField):
        limit = next(most for of, most in _LIMITS.items() if isinstance(kind, of))
        return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
    if not isinstance(value, str) or not choices.is_text(value):
        return False
    if isinstance(kind, DateTimeField | DateField):
        return True
    longest = kind.max_length if isinstance(kind, CharField) else LONGEST_TEXT
    return isinstance(kind, CharField | TextField) and len(value) <= longest


def _moment(column: Column, value: str, table: str) -> date | datetime:
    try:
        found: date | datetime = (
            datetime.fromisoformat(value).replace(tzinfo=None)
            if isinstance(column.field, DateTimeField)
            else date.fromisoformat(value)
        )
    except ValueError as error:
        raise _unusable(table, column) from error
    if not choices.is_near(found):
        raise _unusable(table, column)
    return found


def _unusable(table: str, column: Column) -> TransferRefusal:
    return TransferRefusal(
        "A cell cannot be used: %(table)s, %(column)s.", table=table or "file", column=column.name
    )


def section(document: Mapping[str, Any], name: str) -> dict[str, Any]:
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
                and choices.is_text(person["name"])
                and person.get("role") in ROLES
                and choices.is_text(email)
                and choices.EMAIL.fullmatch(email) is not None
            )
            if not sound:
                raise TransferRefusal("Its part “%(name)s” cannot be read.", name=name)
    return found


def check_kpi(code: str, given: dict[str, Any], stored: Kpi | None) -> None:
    """Refuse a definition that is none, or whose figures mean something else on this desk."""
    if set(given) != set(KPI_FIELDS) or given["code"] != code:
        raise TransferRefusal("The KPI %(code)s cannot be read.", code=code[:40])
    for name in KPI_FIELDS:
        cell(Column(name, Kpi._meta.columns[name]), given[name], "kpi")
    if stored is None:
        try:
            check_draft(KpiDraft(**given))
        except Refusal as refusal:
            raise TransferRefusal("The KPI %(code)s cannot be read.", code=code[:40]) from refusal
        return
    other = [name for name in MEANING if given[name] != getattr(stored, name)]
    if other:
        raise TransferRefusal(
            "The KPI %(code)s means something else here: %(fields)s.",
            code=code[:40],
            fields=", ".join(other),
        )


def check_formulas_of(new: Mapping[str, dict[str, Any]]) -> None:
    """Refuse KPIs that could not be worked out here: two could read each other in a circle."""
    try:
        check_formulas({code: KpiDraft(**given) for code, given in new.items()}, sources())
    except Refusal as refusal:
        raise TransferRefusal(
            "Its formulas cannot be worked out here: %(why)s",
            why=_(refusal.message, **refusal.params),
        ) from refusal


def check_figures(kpis: Mapping[str, Any], rows: Rows) -> None:
    """Refuse figures and targets that stand and that their KPI could not hold."""
    rules = {code: definition(*(given[name] for name in _MEANT)) for code, given in kpis.items()}
    try:
        for _number, row in rows["value"]:
            if any(part is not None and abs(part) > LIMIT for part in _parts(row)):
                raise KpiRefusal("A figure is at most %(most)s.", most=LIMIT // MILLION)
            if row["kpi_id"] in rules and not kpis[row["kpi_id"]]["formula"]:
                figure = Figure(*_parts(row))
                check_figure(rules[row["kpi_id"]], row["period"], figure)
        for _number, row in rows["target"]:
            if row["kpi_id"] in rules:
                figures = TargetFigures(*(row[name] for name in TargetFigures._fields))
                check_target(rules[row["kpi_id"]], row["period"], figures)
    except KpiRefusal as refusal:
        raise TransferRefusal(
            "A figure of %(code)s cannot be used: %(why)s",
            code=str(row["kpi_id"]),
            why=_(refusal.message, **refusal.params),
        ) from refusal


def _parts(row: Mapping[str, Any]) -> tuple[int | None, int | None, int | None]:
    return row["value"], row["num"], row["den"]


def check_custom(defined: Mapping[str, Any], rows: Rows) -> None:
    """Refuse values that their custom field could not hold: a link is one to follow, not to run."""
    for _number, row in rows["custom_value"]:
        given = defined.get(row["field_id"], {})
        if given.get("kind") not in _EXACT:
            continue
        field = fields.Field(0, "", "", "", given["kind"], False, (), "internal", False)
        try:
            fields.parse(field, row["text"])
        except fields.FieldRefusal as refusal:
            raise TransferRefusal(
                "The field %(key)s cannot be used: %(why)s",
                key=str(row["field_id"])[:40],
                why=_(refusal.message, **refusal.params),
            ) from refusal


def text_of(document: Mapping[str, Any], name: str) -> str:
    """A text that is only shown; nothing where it is none."""
    found = document.get(name, "")
    return found[:200] if isinstance(found, str) and choices.is_text(found) else ""
