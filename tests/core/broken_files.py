"""Two hundred broken files: each with where its first fault must be found, and what is said."""

import io
import struct
import zipfile
from datetime import datetime
from typing import Any, NamedTuple

import openpyxl

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
    name: str = "broken.csv"


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


def workbook(*rows_: list[Any]) -> bytes:
    """An XLSX file of some rows."""
    book = openpyxl.Workbook()
    for row in rows_:
        book.active.append(row)  # type: ignore[union-attr]
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def bomb() -> bytes:
    """A ZIP file such as a spreadsheet is, which would unpack to 50 MB."""
    return repacked({"xl/sheet1.xml": b"0" * 50_000_000}, b"")


def repacked(parts: dict[str, bytes], content: bytes | None = None) -> bytes:
    """A workbook with some of its parts replaced, added, or (where empty) taken out."""
    old: dict[str, bytes] = {}
    if content is None or content:
        with zipfile.ZipFile(io.BytesIO(content or SHEET)) as archive:
            old = {name: archive.read(name) for name in archive.namelist()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (old | parts).items():
            if part:
                archive.writestr(name, part)
    return packed.getvalue()


def xlsx(why: str, content: bytes, row: int = 0, column: str = "") -> Broken:
    """A broken workbook of values."""
    return Broken(why, "values", content, row, column, "broken.xlsx")


def xlsx_cell(why: str, value: Any, column: str = "value") -> Broken:
    """A workbook in which one cell is bad."""
    row = {"partner_code": "NORD", "kpi_code": "REV", "period": "2025-02", "value": 5, "note": ""}
    row |= {column: value}
    return xlsx(why, workbook(list(row), list(row.values())), 2, column)


TITLES = ["partner_code", "kpi_code", "period", "value"]
SHEET = workbook(TITLES, ["NORD", "REV", "2025-01", 5])
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
PAGE = "xl/worksheets/sheet1.xml"
H = HEADERS["values"].encode() + b"\n"
START = H + GOOD["values"].encode() + b"\n"

FILES = [
    raw("empty", b""),
    raw("blank", b" \n\n \t\n"),
    raw("a byte order mark and nothing else", b"\xef\xbb\xbf"),
    raw("header only", H),
    raw("a spreadsheet", bomb()),
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
    cell("values", "note", "x" * 2001, "a note of 2,001 characters"),
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
    xlsx("a workbook of nothing", workbook()),
    xlsx("a workbook of headings", workbook(TITLES)),
    xlsx("a bomb", repacked({"xl/media/big.xml": b"0" * 80_000_000})),
    xlsx("a bomb in its sheet", repacked({PAGE: b"<x>" + b" " * 90_000_000 + b"</x>"})),
    xlsx("a thousand parts", repacked({f"xl/media/{n}.xml": b"x" for n in range(1000)})),
    xlsx("a truncated workbook", SHEET[: len(SHEET) // 2]),
    xlsx("a workbook without its end", SHEET[:-30]),
    xlsx("a workbook without its beginning", b"PK\x03\x04" + SHEET[400:]),
    xlsx("a workbook of zeros", b"PK\x03\x04" + b"\0" * 4000),
    xlsx("an empty archive", b"PK\x05\x06" + b"\0" * 18),
    xlsx("bytes changed in the middle", SHEET[:1200] + b"\xff" * 900 + SHEET[2100:]),
    xlsx("entities", repacked({PAGE: ENTITIES})),
    xlsx("an outside entity", repacked({PAGE: OUTSIDE})),
    xlsx("entities in the workbook part", repacked({"xl/workbook.xml": ENTITIES})),
    xlsx("a sheet that is no XML", repacked({PAGE: b"hello"})),
    xlsx("a sheet that is missing", repacked({PAGE: b""})),
    xlsx("no workbook part", repacked({"xl/workbook.xml": b""})),
    xlsx("no list of types", repacked({"[Content_Types].xml": b""})),
    xlsx(
        "a document of words",
        repacked({"[Content_Types].xml": b"<x/>", "word/document.xml": b"x"}, b""),
    ),
    xlsx("CSV that calls itself XLSX", START),
    xlsx("an old spreadsheet that calls itself XLSX", b"\xd0\xcf\x11\xe0" + b"\0" * 500),
    xlsx("a PDF that calls itself XLSX", b"%PDF-1.7"),
    Broken("XLSX that calls itself CSV", "values", SHEET, 0, "", "broken.csv"),
    xlsx("an encrypted workbook", b"PK\x03\x04" + struct.pack("<HH", 20, 1) + b"\0" * 60),
    xlsx("301 columns", workbook([*TITLES, *(f"c{n}" for n in range(300))]), 1),
    xlsx("an unknown column in a workbook", workbook([*TITLES, "mood"], ["N"] * 5), 1, "mood"),
    xlsx(
        "a missing column in a workbook",
        workbook(["kpi_code", "period", "value"], ["R"]),
        1,
        "partner_code",
    ),
    xlsx_cell("a formula that was never computed", "=1+1")._replace(column="D"),
    xlsx_cell("a formula as a note", "=HYPERLINK(A1)", "note")._replace(column="E"),
    xlsx_cell("an error value", "#DIV/0!")._replace(column="D"),
    xlsx_cell("a reference error", "#REF!", "note")._replace(column="E"),
    xlsx_cell("a word in a workbook", "five"),
    xlsx_cell("a number as text with a separator", "1,000"),
    xlsx_cell("a large number in a workbook", 10**15),
    xlsx_cell("a huge number in a workbook", 1e300),
    xlsx_cell("a third typed in a workbook", "0.3333333"),
    xlsx_cell("yes for a number", True),
    xlsx_cell("a day for a number", datetime(2025, 1, 31)),
    xlsx_cell("a moment for a number", datetime(2025, 1, 31, 12, 30)),
    xlsx_cell("a number for a period", 2025.5, "period"),
    xlsx_cell("a day of long ago for a period", "1800-01-01", "period"),
    xlsx_cell("nobody in a workbook", "NOBODY", "partner_code"),
    xlsx_cell("nothing in a workbook", None, "kpi_code"),
    xlsx_cell("an empty value in a workbook", None),
    xlsx_cell("a long note in a workbook", "x" * 1500, "note"),
    xlsx_cell("a call in a note of a workbook", "@SUM(A1)", "note"),
    *(
        cell("values", "value", text)
        for text in (
            "--5",
            "+-5",
            "5-",
            "(5)",
            "5.",
            ".5",
            "5..0",
            "5.0.0",
            "5 EUR",
            "$5",
            "5k",
            "1/2",
            "½",
            "５",
            "1e-3",
            "-inf",
            "Infinity",
            "nan%",
            "null",
            "None",
            "N/A",
            "-",
            "TRUE",
            "1.000.000",
            "0b1",
            "1٫5",
            "\u200b5",
            "5\u00a0000",
        )
    ),
    *(
        cell("values", "period", text)
        for text in (
            "2025",
            "2025-H1",
            "2025-W05",
            "2025-00",
            "202501",
            "25-01",
            "2025-01-32",
            "2025-01-01T00",
            "now",
            "last month",
            "2025-Q5",
            "2025-H3",
            "-2025-01",
            "２０２５-01",
            "1899-12",
            "3000-01",
        )
    ),
    *(
        cell("values", "partner_code", text)
        for text in ("*", "%", "NORD ' OR 1=1", "NORD;", "\u202eNORD")
    ),
    *(
        cell("partners", "contact_email", text)
        for text in (
            "a@b",
            "@example.org",
            "a@",
            "a b@example.org",
            "a@example.org;b@example.org",
            "<a@example.org>",
            "x" * 250 + "@example.org",
        )
    ),
    *(cell("partners", "currency", text) for text in ("EU", "€", "123", "E R")),
    *(
        cell("partners", "start_date", text)
        for text in (
            "2012-13-01",
            "2012-1-1",
            "31/12/2012",
            "2012-02-29T00",
            "9999-12-31",
            "yesterday",
        )
    ),
    *(cell("partners", "code", text) for text in (".DOT", "-DASH", "A/B", "ÄÖ", "A\u200bB", "=A")),
    *(cell("targets", "weight", text) for text in ("1e3", "NaN")),
    *(cell("targets", "target", text) for text in ("1e999", "NaN", "5%", "1000000000001")),
    rows("a band without a band KPI", "targets", "NORD,REV,2025-02,,,90,1,no", "target"),
    rows("a negative weight", "targets", "NORD,REV,2025-02,1,100,90,-0.1,no", "weight"),
    raw("a header twice", H + H, 2, "partner_code"),
    raw("a header of blanks", b" , , \nNORD,REV,2025-01\n", 1),
    raw("a table of pipes", b"partner_code|kpi_code|period|value\nNORD|REV|2025-01|5\n", 1),
    raw("YAML", b"partner_code: NORD\nkpi_code: REV\n", 1),
    raw("XML", b"<?xml version='1.0'?><rows/>", 1),
    raw("a script", b"#!/bin/sh\nrm -rf /\n", 1),
    raw("RTF", b"{\\rtf1 hello}"),
    raw("a database", b"SQLite format 3\0" + b"\0" * 100),
    raw("UTF-16 big-endian", START.decode().encode("utf-16-be")),
    raw("UTF-32", START.decode().encode("utf-32")),
    raw("UTF-7", b"+AHAAYQBy-,kpi_code\n", 1, "+ahaayqby-"),
    raw("a surrogate", START + b"NORD,REV,2025-02,5,,,\xed\xa0\x80\n", 3),
    raw("an overlong slash", START + b"NORD,REV,2025-02,5,,,\xc0\xaf\n", 3),
    raw("a NUL in the header", b"partner_code,kpi_code,period,val\0ue\n", 1),
    raw(
        "a quoted cell of 10 MB", START + b'NORD,REV,2025-02,5,,,"' + b"x" * 10_000_000 + b'"\n', 3
    ),
    raw("ten thousand columns", b",".join(b"c%d" % n for n in range(10_000)) + b"\n", 1),
]
