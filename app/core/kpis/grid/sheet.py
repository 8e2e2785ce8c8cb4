"""A grid as it is shown: each cell with its text, its state and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from babel.numbers import get_currency_symbol, is_currency
from flask_babel import get_locale
from flask_babel import gettext as _

from app.core.kpis import rules
from app.core.kpis.figures import check_figure, needs_parts
from app.core.kpis.grid.cells import Reading, cell_text, read_cell
from app.core.kpis.grid.columns import Column
from app.core.kpis.grid.queries import NOTHING, Draft, Key, Stand
from app.core.kpis.presentation import decimal_mark, is_percentage, quantity, shown_figure
from app.core.kpis.queries import KpiRow
from app.core.kpis.queries.figures import TargetRow
from app.core.kpis.rules import Definition, ValueType
from app.core.kpis.totals import Figure
from app.core.periods import Calendar
from app.core.refusals import Refusal


class Row(NamedTuple):
    """A row as a page asks for it: one KPI of one partner."""

    partner_id: int
    kpi: KpiRow
    label: str
    sub: str
    url: str
    currency: str
    since: date | None  # the partner's first import: what was due before is never late
    barred: str | None = None  # why nothing can be entered in it; None where it can


@dataclass(slots=True)
class Cell:
    """One figure: what its input holds, or the text of one that cannot be entered."""

    key: Key
    stand: Stand
    text: str
    label: str  # of its column
    editable: bool
    state: str = ""  # waits, returned, late, due, locked; draft, bad
    note: str = ""
    error: str = ""
    entered: bool = False  # differs from what stands
    figure: Figure | None = None  # what was entered, where it can be read

    @property
    def name(self) -> str:
        """The input's name: which figure it is of, and the revision that was seen there."""
        partner_id, kpi_id, period = self.key
        return f"{partner_id}.{kpi_id}.{period}.{self.stand.revision_id}"

    @property
    def id(self) -> str:
        """Where links to the cell lead."""
        return "cell-{}-{}-{}".format(*self.key)

    @property
    def restates(self) -> bool:
        """Whether an approved figure would be replaced."""
        return self.entered and self.stand.current is not None


@dataclass(slots=True)
class Line:
    """A row with its cells."""

    row: Row
    cells: list[Cell]
    target: str  # of the latest period that has one
    mode: str  # the keyboard of a phone


@dataclass(slots=True)
class Sheet:
    """The whole grid."""

    columns: Sequence[Column]
    lines: list[Line]

    @property
    def cells(self) -> Iterator[Cell]:
        """Every cell, row by row."""
        return (cell for line in self.lines for cell in line.cells)

    @property
    def entered(self) -> list[Cell]:
        """The cells that differ from what stands."""
        return [cell for cell in self.cells if cell.entered]

    @property
    def faulty(self) -> list[tuple[Line, Cell]]:
        """The cells that something is wrong with."""
        return [(line, cell) for line in self.lines for cell in line.cells if cell.error]

    @property
    def writable(self) -> bool:
        """Whether anything can be entered at all."""
        return any(cell.editable for cell in self.cells)


class Typed(NamedTuple):
    """What a form or a draft holds for the grid's cells."""

    texts: Mapping[Key, Draft]
    drafts: bool  # kept from before: what has changed since is told, and refuses nothing
    seen: Mapping[int, tuple[Key, Figure]]  # the figures of revisions that no longer stand there


def build(
    rows: Iterable[Row],
    columns: Sequence[Column],
    stands: Mapping[Key, Stand],
    typed: Typed,
    *,
    calendar: Calendar,
    today: date,
) -> Sheet:
    """The grid of these rows and periods with what was typed into it."""
    lines = []
    for row in rows:
        reading, definition = reading_of(row), row.kpi.definition
        cells, targets = [], []
        for column in columns:
            key = (row.partner_id, row.kpi.id, column.key)
            stand = stands.get(key, NOTHING)
            text = cell_text(stand.shown, reading)
            editable = row.barred is None and not stand.locked and column.begun
            cell = Cell(key, stand, text, column.short, editable)
            _describe(cell, row, column, calendar, today)
            given = typed.texts.get(key)
            if given is not None and editable:
                _enter(cell, row, reading, definition, given, typed)
            elif (
                given is not None
                and not typed.drafts
                and not _untouched(given, key, reading, typed)
            ):
                _fault(cell, _("This can no longer be entered here: %(text)s", text=given.text))
            targets.append(_target(stand.target, row))
            cells.append(cell)
        common = next((target for target in reversed(targets) if target), "")
        for cell, target in zip(cells, targets, strict=True):
            if target and target != common:
                cell.note = f"{cell.note} · {target}" if cell.note else target
        lines.append(Line(row, cells, common, _keyboard(reading)))
    return Sheet(columns, lines)


def reading_of(row: Row) -> Reading:
    """How the cells of a row are read."""
    kpi = row.kpi
    definition = kpi.definition
    return Reading(
        decimal_comma=decimal_mark() == ",",
        percentage=is_percentage(kpi),
        parts=needs_parts(definition),
        may_have_parts=definition.value_type is ValueType.PERCENT,
        labels=tuple(kpi.label_list) if definition.value_type is ValueType.ORDINAL else (),
        signs=_signs(kpi.value_type, kpi.unit, row.currency, str(get_locale())),
    )


@lru_cache(maxsize=1_024)
def _signs(value_type: str, unit: str, currency: str, locale: str) -> tuple[str, ...]:
    """What may stand beside a number: its currency in every writing, or its unit."""
    money = currency or unit
    if value_type == "money" and is_currency(money):
        symbols = {get_currency_symbol(money, of) for of in (locale, "en", "en_US")}
        return (money, *sorted(symbols - {money}))
    return (unit,) if unit and not any(c.isdigit() for c in unit) else ()


def _describe(cell: Cell, row: Row, column: Column, calendar: Calendar, today: date) -> None:
    """Say what state a cell is in, in a word or two; a figure that counts needs none."""
    stand = cell.stand
    if not cell.editable:
        cell.text = shown_figure(stand.shown, row.kpi, row.currency) if stand.shown else ""
    if stand.locked:
        cell.state, cell.note = "locked", _("locked")
    elif stand.pending_id:
        cell.state, cell.note = "waits", _("awaits approval")
    elif stand.returned is not None:
        cell.state = "returned"
        cell.note = _("returned: %(reason)s", reason=stand.returned)
    elif stand.target is not None and stand.current is None and column.begun:
        due = calendar.end(column.period) + timedelta(days=row.kpi.due_days)
        closed = rules.is_closed(calendar.end(column.period), row.kpi.due_days, today)
        late = closed and not (row.since and due < row.since) and not row.kpi.formula
        cell.state = "late" if late else "due"
        cell.note = _("overdue") if late else _("expected")


def _enter(
    cell: Cell, row: Row, reading: Reading, definition: Definition, given: Draft, typed: Typed
) -> None:
    """Put what was typed into a cell, unless it is what stands there or stood there."""
    text, own = given.text.strip(), cell.text
    changed_since = given.seen != cell.stand.revision_id
    if text == own:
        return
    if changed_since and not typed.drafts and _untouched(given, cell.key, reading, typed):
        return  # the page shows what stands there now
    cell.text, cell.entered, cell.state = given.text, True, "draft"
    if not text:
        if not own:
            cell.entered, cell.text, cell.state = False, own, ""
            return
        _fault(cell, _("A figure is corrected, never deleted: type the right one."))
        return
    try:
        cell.figure = read_cell(text, reading)
        check_figure(definition, cell.key[2], cell.figure)
    except Refusal as refusal:
        _fault(cell, _(refusal.message, **refusal.params))
        return
    stand = cell.stand
    if cell.figure == stand.shown:  # 12 or 12.0
        cell.entered, cell.text, cell.state = False, own, ""
        return
    cell.note = _("draft")
    if text != cell_text(cell.figure, reading):
        read_as = shown_figure(cell.figure, row.kpi, row.currency)
        cell.note = _("draft: %(figure)s", figure=read_as)
    if changed_since:
        now = shown_figure(stand.shown, row.kpi, row.currency) if stand.shown else _("nothing")
        words = _("Changed meanwhile: it is now %(figure)s.", figure=now)
        if typed.drafts:
            cell.note = f"{cell.note} · {words}"
        else:
            _fault(cell, words + " " + _("Submit again to replace it."))


def _untouched(given: Draft, key: Key, reading: Reading, typed: Typed) -> bool:
    """Whether a cell holds what stood there when the page was opened."""
    of, figure = typed.seen.get(given.seen, (key, None))
    return of == key and given.text.strip() == cell_text(figure, reading)


def _fault(cell: Cell, words: str) -> None:
    cell.error, cell.state, cell.note, cell.figure = words, "bad", "", None


def _target(target: TargetRow | None, row: Row) -> str:
    """What a figure is held against: ≥ 98%, ≤ 5 min, 30 to 40."""
    if target is None:
        return ""
    kpi, currency = row.kpi, row.currency
    if target.band_lo is not None and target.band_hi is not None:
        low, high = (quantity(b, kpi, currency) for b in (target.band_lo, target.band_hi))
        return _("%(low)s to %(high)s", low=low, high=high)
    if target.target is None:
        return ""
    sign = "≤" if kpi.direction == "lower" else "≥"
    return f"{sign} {quantity(target.target, kpi, currency)}"


def _keyboard(reading: Reading) -> str:
    """Digits alone where no slash, per cent sign or word is needed."""
    return "text" if reading.parts or reading.percentage or reading.labels else "decimal"
