"""From a file's bytes to rows of text: every way in which a file is no such table is named.

CSV is UTF-8 with or without a byte order mark, separated by commas, semicolons or tabs; XLSX is
read by `sheets`. Without a mapping the header row must name our own columns, in any order.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from flask_babel import gettext as _

from app.core.kpis.imports import mapping as mappings
from app.core.kpis.imports import sheets
from app.core.kpis.imports.kinds import TEXTS, columns_of
from app.core.kpis.imports.mapping import Mapping
from app.core.kpis.imports.problems import Problems

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 200_000
LONGEST = 2_000  # characters of one cell
LONGEST_DESCRIPTION = 4_000

Fault = Callable[..., None]


class Source(NamedTuple):
    """One table: what it holds, its file's name and bytes, and perhaps how its columns are meant.

    `sheet` names the sheet of a workbook; empty: the first one.
    """

    kind: str
    name: str
    content: bytes
    sheet: str = ""
    mapping: Mapping | None = None

    @property
    def title(self) -> str:
        """How reports name this table."""
        return f"{self.name} · {self.sheet}" if self.sheet else self.name


class Row(NamedTuple):
    """One row of a file, its cells by column; columns that the file lacks are missing."""

    source: Source
    number: int
    cells: dict[str, str]
    decimal_comma: bool


def rows_of(source: Source, problems: Problems) -> Iterator[Row]:
    """The rows of one table that have the right shape; what is wrong goes to `problems`."""

    def fault(row: int, value: str, expected: str, column: str = "") -> None:
        problems.add(source.title, row, column, value, expected)

    header: list[str] = []
    found = 0
    first = source.mapping.header_row if source.mapping else 1
    for number, cells, decimal_comma in raw_rows(source.name, source.content, source.sheet, fault):
        found = number
        if number < first:
            continue
        if number == first:
            if source.mapping:
                header = mappings.checked(source.mapping, cells, fault)
            else:
                header = _header(source.kind, cells, fault)
            if not header:
                return
            continue
        if number > MOST_ROWS + first:
            fault(number, "", _("at most %(most)s rows in one file", most=MOST_ROWS))
            return
        if not any(cells):
            continue
        if not source.mapping:
            row = _row(header, cells, number, fault)
            if row is not None:
                yield Row(source, number, row, decimal_comma)
            continue
        if not _fits(header, cells, number, fault):
            continue
        for parts in mappings.apply(source.mapping, cells):
            checked = _checked(parts, number, fault)
            if checked is not None:
                yield Row(source, number, checked, False)
    if 0 < found <= first and not problems.found:
        fault(0, "", _("at least one row below the header"))


def raw_rows(
    name: str, content: bytes, sheet: str, fault: Fault
) -> Iterator[tuple[int, list[str], bool]]:
    """Number and cells of each row of a file, and whether its decimals may have a comma."""
    if len(content) > MOST_BYTES:
        fault(0, "", _("a file of at most %(most)s MB", most=MOST_BYTES // 1024**2))
        return
    if not content.removeprefix(b"\xef\xbb\xbf").strip():
        fault(0, "", _("a header row and rows below it; the file is empty"))
        return
    if sheets.is_workbook(name, content):
        for number, cells in sheets.rows(content, sheet, fault):
            yield number, cells, False
        return
    text = _decoded(name, content, fault)
    if text is None:
        return
    header_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells, delimiter == ";"
    except csv.Error as error:
        fault(number + 1, "", _csv_fault(str(error)))


def _decoded(name: str, content: bytes, fault: Fault) -> str | None:
    if name.lower().endswith((".xlsx", ".xlsm")):
        expected = _("an XLSX workbook, as its name says; what is text ends in .csv")
        fault(0, "", _other_format(content) or expected)
        return None
    other = _other_format(content)
    if other:
        fault(0, "", other)
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        value = content[max(0, error.start - 20) : error.end + 20].decode("cp1252", "replace")
        fault(row, value, _("text in UTF-8; this looks like Windows-1252 or Latin-1"))
        return None
    text = text.replace("\r\n", "\n")
    for mark, expected in (
        ("\r", _("line ends as Windows, Linux or macOS write them, not a lone carriage return")),
        ("\0", _("text; there is a NUL character")),
    ):
        at = text.find(mark)
        if at >= 0:
            fault(text.count("\n", 0, at) + 1, text[max(0, at - 20) : at + 20], expected)
            return None
    return text


_FORMATS = (
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "GZIP"),
    (b"SQLite format 3", "SQLite"),
    (b"{\\rtf", "RTF"),
)


def _other_format(content: bytes) -> str:
    """What to do with a file that is something else; empty where it may be CSV."""
    if content.startswith(b"PK\x03\x04"):
        return _("a file whose name ends in .xlsx: this is a workbook")
    for start, name in _FORMATS:
        if content.startswith(start):
            return _("an XLSX or CSV file; this is %(format)s: save it as one of them", format=name)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _("text in UTF-8; this is UTF-16: save it as “CSV UTF-8”")
    if content[:200].count(b"\0") > 20:
        return _("text in UTF-8; this is UTF-16 without a mark, or no text at all")
    return ""


def _header(kind: str, cells: Sequence[str], fault: Fault) -> list[str]:
    """The file's columns in its order; empty where they cannot be used."""
    header = [cell.strip().casefold() for cell in cells]
    while header and not header[-1]:
        header.pop()
    columns = columns_of(kind)
    if not set(header) & set(columns.all):
        first = ", ".join(header)
        fault(1, first, _("a header row with the columns %(all)s", all=", ".join(columns.all)))
        return []
    missing = [name for name in columns.required if name not in header]
    unknown = [name for name in header if name not in columns.all]
    for name in unknown:
        fault(1, name, _("one of the columns %(known)s", known=", ".join(columns.all)), name)
    for name in missing:
        fault(1, "", _("a column %(name)s in the header row", name=name), name)
    double = sorted({name for name in header if name and header.count(name) > 1})
    for name in double:
        fault(1, name, _("each column once"), name)
    has_figure = "value" in header or {"numerator", "denominator"} <= set(header)
    if kind == "values" and not has_figure:
        fault(1, "", _("a column value, or the columns numerator and denominator"), "value")
        return []
    return [] if missing or unknown or double else header


def _row(
    header: Sequence[str], cells: Sequence[str], number: int, fault: Fault
) -> dict[str, str] | None:
    """The cells by column, stripped; None where the row has another shape than the header."""
    if not _fits(header, cells, number, fault):
        return None
    return _checked(dict(zip(header, cells, strict=False)), number, fault)


def _fits(header: Sequence[str], cells: Sequence[str], number: int, fault: Fault) -> bool:
    """Whether a row has as many cells as there are headings."""
    if len(cells) >= len(header) and not any(cells[len(header) :]):
        return True
    expected = _("%(count)s cells, as in the header row", count=len(header))
    fault(number, str(len(cells)), expected)
    return False


def _checked(cells: dict[str, str], number: int, fault: Fault) -> dict[str, str] | None:
    """The cells stripped and safe to keep; None where one of them is not."""
    row: dict[str, str] = {}
    sound = True
    for name, cell in cells.items():
        text = cell.strip()
        if text and (text[0] in _RISKY or not text.isprintable() or len(text) > LONGEST):
            expected = _cell_fault(name, text)
            if expected:
                fault(number, text, expected, name)
                sound = False
            text = _unquoted(text)
        row[name] = text
    return row if sound else None


_RISKY = frozenset("=+-@'\uff1d\uff0b\uff0d\uff20")
# What leaves is made safe, so text that merely begins like a formula is welcome.
_FORMULA = re.compile(r"[=\uff1d]|[+\-@\uff0b\uff0d\uff20]\S*[|(!]")


def _unquoted(text: str) -> str:
    """Text without the apostrophe that our own export puts before what looks like a formula."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in _RISKY else text


def _cell_fault(name: str, text: str) -> str:
    most = LONGEST_DESCRIPTION if name == "description" else LONGEST
    if len(text) > most:
        return _("at most %(most)s characters in a cell", most=most)
    if _has_control(text):
        return _("text without control characters")
    if name in TEXTS and _FORMULA.match(text):
        return _("text, not a formula; put an apostrophe before it if it is meant as text")
    return ""


def _has_control(text: str) -> bool:
    return any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 for c in text)


def _csv_fault(message: str) -> str:
    if "field larger" in message:
        return _("at most %(most)s characters in a cell", most=LONGEST)
    if "expected after" in message or "unexpected end" in message:
        return _("quotation marks in pairs: a cell begins and ends with one, inside it is doubled")
    return _("a CSV row; it cannot be read: %(reason)s", reason=message[:100])
