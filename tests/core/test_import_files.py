"""Broken files: each is named by file, row and column, and leaves nothing behind."""

import io
import zipfile
from typing import NamedTuple

import pytest
from flask import Flask

from app.core.kpis import imports
from app.core.kpis.models import Import, Kpi, Revision, Target
from app.core.models import AuditEntry
from app.core.partners.models import Contact, Partner
from tests.core.kpi_support import TODAY, desk, kpi, partner, ratio, source

__all__ = ["desk", "partner"]

HEADERS = {
    "partners": "code,name,type,status,start_date,currency,contact_name,contact_email,tags",
    "kpis": "code,name,category,value_type,unit,direction,nature,aggregation,frequency",
    "targets": "partner_code,kpi_code,period,baseline,target,threshold,weight,critical",
    "values": "partner_code,kpi_code,period,value,numerator,denominator,note",
}
GOOD = {
    "partners": "AS,Alaska,supplier,active,2012-01-01,USD,Kim,kim@as.example.org,a;b",
    "kpis": "LEADS,Leads,acquisition,number,,higher,flow,sum,monthly",
    "targets": "NORD,REV,2025-01,80,100,90,30,yes",
    "values": "NORD,REV,2025-01,5,,,fine",
}


class Broken(NamedTuple):
    """A broken file and where its first fault must be found."""

    why: str
    kind: str
    content: bytes
    row: int
    column: str = ""


def rows(why: str, kind: str, bad: str, column: str = "", row: int = 3) -> Broken:
    """A file whose second row of content is bad."""
    text = f"{HEADERS[kind]}\n{GOOD[kind]}\n{bad}\n"
    return Broken(why, kind, text.encode(), row, column)


def cell(kind: str, column: str, value: str, why: str = "") -> Broken:
    """A file in which one cell of the second row is bad."""
    names = HEADERS[kind].split(",")
    cells = dict(zip(names, GOOD[kind].split(","), strict=True))
    cells |= {"period": "2025-02"} if "period" in cells else {"code": "NEXT"}
    cells[column] = value
    row = ",".join(cells[name] for name in names)
    return rows(why or f"{kind}: {column} {value[:20]!r}", kind, row, column)


def raw(why: str, content: bytes, row: int = 0, column: str = "") -> Broken:
    """A file of values that is no table."""
    return Broken(why, "values", content, row, column)


def workbook() -> bytes:
    """A ZIP file such as a spreadsheet is, which would unpack to 50 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", b"0" * 50_000_000)
    return packed.getvalue()


H = HEADERS["values"].encode() + b"\n"
START = H + GOOD["values"].encode() + b"\n"

FILES = [
    raw("empty", b""),
    raw("blank", b" \n\n \t\n"),
    raw("a byte order mark and nothing else", b"\xef\xbb\xbf"),
    raw("header only", H),
    raw("a spreadsheet", workbook()),
    raw("an old spreadsheet", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500),
    raw("a PDF", b"%PDF-1.7\n%\xe2\xe3"),
    raw("gzip", b"\x1f\x8b\x08\x00" + b"\x11" * 50),
    raw("UTF-16 with a mark", (H + START).decode().encode("utf-16")),
    raw("UTF-16 without a mark", START.decode().encode("utf-16-le")),
    raw("Windows-1252", START + "NORD,REV,2025-02,5,,,Köln\n".encode("cp1252"), 3),
    raw("Latin-1 in the header", "partner_code,kpi_code,période,value\n".encode("latin-1"), 1),
    raw("half a character at the end", START + "NORD,REV,2025-02,5,,,é".encode()[:-1], 3),
    raw("a NUL", START + b"NORD,REV,2025-02,5,,,a\0b\n", 3),
    raw("old Mac line ends", START.replace(b"\n", b"\r"), 1),
    raw("a lone carriage return", START + b"NORD,REV,2025-02,5,,,a\rb\n", 3),
    raw("random bytes", bytes(range(128, 256)) * 20, 1),
    raw("a cell of 10 MB", START + b"NORD,REV,2025-02,5,,," + b"x" * 10_000_000 + b"\n", 3),
    raw("21 MB", START + b"NORD,REV,2025-02,5,,,x\n" * 920_000),
    raw("an open quotation mark", START + b'NORD,REV,2025-02,5,,,"open\n', 3),
    raw("text after a quotation mark", START + b'NORD,REV,2025-02,5,,,"a"b\n', 3),
    raw("JSON", b'[{"partner_code": "NORD"}]', 1),
    raw("HTML", b"<html><table><tr><td>NORD</td></tr></table></html>", 1),
    raw("no header", GOOD["values"].encode() + b"\n" + GOOD["values"].encode(), 1),
    raw("an unknown column", b"partner_code,kpi_code,period,value,mood\n", 1, "mood"),
    raw("a missing column", b"partner_code,period,value\nNORD,2025-01,5\n", 1, "kpi_code"),
    raw("a column twice", b"partner_code,kpi_code,period,value,value\n", 1, "value"),
    raw("no column of figures", b"partner_code,kpi_code,period,note\n", 1, "value"),
    raw("a numerator alone", b"partner_code,kpi_code,period,numerator\n", 1, "value"),
    raw("a nameless column", b"partner_code,kpi_code,,period,value\n", 1),
    rows("too few cells", "values", "NORD,REV,2025-02"),
    rows("too many cells", "values", "NORD,REV,2025-02,5,,,note,more"),
    rows("another separator in a row", "values", "NORD;REV;2025-02;5;;;"),
    rows("the same figure twice", "values", GOOD["values"], "period"),
    rows("the same target twice", "targets", GOOD["targets"], "period"),
    rows("the same partner twice", "partners", GOOD["partners"], "code"),
    rows("the same partner in small letters", "partners", GOOD["partners"].lower(), "code"),
    rows("the same KPI twice", "kpis", GOOD["kpis"], "code"),
    cell("values", "partner_code", "NOBODY"),
    cell("values", "partner_code", ""),
    cell("values", "kpi_code", "NOTHING"),
    cell("values", "period", ""),
    cell("values", "period", "2025-13"),
    cell("values", "period", "2025-W54"),
    cell("values", "period", "2025-W53", "a week that the year has not"),
    cell("values", "period", "FY2025-Q1"),
    cell("values", "period", "2025-Q1", "a quarter for a monthly KPI"),
    cell("values", "period", "Jan 2025"),
    cell("values", "period", "01/2025"),
    cell("values", "period", "9999-01"),
    cell("values", "period", "2025-1"),
    cell("values", "value", "", "no figure"),
    cell("values", "value", "five"),
    cell("values", "value", "1 000"),
    cell("values", "value", "1'000"),
    cell("values", "value", "1_000"),
    cell("values", "value", '"1,000"', "a thousands separator"),
    cell("values", "value", '"1,5"', "a decimal comma in a comma file"),
    cell("values", "value", "1e3"),
    cell("values", "value", "1e999"),
    cell("values", "value", "NaN"),
    cell("values", "value", "inf"),
    cell("values", "value", "0x10"),
    cell("values", "value", "١٢"),
    cell("values", "value", "1.2345678"),
    cell("values", "value", "1000000000001"),
    cell("values", "value", "9" * 5000),
    cell("values", "value", "=1+1"),
    cell("values", "value", "@SUM(A1)"),
    cell("values", "value", "5%", "a percentage of a plain number"),
    cell("values", "value", "€5"),
    rows("parts of a KPI that has none", "values", "NORD,REV,2025-02,,1,2,", "numerator"),
    cell("values", "numerator", "1", "half of the parts")._replace(column="denominator"),
    cell("values", "note", "=HYPERLINK(A1)"),
    cell("values", "note", "+cmd|' /C calc'!A0"),
    cell("values", "note", "-2+3+cmd|' /C calc'!A0"),
    cell("values", "note", "＝1+1"),
    cell("values", "note", "a\x07b"),
    cell("values", "note", "x" * 1001),
    cell("values", "note", "x" * 2001),
    cell("targets", "target", ""),
    cell("targets", "target", "high"),
    cell("targets", "threshold", "101", "a threshold better than the target"),
    cell("targets", "weight", "-1"),
    cell("targets", "weight", "heavy"),
    cell("targets", "weight", "1001"),
    cell("targets", "critical", "perhaps"),
    cell("targets", "period", "2025-W05", "a week for a monthly KPI"),
    cell("partners", "code", ""),
    cell("partners", "code", "A B"),
    cell("partners", "code", "x" * 33),
    cell("partners", "name", ""),
    cell("partners", "name", "x" * 201),
    cell("partners", "name", "=1+1"),
    cell("partners", "type", "friend"),
    cell("partners", "status", "happy"),
    cell("partners", "start_date", "01.02.2012"),
    cell("partners", "start_date", "2012-02-30"),
    cell("partners", "start_date", "20120201"),
    cell("partners", "start_date", "0001-01-01"),
    cell("partners", "currency", ""),
    cell("partners", "currency", "EURO"),
    cell("partners", "currency", "XXX"),
    cell("partners", "contact_email", "nobody"),
    cell("partners", "contact_email", "a@example.org b@example.org"),
    cell("partners", "contact_email", "", "a contact without an address"),
    cell("partners", "tags", "x" * 61),
    cell("kpis", "code", "KÖNIG"),
    cell("kpis", "category", "luck"),
    cell("kpis", "value_type", "text"),
    cell("kpis", "direction", "up"),
    cell("kpis", "nature", "wild"),
    cell("kpis", "aggregation", "median"),
    cell("kpis", "frequency", "daily"),
    cell("kpis", "unit", "x" * 33),
    rows(
        "an ordinal without labels", "kpis", "O,O,brand,ordinal,,higher,stock,last,yearly", "labels"
    ),
]


@pytest.mark.parametrize("broken", FILES, ids=[broken.why for broken in FILES])
def test_a_broken_file_is_named_and_leaves_nothing(
    desk: Flask, partner: Partner, broken: Broken
) -> None:
    kpi()
    written = AuditEntry.select().count()
    plan = imports.read([source(broken.kind, broken.content, "broken.csv")], TODAY)
    assert plan.errors, "no fault was found"
    first = plan.errors[0]
    assert (first.file, first.row, first.column) == ("broken.csv", broken.row, broken.column)
    assert first.expected
    assert all(len(problem.value) <= 500 for problem in plan.errors)
    assert (Partner.select().count(), Kpi.select().count()) == (1, 1)
    left = [table.select().count() for table in (Revision, Target, Import, Contact)]
    assert left == [0, 0, 0, 0]
    assert AuditEntry.select().count() == written


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("NORD,RATE,2025-01,0.5,,,", "value"),
        ("NORD,RATE,2025-01,,1,,", "denominator"),
        ("NORD,RATE,2025-01,,,2,", "numerator"),
        ("NORD,RATE,2025-01,,1,-2,", "denominator"),
        ("NORD,RATE,2025-01,0.5,1,2,", "value"),
        ("NORD,SHARE,2025-01,12,,,", "value"),
        ("NORD,SHARE,2025-01,-1.6,,,", "value"),
        ("NORD,GRADE,2025-01,Best,,,", "value"),
        ("NORD,GRADE,2025-01,1,,,", "value"),
    ],
)
def test_a_figure_that_its_kpi_cannot_hold_is_named(
    desk: Flask, partner: Partner, row: str, column: str
) -> None:
    ratio()
    kpi("SHARE", value_type="percent", aggregation="last")
    kpi("GRADE", value_type="ordinal", aggregation="last", labels="Low\nHigh")
    plan = imports.read([source("values", f"{HEADERS['values']}\n{row}\n")], TODAY)
    assert [(problem.row, problem.column) for problem in plan.errors] == [(2, column)]


def test_a_bare_percentage_says_how_to_write_it(desk: Flask, partner: Partner) -> None:
    kpi(value_type="percent", aggregation="last")
    text = f"{HEADERS['values']}\nNORD,REV,2025-01,12,,,\n"
    plan = imports.read([source("values", text)], TODAY)
    assert "12%" in plan.errors[0].expected
    assert "0.12" in plan.errors[0].expected


def test_every_bad_row_is_named(desk: Flask, partner: Partner) -> None:
    kpi()
    bad = "".join(f"NORD,REV,2025-{month},x,,,\n" for month in range(10, 13))
    plan = imports.read([source("values", f"{HEADERS['values']}\n{bad}")], TODAY)
    assert [problem.row for problem in plan.errors] == [2, 3, 4]


def test_a_file_of_faults_is_not_read_to_its_end(desk: Flask, partner: Partner) -> None:
    kpi()
    bad = "NORD,REV,2025-01,x,,,\n" * 5000
    plan = imports.read([source("values", f"{HEADERS['values']}\n{bad}")], TODAY)
    assert (len(plan.errors), len(plan.warnings)) == (1000, 1)


def test_too_many_rows_are_refused(desk: Flask, partner: Partner) -> None:
    kpi()
    blank = ",,,,,,\n" * 200_001
    plan = imports.read([source("values", f"{HEADERS['values']}\n{blank}")], TODAY)
    assert [problem.row for problem in plan.errors] == [200_002]


def test_what_a_report_shows_stays_on_one_line(desk: Flask, partner: Partner) -> None:
    kpi()
    text = f'{HEADERS["values"]}\nNORD,REV,2025-01,"5\x1b[31m\nred",,,\n'
    plan = imports.read([source("values", text)], TODAY)
    assert all(problem.value.isprintable() for problem in plan.errors)
