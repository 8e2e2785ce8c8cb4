"""How the columns of somebody's table are meant: guessed from headings, corrected by people.

A table is long (a row is a partner, a KPI, a target, a figure) or wide: a row holds the figures of
several periods, partners or KPIs, one column each.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Table
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from babel.dates import get_month_names
from flask_babel import gettext as _

from app.core.kpis.imports.kinds import (
    CODES,
    COLUMNS,
    DATES,
    KINDS,
    TEXTS,
    Columns,
    columns_of,
)

IGNORE = ""
WIDE = ("period", "partner_code", "kpi_code")  # what a column of figures may stand for
LEFT_OUT = "import_problem"  # the column that we add to rows which were left out
MOST_HEADER_ROW = 50
_ALIASES = {
    "code": ("partner", "kpi", "id", "key", "number", "no", "short name"),
    "name": ("title", "partner name", "kpi name", "company", "organisation", "organization"),
    "type": ("partner type", "kind"),
    "status": ("state", "stage"),
    "currency": ("curr", "ccy"),
    "start_date": ("start", "since", "partner since", "from"),
    "contact_name": ("contact", "contact person"),
    "contact_email": ("email", "e-mail", "mail", "contact e-mail", "contact email"),
    "tags": ("tag", "labels", "keywords"),
    "legal_name": ("legal name", "registered name", "firma"),
    "website": ("web", "url", "homepage"),
    "maturity": ("maturity",),
    "regions": ("region", "country", "countries", "area"),
    "partner_code": ("partner", "partner id", "company", "supplier", "client", "carrier"),
    "kpi_code": ("kpi", "metric", "measure", "indicator", "kpi name"),
    "period": ("month", "quarter", "year", "date", "week", "time"),
    "value": ("actual", "figure", "result", "amount", "total"),
    "numerator": ("num",),
    "denominator": ("den", "denom", "base"),
    "note": ("notes", "comment", "comments", "remark", "remarks"),
    "target": ("goal", "plan", "budget"),
    "threshold": ("minimum", "amber from"),
    "baseline": ("base line", "last year", "before"),
    "unit": ("units",),
    "description": ("definition", "meaning"),
    "frequency": ("cycle", "interval"),
    "value_type": ("format",),
}
_TELLING = {  # columns that only one kind has
    "targets": ("target", "threshold", "baseline", "band_lo", "band_hi", "weight"),
    "values": ("value", "numerator", "denominator"),
    "kpis": ("value_type", "direction", "aggregation", "frequency", "category"),
    "partners": ("currency", "contact_email", "start_date", "status", "type"),
}
_GROUPED = {
    "point": re.compile(r"[+-]?\d{1,3}([ ,'\u2019\u00a0\u2009\u202f]\d{3})+(\.\d+)?%?"),
    "comma": re.compile(r"[+-]?\d{1,3}([ .'\u2019\u00a0\u2009\u202f]\d{3})+(,\d+)?%?"),
}
_BOTH = {
    "point": re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+%?"),
    "comma": re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+%?"),
}
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}%?")
_WITH_POINT = re.compile(r"[+-]?\d+\.\d+%?")
_WITH_COMMA = re.compile(r"[+-]?\d+,\d+%?")
_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_QUARTER = re.compile(r"(?:q([1-4])[ /-]*(\d{4})|(\d{4})[ /-]*q([1-4]))", re.IGNORECASE)
_MONTH = re.compile(r"(?:(\d{1,2})[./](\d{4})|(\d{4})[./](\d{1,2}))")
_NAMED = re.compile(r"([^\W\d]{3,12})\.?[ -]*(\d{4}|\d{2})")
_PERIOD = re.compile(r"(FY)?\d{4}(-(W\d{2}|\d{2}|Q[1-4]|H[12]))?", re.IGNORECASE)
_LANGUAGES = ("en", "de", "fr", "es", "nl", "it")

Fault = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a table holds: the meaning of each column, and what is the same for all its rows.

    A column means one of the kind's own ("value"), nothing (""), or a whole series of figures
    ("=period:2013-01", "=partner_code:NORD", "=kpi_code:REV").
    """

    kind: str
    columns: tuple[str, ...]
    constants: Table[str, str] = field(default_factory=dict)
    decimal: str = "point"  # or "comma"; empty: it cannot be told
    dates: str = "ymd"  # or "dmy", "mdy"
    header_row: int = 1

    def as_json(self) -> str:
        """The mapping as it is stored."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def wide(self) -> str:
        """What the columns of figures stand for; empty in a long table."""
        return next(
            (column[1:].partition(":")[0] for column in self.columns if column[:1] == "="), ""
        )


def from_json(text: str) -> Mapping:
    """A stored mapping."""
    given: dict[str, Any] = json.loads(text)
    return Mapping(**(given | {"columns": tuple(given["columns"])}))


def likely_header(head: Sequence[Sequence[str]]) -> int:
    """The number of the row that holds the headings: the first with two cells, else the first."""
    for number, cells in enumerate(head, start=1):
        if sum(bool(cell.strip()) for cell in cells) > 1:
            return number
    return 1


def choices(kind: str, heading: str) -> list[str]:
    """Everything that a column of this heading can mean in a table of a kind."""
    found = [IGNORE, *columns_of(kind).all]
    if kind == "values" and heading.strip():
        found += [f"={name}:{heading.strip()[:60]}" for name in WIDE]
    return found


def signature(header: Sequence[str]) -> str:
    """What tables with the same headings have in common."""
    return hashlib.sha256(json.dumps([_plain(cell) for cell in header]).encode()).hexdigest()


def own_kind(header: Sequence[str]) -> str:
    """The kind whose own columns the header row names; empty where it is none of them."""
    names = {cell.strip().casefold() for cell in header}
    for kind in KINDS:
        columns = columns_of(kind)
        distinct = set(columns.optional) & names or kind in ("partners", "kpis")
        if set(columns.required) <= names and distinct and names <= {*columns.all, ""}:
            return kind
    return ""


def guess(
    header: Sequence[str],
    samples: Sequence[Sequence[str]],
    *,
    partners: set[str],
    kpis: set[str],
    header_row: int = 1,
    kind: str = "",
    known: Callable[[str], Columns] = columns_of,
) -> Mapping:
    """The likeliest meaning of a table, from its headings and some rows.

    `partners` and `kpis` are the codes that exist, in capitals; `kind` is what people have said;
    `known` tells the columns of a kind.
    """
    wide = _wide_columns(header, partners, kpis) if kind in ("", "values") else {}
    kind = kind or ("values" if wide else _kind(header))
    columns: list[str] = []
    for at, cell in enumerate(header):
        free = [name for name in known(kind).all if name not in columns]
        columns.append(wide.get(at) or _column(free, cell, samples, at, partners, kpis))
    cells = [cell for row in samples for cell in row]
    return Mapping(kind, tuple(columns), {}, _decimal(cells), _dates(cells), header_row)


def checked(mapping: Mapping, cells: Sequence[str], fault: Fault) -> list[str]:
    """The header of a mapped table; empty, and named, where the mapping does not fit it."""
    known = {*columns_of(mapping.kind).all, IGNORE}
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    if width > len(mapping.columns):
        expected = _("%(count)s columns, as when they were matched", count=len(mapping.columns))
        fault(mapping.header_row, str(width), expected)
        return []
    wide = [column for column in mapping.columns if column[:1] == "="]
    named = [column for column in mapping.columns if column and column[:1] != "="]
    for column in sorted({name for name in named if named.count(name) > 1}):
        fault(mapping.header_row, column, _("each column once"), column)
        return []
    if any(column not in known for column in named):
        fault(mapping.header_row, ", ".join(named), _("columns of this kind of table"))
        return []
    if not mapping.decimal:
        fault(mapping.header_row, "", _("a choice of how numbers look: 1.000 may be one or many"))
        return []
    have = {*named, *mapping.constants, mapping.wide}
    missing = [name for name in columns_of(mapping.kind).required if name not in have]
    has_figure = wide or "value" in have or {"numerator", "denominator"} <= have
    if mapping.kind == "values" and not has_figure:
        missing.append("value")
    for name in missing:
        expected = _("a column for %(name)s, or one value for all rows", name=name)
        fault(mapping.header_row, "", expected, name)
    return [] if missing else list(mapping.columns)


def apply(mapping: Mapping, cells: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of our own columns that one row of a mapped table holds."""
    row = dict(mapping.constants)
    series: list[tuple[str, str, str]] = []
    for meaning, cell in zip(mapping.columns, cells, strict=False):
        text = cell.strip()
        if not meaning:
            continue
        if meaning[0] == "=":
            name, _colon, key = meaning[1:].partition(":")
            if text:
                series.append((name, key, text))
            continue
        if text or meaning not in row:
            row[meaning] = _normal(meaning, text, mapping)
    for name in mapping.columns[len(cells) :]:
        if name and name[0] != "=":
            row.setdefault(name, "")
    if not mapping.wide:
        yield row
        return
    for name, key, text in series:
        yield row | {name: _normal(name, key, mapping), "value": _normal("value", text, mapping)}


def period_text(text: str) -> str:
    """A period as the import writes it, from the ways in which spreadsheets do: Jan 2013, Q1 2013.

    What is none of them is returned as it is.
    """
    written = text.strip()
    if len(written) > 30 or _PERIOD.fullmatch(written):
        return written
    if match := _QUARTER.fullmatch(written):
        return f"{match[2] or match[3]}-Q{match[1] or match[4]}"
    if match := _MONTH.fullmatch(written):
        return f"{match[2] or match[3]}-{int(match[1] or match[4]):02}"
    if match := _NAMED.fullmatch(written):
        month = _months().get(match[1].casefold())
        year = match[2] if len(match[2]) == 4 else f"20{match[2]}"
        return f"{year}-{month:02}" if month else written
    return written


def _normal(name: str, text: str, mapping: Mapping) -> str:
    """A cell in the import's own way of writing; what cannot be told apart stays as it is."""
    if not text or name in TEXTS:
        return text
    if name == "period":
        return period_text(_iso(text, mapping.dates))
    if name in DATES:
        return _iso(text, mapping.dates)
    if name in CODES:
        return text
    if _GROUPED[mapping.decimal or "point"].fullmatch(text):
        text = re.sub(
            r"[ ,'\u2019\u00a0\u2009\u202f]"
            if mapping.decimal != "comma"
            else r"[ .'\u2019\u00a0\u2009\u202f]",
            "",
            text,
        )
    if mapping.decimal == "comma" and (_WITH_COMMA.fullmatch(text)):
        return text.replace(",", ".")
    return text


def _iso(text: str, order: str) -> str:
    """A date as in ISO 8601, from the order in which the table writes days and months."""
    match = _DATE.fullmatch(text)
    if match is None or order == "ymd":
        return text
    day, month = (match[1], match[2]) if order == "dmy" else (match[2], match[1])
    return f"{match[3]}-{int(month):02}-{int(day):02}"


def _wide_columns(header: Sequence[str], partners: set[str], kpis: set[str]) -> dict[int, str]:
    """Two columns or more that are all periods, all partners or all KPIs."""
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("period", lambda cell: bool(_PERIOD.fullmatch(period_text(cell)))),
        ("partner_code", lambda cell: cell.upper() in partners),
        ("kpi_code", lambda cell: cell.upper() in kpis),
    )
    for name, test in tests:
        at = [number for number, cell in enumerate(header) if test(cell.strip())]
        if len(at) > 1:
            return {number: f"={name}:{header[number].strip()[:60]}" for number in at}
    return {}


def _kind(header: Sequence[str]) -> str:
    names = {_plain(cell) for cell in header}

    def weight(kind: str) -> int:
        telling = [name for name in _TELLING[kind] if _words(name) & names]
        required = [name for name in COLUMNS[kind].required if _words(name) & names]
        return 2 * len(telling) + len(required)

    # Of two that fit alike, figures are what is imported most.
    return max(("values", *(kind for kind in KINDS if kind != "values")), key=weight)


def _column(
    free: Sequence[str],
    cell: str,
    samples: Sequence[Sequence[str]],
    at: int,
    partners: set[str],
    kpis: set[str],
) -> str:
    """Which of the columns still free a heading means; where it says nothing, its cells may."""
    plain = _plain(cell)
    if not plain or plain == _plain(LEFT_OUT):
        return IGNORE
    for name in free:
        if plain == _plain(name):
            return name
    for name in free:
        if plain in _words(name):
            return name
    below = {row[at].strip().upper() for row in samples if at < len(row) and row[at].strip()}
    for name, codes in (("partner_code", partners), ("kpi_code", kpis)):
        if name in free and below and below <= codes:
            return name
    return IGNORE


@lru_cache(maxsize=64)
def _words(name: str) -> frozenset[str]:
    return frozenset((_plain(name), *(_plain(alias) for alias in _ALIASES.get(name, ()))))


def _plain(cell: str) -> str:
    """A heading without case, blanks and marks."""
    return re.sub(r"[\W_]+", " ", cell[:200]).strip().casefold()


def _decimal(cells: Sequence[str]) -> str:
    """The mark of decimals that the cells show; empty where 1.000 may be one or a thousand."""
    comma = sum(bool(_WITH_COMMA.fullmatch(c) or _BOTH["comma"].fullmatch(c)) for c in cells)
    grouped = sum(bool(_THOUSANDS.fullmatch(c)) for c in cells)
    point = sum(bool(_WITH_POINT.fullmatch(c)) for c in cells) - grouped
    point += sum(bool(_BOTH["point"].fullmatch(c)) for c in cells)
    if comma or point:
        return "comma" if comma > point else "point"
    return "" if grouped else "point"


def _dates(cells: Sequence[str]) -> str:
    found = [match for cell in cells if (match := _DATE.fullmatch(cell.strip()))]
    if not found:
        return "ymd"
    return "mdy" if any(int(match[2]) > 12 for match in found) else "dmy"


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """The names of the months in the languages that spreadsheets come in."""
    found: dict[str, int] = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=language).items():
                found.setdefault(name.rstrip(".").casefold(), number)
    return found
