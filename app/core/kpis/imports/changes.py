"""What files would change: compared when they are read, and again when they are applied."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.kpis.figures import TargetFigures
from app.core.kpis.imports.cells import said
from app.core.kpis.imports.partners import PartnerChanges, partner_changes
from app.core.kpis.imports.rows import KpiRecord, Rows, TargetDraft
from app.core.kpis.models import Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rules import derivation
from app.core.kpis.rules.formula import FormulaError, parse
from app.core.kpis.services.definitions import changed_fields, check_meaning
from app.core.kpis.services.formulas import source_of, sources
from app.core.kpis.services.recording import Standing, standings
from app.core.kpis.services.targets import current_targets
from app.core.kpis.totals import Figure
from app.core.partners.models import Partner
from app.core.periods import Period
from app.core.quantities import to_text

NEW, CHANGED, UNCHANGED, RESTATES, ERROR = "new", "changed", "unchanged", "restates", "error"
OUTCOMES = (NEW, CHANGED, RESTATES, UNCHANGED, ERROR)


class Changes(NamedTuple):
    """Partners, KPIs and targets that are new or differ."""

    partners: PartnerChanges
    kpis: list[tuple[KpiRecord, list[str]]]  # no fields: a new one
    targets: list[TargetDraft]


class Outcome(NamedTuple):
    """What becomes of one row: what it is about, and what changes from what to what."""

    outcome: str
    about: str
    change: str = ""


class Comparison(NamedTuple):
    """How many rows of each kind would change, and what should be said beforehand.

    `outcomes` has one for each record, by its key as in `Rows.places`.
    """

    counts: dict[str, int]
    warnings: list[str]
    outcomes: dict[tuple[Any, ...], Outcome]


def compare(rows: Rows, today: date) -> Comparison:
    """Count what would change, and name what cannot: locked figures, KPIs that are in use.

    What cannot is left out of `rows`.
    """
    _refuse_meanings(rows)
    _check_formulas(rows)
    outcomes = outcomes_of(rows, changes_of(rows))
    ids = dict(Partner.select(Partner.code, Partner.id).tuples())
    kpi_ids = {code: kpi.id for code, kpi in rows.stored.items()}
    written, restated, decided = _compare_values(rows, ids, kpi_ids, outcomes)
    counts = {
        kind: sum(
            key[0] == kind.removesuffix("s") and found.outcome != UNCHANGED
            for key, found in outcomes.items()
        )
        for kind in ("partners", "kpis", "targets")
    } | {"values": written}
    unchanged = rows.count - sum(counts.values())
    warnings = [
        _(
            "%(gone)s was merged into %(kept)s: its targets and figures go there, and its other"
            " facts are left out.",
            gone=code,
            kept=rows.merged[code],
        )
        for code in sorted(rows.redirected)
    ]
    if decided:
        warnings.append(
            ngettext(
                "One figure waits for approval: this import decides it.",
                "%(num)s figures wait for approval: this import decides them.",
                decided,
            )
        )
    future = sum(
        rows.calendar.start(Period.from_key(value.period)) > today for value in rows.values.values()
    )
    if future:
        warnings.append(_("%(count)s values are of periods that have not begun.", count=future))
    counts |= {"restated": restated, "unchanged": unchanged}
    return Comparison(counts, warnings, outcomes)


def _refuse_meanings(rows: Rows) -> None:
    """Name KPIs whose meaning cannot change any more; their figures are left out with them."""
    for record, fields in _kpi_changes(rows):
        try:
            if fields:
                check_meaning(rows.stored[record.draft.code].id, fields, record.draft.formula)
        except KpiRefusal as refusal:
            code = record.draft.code
            value = str(getattr(record.draft, refusal.field))
            _leave_out(rows, code)
            rows.problems.add(record.file, record.row, refusal.field, value, said(refusal))


def _check_formulas(rows: Rows) -> None:
    """Name each formula that could not be worked out once these rows are in."""
    records = {record.draft.code: record for record, _ in _kpi_changes(rows)}
    if not records or not rows.derived:
        return
    together = sources() | {code: source_of(record.draft) for code, record in records.items()}
    for code, source in together.items():
        if not source.formula:
            continue
        read = [needed.code for needed in parse(source.formula).inputs]
        place = records.get(code) or next((records[c] for c in read if c in records), None)
        if place is None:
            continue
        try:
            derivation.check(code, together)
        except FormulaError as error:
            _leave_out(rows, place.draft.code)
            rows.problems.add(place.file, place.row, "formula", source.formula, said(error))


def _leave_out(rows: Rows, code: str) -> None:
    """Take a KPI out of the import, with the figures that were checked against it."""
    rows.kpis.pop(code, None)
    for key in [key for key in rows.targets if key[1] == code]:
        del rows.targets[key]
    for key in [key for key in rows.values if key[1] == code]:
        del rows.values[key]


def _compare_values(
    rows: Rows,
    ids: Mapping[str, int],
    kpi_ids: Mapping[str, int],
    outcomes: dict[tuple[Any, ...], Outcome],
) -> tuple[int, int, int]:
    """How many figures are new or differ, how many of them restate, how many decide a wait."""
    found = _standings(rows, ids, kpi_ids)
    unchanged = restated = decided = 0
    for key, value in list(rows.values.items()):
        place = (ids.get(value.partner, 0), kpi_ids.get(value.kpi, 0), value.period)
        before = found.get(place)
        label = rows.label(value.period)
        about = f"{value.partner} · {value.kpi} · {label}"
        outcome = value_outcome(value.figure, before, about)
        if outcome is None:
            del rows.values[key]
            expected = _("a figure that is not locked: an administrator can unlock it")
            rows.problems.add(value.file, value.row, "period", label, expected)
            continue
        outcomes[("value", *key)] = outcome
        unchanged += outcome.outcome == UNCHANGED
        restated += outcome.outcome == RESTATES
        decided += (
            before is not None and before.pending_id is not None and outcome.outcome != UNCHANGED
        )
    return len(rows.values) - unchanged, restated, decided


def value_outcome(figure: Figure, before: Standing | None, about: str) -> Outcome | None:
    """What becomes of a figure beside what stands; None where that is locked."""
    if before is None or before.current is None:
        return Outcome(NEW, about, figure_text(figure))
    if before.current == figure:
        return Outcome(UNCHANGED, about)
    if before.locked:
        return None
    return Outcome(RESTATES, about, f"{figure_text(before.current)} → {figure_text(figure)}")


def figure_text(figure: Figure) -> str:
    """A figure in short: its value, or its two parts."""
    if figure.value is not None:
        return to_text(figure.value)
    if figure.num is None or figure.den is None:
        return "–"
    return f"{to_text(figure.num)} ÷ {to_text(figure.den)}"


def _standings(
    rows: Rows, ids: Mapping[str, int], kpi_ids: Mapping[str, int]
) -> dict[tuple[int, int, int], Standing]:
    keys = [
        (ids[v.partner], kpi_ids[v.kpi], v.period)
        for v in rows.values.values()
        if v.partner in ids and v.kpi in kpi_ids
    ]
    return standings(keys) if keys else {}


def outcomes_of(rows: Rows, changes: Changes) -> dict[tuple[Any, ...], Outcome]:
    """What becomes of each partner, KPI and target."""
    found: dict[tuple[Any, ...], Outcome] = {}
    new = {draft.code for draft in changes.partners.new}
    fields = {draft.code: names for draft, names in changes.partners.changed}
    for code, draft in rows.partners.items():
        state = NEW if code in new else CHANGED if code in fields else UNCHANGED
        text = (
            draft.name
            if state == NEW
            else ", ".join(
                changes.partners.texts.get((code, name), name) for name in fields.get(code, ())
            )
        )
        found[("partner", code)] = Outcome(state, code, text)
    kpi_fields = {record.draft.code: names for record, names in changes.kpis}
    for code, record in rows.kpis.items():
        names = kpi_fields.get(code)
        state = UNCHANGED if names is None else CHANGED if names else NEW
        text = (
            record.draft.name
            if state == NEW
            else ", ".join(
                f"{name}: {getattr(rows.stored[code], name)} → {getattr(record.draft, name)}"
                for name in names or ()
            )
        )
        found[("kpi", code)] = Outcome(state, code, text)
    differ = {(t.partner, t.kpi, t.period) for t in changes.targets}
    for key, target in rows.targets.items():
        before = rows.former_targets.get(key)
        state = UNCHANGED if key not in differ else NEW if before is None else CHANGED
        text = "" if state == UNCHANGED else _target_text(before, target.figures)
        about = f"{target.partner} · {target.kpi} · {rows.label(target.period)}"
        found[("target", *key)] = Outcome(state, about, text)
    return found


def _target_text(before: TargetFigures | None, after: TargetFigures) -> str:
    parts = []
    for name in TargetFigures._fields:
        old, new = getattr(before, name) if before else None, getattr(after, name)
        if old != new and not (before is None and name in ("weight", "critical")):
            shown = _shown(new) if before is None else f"{_shown(old)} → {_shown(new)}"
            parts.append(f"{name}: {shown}")
    return ", ".join(parts)


def _shown(value: int | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else to_text(value)


def changes_of(rows: Rows) -> Changes:
    """What differs from what stands at this moment."""
    ids = dict(Partner.select(Partner.code, Partner.id).tuples())
    kpi_ids = dict(Kpi.select(Kpi.code, Kpi.id).tuples())
    known_targets: Sequence[tuple[int, int, int]] = [
        (ids[t.partner], kpi_ids[t.kpi], t.period)
        for t in rows.targets.values()
        if t.partner in ids and t.kpi in kpi_ids
    ]
    current = current_targets(known_targets)
    targets = []
    rows.former_targets.clear()
    for place, target in rows.targets.items():
        key = (ids.get(target.partner, 0), kpi_ids.get(target.kpi, 0), target.period)
        stands = current.get(key)
        if stands is not None:
            rows.former_targets[place] = stands[1]
        if stands is None or stands[1] != target.figures:
            targets.append(target)
    return Changes(partner_changes(rows.partners.values()), _kpi_changes(rows), targets)


def _kpi_changes(rows: Rows) -> list[tuple[KpiRecord, list[str]]]:
    stored = {kpi.code: kpi for kpi in Kpi.select()}
    found: list[tuple[KpiRecord, list[str]]] = []
    for code, record in rows.kpis.items():
        kpi = stored.get(code)
        fields = changed_fields(kpi, record.draft) if kpi else []
        if kpi is None or fields:
            found.append((record, fields))
    return found
