"""Workbooks (XLSX) as rows of text: the values that their program last computed, never formulas.

A workbook is a ZIP of XML: what it would unpack to is looked at first, entities are refused
(OWASP ASVS 5.0, 1.5.1 and 5.2.3).
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from flask_babel import gettext as _

MOST_ENTRIES = 500
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 300  # of what is packed; ordinary sheets stay below 30
MOST_COLUMNS = 300
MOST_SHEETS = 20
MILLIONTH = Decimal("0.000001")
MOST = 10**12  # units, as everywhere
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, ParseError, DefusedXmlException),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ArithmeticError),
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")

Fault = Callable[..., None]


def is_workbook(name: str, content: bytes) -> bool:
    """Whether a file is to be read as XLSX: it is a ZIP and does not call itself something else."""
    text = name.lower().endswith((".csv", ".tsv", ".txt"))
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06")) and not text


def names(content: bytes, fault: Fault) -> list[str]:
    """The sheets of a workbook that have anything in them; what is wrong is named."""
    if not _is_sound(content, fault):
        return []
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        found = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        book.close()
    except BROKEN:
        fault(0, "", _broken())
        return []
    if not found:
        fault(0, "", _("a workbook with a sheet that can be seen"))
    if len(found) > MOST_SHEETS:
        fault(0, str(len(found)), _("a workbook of at most %(most)s sheets", most=MOST_SHEETS))
        return []
    return found


def rows(content: bytes, sheet: str, fault: Fault) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row of a sheet, as text that reads like the sheet itself."""
    if not _is_sound(content, fault):
        return
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            page = book[sheet] if sheet else book.worksheets[0]
            page.reset_dimensions()  # what a file says of its size is not believed
            uncomputed = _formulas(content, page.title) if _has_formulas(content) else {}
            number = width = 0
            for number, cells in enumerate(
                page.iter_rows(max_col=MOST_COLUMNS + 1, values_only=False), start=1
            ):
                texts = [_text(cell) for cell in cells]
                while texts and not texts[-1]:
                    texts.pop()
                if len(texts) > MOST_COLUMNS:
                    expected = _("at most %(most)s columns", most=MOST_COLUMNS)
                    fault(number, str(len(texts)), expected)
                    return
                width = max(width, len(texts))
                texts += [""] * (width - len(texts))  # cells at a row's end are not written
                if _is_usable(texts, number, uncomputed.get(number, ()), fault):
                    yield number, texts
            if not number:
                fault(0, "", _("a header row and rows below it; the sheet is empty"))
        finally:
            book.close()
    except BROKEN:
        fault(0, "", _broken())


def _is_usable(texts: list[str], number: int, formulas: Any, fault: Fault) -> bool:
    """Whether every formula of a row has a value that can be taken."""
    usable = True
    for at, formula in formulas:
        if at >= len(texts) or not texts[at]:
            expected = _("a value: this formula was never computed; open the file, save it again")
            fault(number, formula, expected, _letter(at))
            usable = False
    for at, text in enumerate(texts):
        if text in _ERRORS:
            fault(number, text, _("a value, not the error of a formula"), _letter(at))
            usable = False
    return usable


def _is_sound(content: bytes, fault: Fault) -> bool:
    """Whether a workbook can be unpacked without harm."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            parts = {entry.filename for entry in entries}
            locked = any(entry.flag_bits & 1 for entry in entries)
    except BROKEN:
        fault(0, "", _broken())
        return False
    if locked:
        fault(0, "", _("a workbook without a password"))
        return False
    if len(entries) > MOST_ENTRIES:
        fault(0, str(len(entries)), _("a workbook of at most %(most)s parts", most=MOST_ENTRIES))
        return False
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(len(content), 1_000):
        expected = _("a workbook that does not unpack to far more than it is")
        fault(0, f"{unpacked // 1024**2} MB", expected)
        return False
    if "[Content_Types].xml" not in parts:
        fault(
            0,
            "",
            _("an XLSX or CSV file; this is %(format)s: save it as one of them", format="ZIP"),
        )
        return False
    if not any(part.startswith("xl/workbook") for part in parts):
        fault(0, "", _("an XLSX or CSV file; this is another Office document"))
        return False
    return True


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(
            _FORMULA.search(archive.read(entry))
            for entry in archive.infolist()
            if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml")
        )


def _formulas(content: bytes, sheet: str) -> dict[int, list[tuple[int, str]]]:
    """Column and text of the formulas in each row of a sheet."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True)
    page = book[sheet]
    page.reset_dimensions()
    found: dict[int, list[tuple[int, str]]] = {}
    for number, cells in enumerate(page.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        for at, cell in enumerate(cells):
            if cell.data_type == "f":
                found.setdefault(number, []).append((at, str(cell.value)[:80]))
    book.close()
    return found


def _text(cell: Any) -> str:
    """What a cell shows, exactly: dates as in ISO 8601, per cent with their sign."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        exact = _computed(value) if isinstance(value, float) else Decimal(value)
        if exact.is_finite() and "%" in str(cell.number_format):
            return f"{_plain(exact * 100)}%"
        return _plain(exact)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)


def _computed(value: float) -> Decimal:
    """A spreadsheet's number as we can keep it: to the millionth, halves away from zero.

    Fifteen digits are what a spreadsheet itself keeps; a third is computed, nobody typed it.
    """
    exact = Decimal(format(value, ".15g"))
    if not exact.is_finite() or abs(exact) >= MOST:
        return exact
    return exact.quantize(MILLIONTH, ROUND_HALF_UP)


def _plain(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > 40:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _letter(at: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(at + 1))


def _broken() -> str:
    return str(_("an XLSX workbook that can be opened; this one is damaged: save it anew"))
