"""The four files of an import, written out: importing them into an empty desk gives the same."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app import tables
from app.core.kpis import known, sql
from app.core.kpis.imports.kinds import COLUMNS, columns_of
from app.core.partners.fields.queries import definitions
from app.core.partners.fields.queries import values as field_values
from app.core.partners.fields.rules import text_of
from app.core.periods import Calendar, Period
from app.core.quantities import MILLION, to_text

_ORDER = {
    "partners": "code,name,type,status,start_date,currency,contact_name,contact_email,tags,"
    "legal_name,website,maturity,regions",
    "kpis": "code,name,category,value_type,unit,direction,nature,aggregation,frequency,"
    "description,labels,submitter,due_days,evidence_required,data_source,"
    "formula",
    "targets": "partner_code,kpi_code,period,baseline,target,threshold,weight,critical,"
    "band_lo,band_hi,zero_scale",
    "values": "partner_code,kpi_code,period,value,numerator,denominator,note",
}
_PERCENTAGE_ABOVE = 3 * MILLION // 2  # an import asks about larger bare numbers


def write(folder: Path) -> list[Path]:
    """Write partners, KPIs, targets and approved figures into a folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    calendar = known.calendar()
    return [
        _write(folder / "partners.csv", "partners", _partners()),
        _write(folder / "kpis.csv", "kpis", _kpis()),
        _write(folder / "targets.csv", "targets", _targets(calendar)),
        _write(folder / "values.csv", "values", _values(calendar)),
    ]


def safe(cell: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe stands before what looks like a formula.

    Plain negative numbers stay numbers. An import takes the apostrophe away again.
    """
    return cell if _is_number(cell) else tables.safe(cell)


def _is_number(cell: str) -> bool:
    digits = cell.removeprefix("-").removesuffix("%").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()


def _write(path: Path, kind: str, rows: Iterable[Sequence[object]]) -> Path:
    header = _ORDER[kind].split(",")
    assert set(header) == set(COLUMNS[kind].all)  # noqa: S101 - one list of columns, two orders
    header += [name for name in columns_of(kind).all if name not in header]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([safe("" if cell is None else str(cell)) for cell in row])
    return path


def _partners() -> Iterator[tuple[object, ...]]:
    tags: dict[int, list[str]] = {}
    for partner_id, tag in sql.rows("SELECT partner_id, tag FROM partner_tag ORDER BY tag"):
        tags.setdefault(partner_id, []).append(tag)
    contacts = {
        row[0]: row[1:]
        for row in sql.rows(
            "SELECT partner_id, name, email FROM contact"
            " WHERE side = 'partner' AND is_primary AND active AND email <> ''"
        )
    }
    regions: dict[int, list[str]] = {}
    for partner_id, region in sql.rows("SELECT partner_id, region FROM partner_region ORDER BY 2"):
        regions.setdefault(partner_id, []).append(region)
    partners = sql.rows(
        "SELECT id, code, name, type, status, start_date, currency, legal_name, website, maturity"
        " FROM partner WHERE merged_into_id IS NULL ORDER BY code"
    )
    fields = definitions()
    values = field_values([row[0] for row in partners], fields)
    for id_, *plain, legal_name, website, maturity in partners:
        own = values.get(id_, {})
        yield (
            *plain,
            *contacts.get(id_, ("", "")),
            ";".join(tags.get(id_, ())),
            legal_name,
            website,
            maturity,
            ";".join(regions.get(id_, ())),
            *(text_of(own.get(field.id)) for field in fields),
        )


def _kpis() -> Iterator[tuple[object, ...]]:
    for *row, labels, submitter, due_days, evidence, source, formula in sql.rows(
        "SELECT code, name, category, value_type, unit, direction, nature, aggregation, frequency,"
        " description, labels, submitter, due_days, evidence_required, data_source,"
        " formula FROM kpi"
        " ORDER BY code"
    ):
        needed = "yes" if evidence else "no"
        yield *row, labels.replace("\n", "<"), submitter, due_days, needed, source, formula


def _targets(calendar: Calendar) -> Iterator[tuple[object, ...]]:
    for code, kpi, value_type, unit, labels, period, *figures, weight, critical in sql.rows(
        "SELECT p.code, k.code, k.value_type, k.unit, k.labels, t.period, t.baseline, t.target,"
        " t.threshold, t.band_lo, t.band_hi, t.zero_scale, t.weight, t.critical FROM target t"
        " JOIN partner p ON p.id = t.partner_id JOIN kpi k ON k.id = t.kpi_id"
        " ORDER BY p.code, k.code, t.period"
    ):
        texts = [_figure(figure, value_type, unit, labels) for figure in figures]
        label = calendar.label(Period.from_key(period))
        flag = "yes" if critical else "no"
        yield code, kpi, label, *texts[:3], to_text(weight), flag, *texts[3:]


def _values(calendar: Calendar) -> Iterator[tuple[object, ...]]:
    for code, kpi, value_type, unit, labels, period, value, num, den, note in sql.rows(
        "SELECT p.code, k.code, k.value_type, k.unit, k.labels, v.period, v.value, v.num, v.den,"
        " r.note FROM value v JOIN partner p ON p.id = v.partner_id"
        " JOIN kpi k ON k.id = v.kpi_id AND k.formula = ''"  # derived ones follow by themselves
        " JOIN revision r ON r.id = v.revision_id ORDER BY p.code, k.code, v.period"
    ):
        yield (
            code,
            kpi,
            calendar.label(Period.from_key(period)),
            _figure(value, value_type, unit, labels),
            "" if num is None else to_text(num),
            "" if den is None else to_text(den),
            note,
        )


def _figure(millionths: int | None, value_type: str, unit: str, labels: str) -> str:
    if millionths is None:
        return ""
    if value_type == "ordinal":
        return str(labels.splitlines()[millionths // MILLION])
    percentage = value_type == "percent" or (value_type == "ratio" and unit == "%")
    if percentage and abs(millionths) > _PERCENTAGE_ABOVE:
        return f"{to_text(millionths * 100)}%"
    return to_text(millionths)
