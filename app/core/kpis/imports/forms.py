"""The forms of an import: what is brought, and what its columns mean."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from app.core.form_fields import strip
from app.core.kpis.imports import mapping as mappings
from app.core.kpis.imports.kinds import KINDS, REFERENCES, columns_of
from app.core.kpis.imports.matching import HEAD, Table, guess

MOST_FILES = 10
MOST_PASTED = 2_000_000
KIND_LABELS = {
    "partners": lazy_gettext("Partners"),
    "kpis": lazy_gettext("KPIs"),
    "targets": lazy_gettext("Targets"),
    "values": lazy_gettext("Values"),
}
COLUMN_LABELS = {
    "code": lazy_gettext("Code"),
    "name": lazy_gettext("Name"),
    "type": lazy_gettext("Type"),
    "status": lazy_gettext("Status"),
    "currency": lazy_gettext("Currency"),
    "start_date": lazy_gettext("Partner since"),
    "contact_name": lazy_gettext("Contact’s name"),
    "contact_email": lazy_gettext("Contact’s e-mail"),
    "tags": lazy_gettext("Tags"),
    "legal_name": lazy_gettext("Legal name"),
    "website": lazy_gettext("Website"),
    "maturity": lazy_gettext("Maturity"),
    "regions": lazy_gettext("Regions"),
    "category": lazy_gettext("Category"),
    "value_type": lazy_gettext("Value type"),
    "direction": lazy_gettext("Direction"),
    "nature": lazy_gettext("Nature"),
    "aggregation": lazy_gettext("Rolls up as"),
    "frequency": lazy_gettext("Frequency"),
    "unit": lazy_gettext("Unit"),
    "description": lazy_gettext("Description"),
    "labels": lazy_gettext("Labels"),
    "submitter": lazy_gettext("Reported by"),
    "due_days": lazy_gettext("Due after days"),
    "evidence_required": lazy_gettext("Evidence required"),
    "data_source": lazy_gettext("Data source"),
    "formula": lazy_gettext("Formula"),
    "partner_code": lazy_gettext("Partner’s code"),
    "kpi_code": lazy_gettext("KPI’s code"),
    "period": lazy_gettext("Period"),
    "baseline": lazy_gettext("Baseline"),
    "target": lazy_gettext("Target"),
    "threshold": lazy_gettext("Threshold"),
    "weight": lazy_gettext("Weight"),
    "critical": lazy_gettext("Critical"),
    "band_lo": lazy_gettext("Lower bound"),
    "band_hi": lazy_gettext("Upper bound"),
    "zero_scale": lazy_gettext("Scale for a target of zero"),
    "value": lazy_gettext("Value"),
    "numerator": lazy_gettext("Numerator"),
    "denominator": lazy_gettext("Denominator"),
    "note": lazy_gettext("Note"),
}
DECIMALS = {
    "point": lazy_gettext("1,234.5 (point)"),
    "comma": lazy_gettext("1.234,5 (comma)"),
}
DATES = {
    "ymd": lazy_gettext("2013-01-31"),
    "dmy": lazy_gettext("31/01/2013 (day first)"),
    "mdy": lazy_gettext("01/31/2013 (month first)"),
}


class ImportForm(FlaskForm):
    """Files or pasted text, and what they hold where their header does not tell."""

    files = MultipleFileField(
        lazy_gettext("Files"),
        description=lazy_gettext("CSV, TSV or XLSX, up to ten at once; each sheet is a table."),
    )
    pasted = TextAreaField(
        lazy_gettext("Or paste from a spreadsheet"),
        description=lazy_gettext("Select the cells with their headings, copy, and paste here."),
        validators=[Length(max=MOST_PASTED)],
    )
    source = StringField(
        lazy_gettext("Where it is from"),
        description=lazy_gettext(
            "A name such as “Finance, monthly”: what the columns mean is remembered under it."
        ),
        filters=[strip],
        validators=[Length(max=80)],
    )
    kind = SelectField(
        lazy_gettext("They hold"),
        default="",
        choices=[
            SelectChoice("", lazy_gettext("What their headings say")),
            *(SelectChoice(kind, label) for kind, label in KIND_LABELS.items()),
        ],
    )

    def brought(self) -> list[tuple[str, bytes]]:
        """Names and bytes; a fault stands beside the field and nothing is returned."""
        uploads = [file for file in self.files.data or () if getattr(file, "filename", "")]
        found = []
        for upload in uploads:
            found.append((upload.filename[:200], upload.stream.read()))
            upload.close()
        text = (self.pasted.data or "").strip("\r\n")
        if text.strip():
            # Browsers send line ends as CR LF; a lone CR stays wrong.
            found.append((str(_("pasted text")), text.encode(errors="replace")))
        if not found:
            self.files.errors = [_("Choose at least one file, or paste some cells.")]
        elif len(uploads) > MOST_FILES:
            self.files.errors = [_("Choose at most %(most)s files.", most=MOST_FILES)]
        return [] if self.files.errors else found


def column_label(meaning: str) -> str:
    """What a column means, in words."""
    if not meaning:
        return str(_("– leave out –"))
    if meaning[0] != "=":
        return str(COLUMN_LABELS.get(meaning, meaning))
    name, _colon, key = meaning[1:].partition(":")
    text = {
        "period": _("Values of the period %(key)s", key=key),
        "partner_code": _("Values of the partner %(key)s", key=key),
        "kpi_code": _("Values of the KPI %(key)s", key=key),
    }
    return str(text[name])


def matched(table: Table, at: int, form: MultiDict[str, str]) -> Table:
    """A table as its part of the matching form says; what is no choice is left as guessed."""

    def given(name: str, allowed: Any, default: str) -> str:
        text = form.get(f"t{at}-{name}", default)
        return text if text in allowed else default

    skipped = form.get(f"t{at}-skip") == "1"
    current = table.mapping
    if current is None:
        return table._replace(skipped=skipped)
    kind = given("kind", KINDS, table.kind)
    rows = [str(number) for number in range(1, min(HEAD, len(table.head)) + 1)]
    header_row = int(given("header", rows, str(current.header_row)))
    if kind != current.kind or header_row != current.header_row:
        found = guess(table.head, header_row, kind)
    else:
        columns = [
            given(f"c{n}", mappings.choices(kind, heading), current.columns[n])
            for n, heading in enumerate(table.header)
        ]
        found = replace(current, columns=tuple(columns))
    constants = {
        name: text
        for name in REFERENCES
        if name in columns_of(kind).all and (text := form.get(f"t{at}-{name}", "").strip()[:60])
    }
    found = replace(
        found,
        constants=constants,
        decimal=given("decimal", DECIMALS, found.decimal),
        dates=given("dates", DATES, found.dates),
    )
    return table._replace(mapping=found, kind=kind, skipped=skipped, known=False)


def faults(table: Table) -> list[str]:
    """Why a matching cannot be used, in words."""
    if table.mapping is None or table.skipped:
        return []
    found: list[str] = []

    def fault(_row: int, value: str, expected: str, column: str = "") -> None:
        if column and column == value:
            text = _("%(column)s is chosen twice", column=column_label(column))
        elif column:
            text = _(
                "no column is %(column)s; choose one, or say it for all rows",
                column=column_label(column),
            )
        else:
            text = expected
        found.append(str(text))

    mappings.checked(table.mapping, table.header, fault)
    return found
