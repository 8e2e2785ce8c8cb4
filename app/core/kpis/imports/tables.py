"""From a file's bytes to rows of text: every way in which a file is no such table is named.

UTF-8 with or without a byte order mark, a header row in any order of columns, separated by
commas, semicolons or tabs.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flask_babel import gettext as _

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 200_000
LONGEST = 2_000  # characters of one cell
LONGEST_DESCRIPTION = 4_000
MOST_PROBLEMS = 1_000  # of one import; whoever has more looks at the file anew


class Source(NamedTuple):
    """One file: what it holds (partners, kpis, targets or values), its name, its bytes."""

    kind: str
    name: str
    content: bytes


class Problem(NamedTuple):
    """What is wrong, and where: row 1 is the header, row 0 the file as a whole."""

    file: str
    row: int
    column: str
    value: str
    expected: str


class Columns(NamedTuple):
    """What a kind of file may and must have."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every column that is known."""
        return self.required + self.optional


COLUMNS = {
    "partners": Columns(
        ("code", "name", "type", "status", "currency"),
        ("start_date", "contact_name", "contact_email", "tags"),
    ),
    "kpis": Columns(
        (
            "code",
            "name",
            "category",
            "value_type",
            "direction",
            "nature",
            "aggregation",
            "frequency",
        ),
        (
            *("unit", "description", "labels", "submitter", "due_days"),
            *("evidence_required", "data_source", "formula"),
        ),
    ),
    "targets": Columns(
        ("partner_code", "kpi_code", "period"),
        (
            "baseline",
            "target",
            "threshold",
            "weight",
            "critical",
            "band_lo",
            "band_hi",
            "zero_scale",
        ),
    ),
    "values": Columns(
        ("partner_code", "kpi_code", "period"), ("value", "numerator", "denominator", "note")
    ),
}


class TooManyProblemsError(Exception):
    """Reading stops: nobody reads on."""


@dataclass(slots=True)
class Problems:
    """Everything that is wrong in an import, in the order in which it was found."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: str, row: int, column: str, value: str, expected: str) -> None:
        """Name a fault; raises TooManyProblemsError after the last one that is kept."""
        shown = value if len(value) <= 80 else value[:80] + "…"
        self.found.append(Problem(file, row, column, _visible(shown), expected))
        if len(self.found) >= MOST_PROBLEMS:
            raise TooManyProblemsError


class Row(NamedTuple):
    """One row of a file, its cells by column; columns that the file lacks are missing."""

    source: Source
    number: int
    cells: dict[str, str]
    decimal_comma: bool


def rows_of(source: Source, problems: Problems) -> Iterator[Row]:
    """The rows of one file that have the right shape; what is wrong goes to `problems`."""

    def fault(row: int, value: str, expected: str, column: str = "") -> None:
        problems.add(source.name, row, column, value, expected)

    text = _decoded(source.content, fault)
    if text is None:
        return
    header_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    header: list[str] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1:
                header = _header(source.kind, cells, fault)
                if not header:
                    return
                continue
            if number > MOST_ROWS + 1:
                fault(number, "", _("at most %(most)s rows in one file", most=MOST_ROWS))
                return
            if not any(cells):
                continue
            row = _row(header, cells, number, fault)
            if row is not None:
                yield Row(source, number, row, delimiter == ";")
    except csv.Error as error:
        fault(number + 1, "", _csv_fault(str(error)))
        return
    if number < 2:
        fault(0, "", _("at least one row below the header"))


Fault = Callable[..., None]


def _decoded(content: bytes, fault: Fault) -> str | None:
    if len(content) > MOST_BYTES:
        fault(0, "", _("a file of at most %(most)s MB", most=MOST_BYTES // 1024**2))
        return None
    if not content.strip():
        fault(0, "", _("a header row and rows below it; the file is empty"))
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
    (b"PK\x03\x04", "XLSX"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "GZIP"),
    (b"SQLite format 3", "SQLite"),
    (b"{\\rtf", "RTF"),
)


def _other_format(content: bytes) -> str:
    """What to do with a file that is something else; empty where it may be CSV."""
    for start, name in _FORMATS:
        if content.startswith(start):
            return _("a CSV file; this is %(format)s: save it as “CSV UTF-8”", format=name)
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
    columns = COLUMNS[kind]
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
    if len(cells) < len(header) or any(cells[len(header) :]):
        expected = _("%(count)s cells, as in the header row", count=len(header))
        fault(number, str(len(cells)), expected)
        return None
    row: dict[str, str] = {}
    sound = True
    for name, cell in zip(header, cells, strict=False):
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
_FORMULA = re.compile(r"[=@\uff1d\uff20]|[+\-\uff0b\uff0d](?=[A-Za-z(@=+\-])|[+\-][^\s]*[|(!]")
_TEXT_COLUMNS = frozenset(
    (
        "name",
        "contact_name",
        "contact_email",
        "tags",
        "unit",
        "description",
        "note",
        "labels",
        "data_source",
    )
)


def _unquoted(text: str) -> str:
    """Text without the apostrophe that our own export puts before what looks like a formula."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in _RISKY else text


def _cell_fault(name: str, text: str) -> str:
    most = LONGEST_DESCRIPTION if name == "description" else LONGEST
    if len(text) > most:
        return _("at most %(most)s characters in a cell", most=most)
    if _has_control(text):
        return _("text without control characters")
    if name in _TEXT_COLUMNS and _FORMULA.match(text):
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


def _visible(text: str) -> str:
    """Text whose control characters can be seen, so that a report or a log stays one line."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
