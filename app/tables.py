"""Lists as files: any list of a page as CSV or XLSX, with the page's own filters and permissions.

A page's view asks `wanted()` whether its address asks for a file, and answers with `download`.
What looks like a formula leaves with an apostrophe before it, which an import takes away again
(OWASP ASVS 5.0, 1.2.10).
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from flask import Response, g, request, send_file, stream_with_context

from app.core import audit
from app.core.db import atomic
from app.core.quantities import MILLION

Cell: TypeAlias = str | int | float | Decimal | Fraction | date | datetime | bool | None

FORMATS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
MOST_CHARACTERS = 32_767  # of one cell of a spreadsheet
MOST_ROWS = 1_000_000  # of one sheet
_ROWS_AT_ONCE = 500
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLACES = Decimal("0.000000000001")


class Column(NamedTuple):
    """A column of a file: its heading, and the cell that it takes from a row."""

    title: str
    value: Callable[[Any], Cell]


def wanted() -> str:
    """The format in which this page's address asks for its list as a file; empty: as a page."""
    asked = request.args.get("download", "")
    return asked if asked in FORMATS else ""


def amount(millionths: int | None) -> Decimal | None:
    """A stored quantity as the number that a file holds; unknown is an empty cell."""
    return None if millionths is None else Decimal(millionths) / MILLION


def exact(value: Fraction | None) -> Decimal | None:
    """A computed figure as the number that a file holds, to twelve decimals."""
    if value is None:
        return None
    found = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PLACES)
    return found.normalize() if found else Decimal(0)


def download(rows: Iterable[Any], columns: Sequence[Column], name: str, kind: str) -> Response:
    """The rows as a file of a format of `FORMATS`, called `name` and today's date.

    CSV is UTF-8 with a byte order mark and lines as RFC 4180 has them, sent row by row; XLSX is
    written first. The export leaves a row in the audit.
    """
    if kind not in FORMATS:
        raise ValueError(f"no format is called {kind!r}")
    with atomic():
        count = len(rows) if isinstance(rows, Sized) else None
        detail = {"format": kind, "rows": count, "columns": len(columns)}
        audit.record("list.exported", f"list:{name}"[:80], detail)
    file_name = f"{name}-{g.organisation.today().isoformat()}.{kind}"
    if kind == "xlsx":
        return send_file(
            _workbook(rows, columns, name),
            mimetype=FORMATS[kind],
            as_attachment=True,
            download_name=file_name,
        )
    answer = Response(stream_with_context(csv_text(rows, columns)), mimetype=FORMATS[kind])
    answer.headers.set("Content-Disposition", "attachment", filename=file_name)
    return answer


def csv_text(rows: Iterable[Any], columns: Sequence[Column]) -> Iterator[str]:
    """A CSV file in pieces: heading first, so many rows at a time."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow([safe(str(column.title)) for column in columns])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_written(column.value(row)) for column in columns])
        if number % _ROWS_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def safe(text: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe stands before what looks like a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _written(cell: Cell) -> str:
    """A cell as CSV text: numbers with a point, dates as in ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Fraction):
        cell = exact(cell)
    if isinstance(cell, Decimal):
        return f"{cell:f}"  # money brings the decimals of its currency along
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, int | float | date):
        return str(cell)
    return safe(str(cell).replace("\0", ""))


def _workbook(rows: Iterable[Any], columns: Sequence[Column], name: str) -> Any:
    """An XLSX file of one sheet, written row by row."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[^\w -]", " ", name)[:31].strip() or "list")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        width = min(40, max(12, len(str(column.title)) + 2))
        sheet.column_dimensions[get_column_letter(number)].width = width
    heading = []
    for column in columns:
        cell = WriteOnlyCell(sheet, safe(_visible(str(column.title))))
        cell.font = Font(bold=True)
        heading.append(cell)
    sheet.append(heading)
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            break
        sheet.append([_stored(column.value(row)) for column in columns])
    file = io.BytesIO()  # what is packed; rows went to disk one by one
    book.save(file)
    file.seek(0)
    return file


def _stored(cell: Cell) -> Any:
    """A cell as a spreadsheet stores it: numbers and dates as such, all else as safe text."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Fraction):
        return exact(cell)
    if cell is None or isinstance(cell, int | float | Decimal | datetime | date | time):
        return cell
    return safe(_visible(str(cell)))[:MOST_CHARACTERS]


def _visible(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NO_XML.sub("", text)
