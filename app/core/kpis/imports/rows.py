"""From rows of text to checked rows: each cell that cannot be used is named."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from peewee import JOIN

from app.core import money
from app.core.kpis.figures import TargetFigures, check_figure, check_target
from app.core.kpis.imports.cells import Cells, said
from app.core.kpis.imports.problems import Problems
from app.core.kpis.imports.tables import Row
from app.core.kpis.known import definition
from app.core.kpis.models import Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rules import Definition
from app.core.kpis.services.definitions import KpiDraft, check_draft
from app.core.kpis.totals import Figure
from app.core.partners.fields.queries import definitions
from app.core.partners.fields.rules import Field, FieldRefusal, Parsed, parse
from app.core.partners.models import MATURITIES, STATUSES, TYPES, Partner
from app.core.periods import FIRST_YEAR, LAST_YEAR, Calendar, Period
from app.core.quantities import MILLION
from app.core.refusals import Refusal

_EMAIL = re.compile(r"[^@\s,;<>()\"]{1,64}@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]{2,}")
_WEB = re.compile(r"https?://[^\s<>\"]{3,290}")
MOST_WORD, MOST_WORDS = 60, 20  # characters of a tag or region, and how many of them
_WORDS = ("category", "value_type", "direction", "nature", "aggregation", "frequency")
_YES, _NO = ("yes", "true", "1", "y"), ("no", "false", "0", "n", "")


class PartnerDraft(NamedTuple):
    """A partner as a file has it."""

    code: str
    name: str
    type: str
    status: str
    currency: str
    start_date: date | None
    contact_name: str
    contact_email: str
    tags: tuple[str, ...]
    legal_name: str
    website: str
    maturity: str
    regions: tuple[str, ...]
    fields: dict[int, Parsed]  # custom ones, by id
    columns: frozenset[str]  # those that the file has


class TargetDraft(NamedTuple):
    """A target as a file has it."""

    partner: str
    kpi: str
    period: int
    figures: TargetFigures


class ValueDraft(NamedTuple):
    """A figure as a file has it."""

    partner: str
    kpi: str
    period: int
    figure: Figure
    note: str
    file: str
    row: int


class KpiRecord(NamedTuple):
    """A KPI as a file has it, with the columns that the file has."""

    draft: KpiDraft
    columns: frozenset[str]
    file: str
    row: int


@dataclass(slots=True)
class Rows:
    """Everything that the files of one import hold, and what they may refer to."""

    calendar: Calendar
    problems: Problems
    partners: dict[str, PartnerDraft] = field(default_factory=dict)
    kpis: dict[str, KpiRecord] = field(default_factory=dict)
    targets: dict[tuple[str, str, int], TargetDraft] = field(default_factory=dict)
    values: dict[tuple[str, str, int], ValueDraft] = field(default_factory=dict)
    known_partners: set[str] = field(default_factory=set)
    fields: list[Field] = field(default_factory=list)  # custom ones of partners
    merged: dict[str, str] = field(default_factory=dict)  # code of a merged partner: of the kept
    redirected: set[str] = field(default_factory=set)  # those of them that the files name
    former_targets: dict[tuple[str, str, int], TargetFigures] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    stored_partners: set[str] = field(default_factory=set)
    stored: dict[str, Kpi] = field(default_factory=dict)
    definitions: dict[str, tuple[Definition, tuple[str, ...], str]] = field(default_factory=dict)
    derived: set[str] = field(default_factory=set)  # codes of KPIs that a formula works out
    places: dict[tuple[Any, ...], tuple[str, int]] = field(default_factory=dict)
    periods: dict[str, Period | str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows there are of all kinds."""
        return len(self.partners) + len(self.kpis) + len(self.targets) + len(self.values)

    def label(self, period: int) -> str:
        """A period as people write it."""
        if period not in self.labels:
            self.labels[period] = self.calendar.label(Period.from_key(period))
        return self.labels[period]

    def load(self) -> None:
        """Read what stands already: partners' codes and KPIs."""
        self.fields = definitions()
        kept = Partner.alias("kept")
        standing = Partner.select(Partner.code, kept.code).join(
            kept, JOIN.LEFT_OUTER, on=(Partner.merged_into == kept.id)
        )
        for code, now in standing.tuples():
            self.known_partners.add(code)
            if now is not None:
                self.merged[code] = now
        self.stored_partners = set(self.known_partners)
        for kpi in Kpi.select():
            self.stored[kpi.code] = kpi
            self._define(kpi)

    def _define(self, kpi: Kpi | KpiDraft) -> None:
        rule = definition(kpi.direction, kpi.aggregation, kpi.frequency, kpi.value_type, kpi.labels)
        labels = tuple(label.casefold() for label in kpi.labels.splitlines())
        self.definitions[kpi.code] = rule, labels, kpi.unit
        self.derived.discard(kpi.code)
        if kpi.formula:
            self.derived.add(kpi.code)

    def leave_out_dependents(self) -> None:
        """Name what refers to a partner or KPI whose own row is wrong, and leave it out."""
        here = {*self.stored, *self.kpis}
        there = self.stored_partners | set(self.partners)
        for kind, part in (("target", self.targets), ("value", self.values)):
            for key in [k for k in part if k[0] not in there or k[1] not in here]:
                column, value = ("partner_code", key[0])
                if key[0] in there:
                    column, value = ("kpi_code", key[1])
                del part[key]  # type: ignore[attr-defined]
                file, number = self.places[(kind, *key)]
                expected = _("a row whose partner and KPI are right themselves")
                self.problems.add(file, number, column, value, expected)

    def add(self, row: Row) -> None:
        """Check one row and keep it; its faults go to `problems`."""
        _ADD[row.source.kind](self, Cells(row, self.problems))


def _partner(rows: Rows, cells: Cells) -> None:
    code = cells.code("code")
    name = cells.text("name", 200, needed=True)
    type_ = cells.choice("type", TYPES)
    status = cells.choice("status", STATUSES)
    currency = cells.cells.get("currency", "").upper()
    try:
        money.exponent(currency)
    except Refusal as refusal:
        cells.refused(refusal, "currency")
    email = cells.text("contact_email", 254)
    if email and not _EMAIL.fullmatch(email):
        cells.fault("contact_email", _("one e-mail address such as kim@example.org"))
    contact = cells.text("contact_name", 200)
    if contact and not email:
        cells.fault("contact_email", _("the address of the contact named beside it"))
    tags = _listed(cells, "tags")
    maturity = cells.cells.get("maturity", "").casefold()
    if maturity and maturity not in MATURITIES:
        cells.choice("maturity", MATURITIES)
    website = cells.text("website", 300)
    if website and not _WEB.fullmatch(website):
        cells.fault("website", _("a whole address such as https://example.org"))
    draft = PartnerDraft(
        code,
        name,
        type_,
        status,
        currency,
        _date(cells, "start_date"),
        contact,
        email,
        tags,
        cells.text("legal_name", 200),
        website,
        maturity,
        _listed(cells, "regions"),
        _fields(rows, cells),
        frozenset(cells.cells),
    )
    once = _once(rows, cells, ("partner", code), "code")
    if code in rows.merged:
        rows.redirected.add(code)  # its facts were chosen when it was merged: they stay
    elif once and cells.sound:
        rows.partners[code] = draft
    rows.known_partners.add(code)


def _listed(cells: Cells, column: str) -> tuple[str, ...]:
    """Words that stand between semicolons, each once, in order."""
    found = tuple(sorted({word.strip() for word in cells.cells.get(column, "").split(";")} - {""}))
    if any(len(word) > MOST_WORD for word in found) or len(found) > MOST_WORDS:
        cells.fault(
            column,
            _(
                "at most %(many)s words of at most %(most)s characters, separated by ;",
                many=MOST_WORDS,
                most=MOST_WORD,
            ),
        )
    return found


def _fields(rows: Rows, cells: Cells) -> dict[int, Parsed]:
    """What the row has in the columns of custom fields."""
    found: dict[int, Parsed] = {}
    for one in rows.fields:
        if one.column in cells.cells:
            text = cells.cells[one.column]
            try:
                found[one.id] = parse(one, text, decimal_comma=cells.row.decimal_comma)
            except FieldRefusal as refusal:
                cells.refused(refusal, one.column)
    return found


def _date(cells: Cells, column: str) -> date | None:
    text = cells.cells.get(column, "")
    if not text:
        return None
    try:
        found = date.fromisoformat(text) if len(text) == 10 and text[4] == "-" else None
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        cells.fault(column, _("a date such as 2013-01-31"))
    return found


def _kpi(rows: Rows, cells: Cells) -> None:
    code = cells.code("code")
    given = cells.cells
    stored = rows.stored.get(code)
    due = given.get("due_days", "")
    if due and not (due.isdecimal() and len(due) < 4):
        cells.fault("due_days", _("a whole number of days from 0 to 365"))
        due = ""
    draft = KpiDraft(
        code=code,
        name=cells.text("name", 200, needed=True),
        **{name: given[name].casefold() for name in _WORDS},
        unit=given.get("unit", stored.unit if stored else ""),
        description=given.get("description", stored.description if stored else ""),
        labels=_labels(given["labels"]) if "labels" in given else stored.labels if stored else "",
        submitter=given.get("submitter", "").casefold() or (stored.submitter if stored else "host"),
        due_days=int(due) if due else stored.due_days if stored else 10,
        active=stored.active if stored else True,
        evidence_required=_flag(cells, "evidence_required")
        if "evidence_required" in given
        else bool(stored and stored.evidence_required),
        data_source=given.get("data_source", stored.data_source if stored else ""),
        formula=given.get("formula", stored.formula if stored else ""),
    )
    if draft.formula:
        draft = replace(draft, submitter="host", evidence_required=False)  # nobody reports it
    if cells.sound:
        try:
            check_draft(draft)
        except KpiRefusal as refusal:
            cells.refused(refusal, refusal.field)
    once = _once(rows, cells, ("kpi", code), "code")
    if once and cells.sound:
        rows.kpis[code] = KpiRecord(
            draft, frozenset(given), cells.row.source.title, cells.row.number
        )
        rows._define(draft)


def _labels(text: str) -> str:
    return "\n".join(label.strip() for label in text.split("<")) if text else ""


def _reference(rows: Rows, cells: Cells) -> tuple[str, str, Period | None]:
    """Partner, KPI and period of a row; what does not exist is named."""
    partner, kpi = cells.cells["partner_code"].upper(), cells.cells["kpi_code"].upper()
    if partner in rows.merged:
        rows.redirected.add(partner)
        partner = rows.merged[partner]
    if partner not in rows.known_partners:
        cells.fault(
            "partner_code", _("the code of a partner that exists or stands in partners.csv")
        )
    if kpi not in rows.definitions:
        cells.fault("kpi_code", _("the code of a KPI that exists or stands in kpis.csv"))
    text = _period_of_day(rows, cells.cells["period"], kpi)
    found = rows.periods.get(text)
    if found is None:
        try:
            found = rows.calendar.parse(text)
        except Refusal as refusal:
            found = said(refusal)
        rows.periods[text] = found
    if isinstance(found, str):
        cells.fault("period", found)
        return partner, kpi, None
    return partner, kpi, found


def _period_of_day(rows: Rows, text: str, kpi: str) -> str:
    """The KPI's period that a day lies in, where a mapped table or workbook gives a day."""
    if len(text) != 10 or kpi not in rows.definitions:
        return text
    try:
        day = date.fromisoformat(text)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            return text
        rule = rows.definitions[kpi][0]
        return rows.calendar.label(rows.calendar.containing(day, rule.frequency))
    except ValueError:
        return text


def _target(rows: Rows, cells: Cells) -> None:
    partner, kpi, period = _reference(rows, cells)
    if not cells.sound or period is None:
        return
    rule, labels, unit = rows.definitions[kpi]
    numbers = {
        name: _figure(cells, name, rule, labels, unit)
        for name in ("target", "threshold", "baseline", "band_lo", "band_hi", "zero_scale")
    }
    weight = cells.number("weight", percent=False, percentage=False)
    figures = TargetFigures(
        **numbers,
        weight=MILLION if weight is None else weight,
        critical=_flag(cells, "critical"),
    )
    if cells.sound:
        _checked(cells, lambda: check_target(rule, period.key, figures))
    key = (partner, kpi, period.key)
    if _once(rows, cells, ("target", *key), "period") and cells.sound:
        rows.targets[key] = TargetDraft(*key, figures)


def _value(rows: Rows, cells: Cells) -> None:
    partner, kpi, period = _reference(rows, cells)
    if kpi in rows.derived:
        cells.fault("kpi_code", _("a KPI that is reported: this one is worked out by its formula"))
    if not cells.sound or period is None:
        return
    rule, labels, unit = rows.definitions[kpi]
    figure = Figure(
        _figure(cells, "value", rule, labels, unit),
        cells.number("numerator", percent=False, percentage=False),
        cells.number("denominator", percent=False, percentage=False),
    )
    note = cells.text("note", 1_000)
    if cells.sound:
        _checked(cells, lambda: check_figure(rule, period.key, figure))
    key = (partner, kpi, period.key)
    if _once(rows, cells, ("value", *key), "period") and cells.sound:
        rows.values[key] = ValueDraft(*key, figure, note, cells.row.source.title, cells.row.number)


def _figure(
    cells: Cells, column: str, rule: Definition, labels: tuple[str, ...], unit: str
) -> int | None:
    if rule.value_type == "ordinal":
        text = cells.cells.get(column, "")
        if not text:
            return None
        if text.casefold() not in labels:
            cells.fault(column, _("one of %(choices)s", choices=", ".join(labels)))
            return None
        return labels.index(text.casefold()) * MILLION
    fraction = rule.value_type in ("percent", "ratio")
    percentage = rule.value_type == "percent" or (fraction and unit == "%")
    return cells.number(column, percent=fraction, percentage=percentage)


def _flag(cells: Cells, column: str) -> bool:
    text = cells.cells.get(column, "").casefold()
    if text not in _YES and text not in _NO:
        cells.fault(column, _("yes or no"))
    return text in _YES


def _checked(cells: Cells, check: Callable[[], None]) -> None:
    try:
        check()
    except KpiRefusal as refusal:
        cells.refused(refusal, refusal.field)


def _once(rows: Rows, cells: Cells, key: tuple[Any, ...], column: str) -> bool:
    """Whether this is the first row of its kind about this; a second one is a fault."""
    place = (cells.row.source.title, cells.row.number)
    first = rows.places.setdefault(key, place)
    if first is place:
        return True
    cells.fault(
        column, _("each only once; row %(row)s of %(file)s has it", row=first[1], file=first[0])
    )
    return False


_ADD = {"partners": _partner, "kpis": _kpi, "targets": _target, "values": _value}
