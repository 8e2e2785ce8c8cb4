"""The tables of a draft: found in its files, each with the likeliest meaning of its columns."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from flask_babel import gettext as _

from app.core.kpis.imports import mapping as mappings
from app.core.kpis.imports import sheets, tables
from app.core.kpis.imports.mapping import Mapping
from app.core.kpis.imports.models import ImportDraft, ImportMapping
from app.core.kpis.imports.problems import Problems
from app.core.kpis.models import Kpi
from app.core.partners.models import Partner

HEAD = 12  # rows of a table that are shown for matching
LONGEST_SHOWN = 80


class Table(NamedTuple):
    """A table of a draft: where it is, how it begins, how its columns are meant."""

    file: int
    name: str
    sheet: str
    head: list[list[str]]
    mapping: Mapping | None  # None: the file is in our own format
    kind: str
    skipped: bool = False
    known: bool = False  # matched as the last time

    @property
    def header(self) -> list[str]:
        """The row of headings."""
        at = self.mapping.header_row if self.mapping else 1
        return self.head[at - 1] if at <= len(self.head) else []

    @property
    def samples(self) -> list[list[str]]:
        """Some rows below the headings."""
        return self.head[self.mapping.header_row if self.mapping else 1 :]

    @property
    def title(self) -> str:
        """How pages name this table."""
        return f"{self.name} · {self.sheet}" if self.sheet else self.name


def tables_of(draft: ImportDraft) -> list[Table]:
    """The tables of a draft."""
    return [
        Table(
            **(
                row
                | {
                    "mapping": mappings.from_json(json.dumps(row["mapping"]))
                    if row["mapping"]
                    else None
                }
            )
        )
        for row in json.loads(draft.tables)
    ]


def tables_in(
    n: int, name: str, content: bytes, source: str, kind: str, problems: Problems
) -> Iterator[Table]:
    """The tables that a file holds, each with its likeliest mapping."""

    def fault(row: int, value: str, expected: str, column: str = "") -> None:
        problems.add(name, row, column, value, expected)

    workbook = sheets.is_workbook(name, content) and len(content) <= tables.MOST_BYTES
    pages = sheets.names(content, fault) if workbook else [""]
    several = len(pages) > 1
    for page in pages:
        before = len(problems.found)
        head = _head(name, content, page, fault)
        if len(problems.found) > before:
            return
        if not any(any(row) for row in head):
            if several:
                continue  # an empty sheet beside others
            fault(0, "", _("a header row and rows below it; the file is empty"))
            return
        yield _table(n, name, page if several else "", head, source, kind)


def _table(n: int, name: str, sheet: str, head: list[list[str]], source: str, kind: str) -> Table:
    own = mappings.own_kind(head[0])
    if own and kind in ("", own):
        return Table(n, name, sheet, head, None, own)
    header_row = mappings.likely_header(head)
    header = head[header_row - 1]
    remembered = ImportMapping.get_or_none(
        ImportMapping.source == source, ImportMapping.signature == mappings.signature(header)
    )
    if remembered and not kind:
        found = mappings.from_json(remembered.mapping)
        if found.header_row == header_row:
            return Table(n, name, sheet, head, found, found.kind, known=True)
    found = guess(head, header_row, kind)
    return Table(n, name, sheet, head, found, found.kind)


def guess(head: list[list[str]], header_row: int, kind: str = "") -> Mapping:
    """The likeliest mapping of a table whose headings stand in a row."""
    return mappings.guess(
        head[header_row - 1],
        head[header_row:],
        partners={row[0] for row in Partner.select(Partner.code).tuples()},
        kpis={row[0] for row in Kpi.select(Kpi.code).tuples()},
        header_row=header_row,
        kind=kind,
    )


def _head(name: str, content: bytes, sheet: str, fault: tables.Fault) -> list[list[str]]:
    """The first rows of a table, cut to what a page shows."""
    found: list[list[str]] = []
    rows = tables.raw_rows(name, content, sheet, fault)
    for number, cells, _comma in rows:
        while len(found) < number - 1 and len(found) < HEAD:
            found.append([])  # a row that could not be used keeps its number
        found.append([cell.strip()[:LONGEST_SHOWN] for cell in cells[: sheets.MOST_COLUMNS]])
        if len(found) >= HEAD:
            break
    return found[:HEAD]
