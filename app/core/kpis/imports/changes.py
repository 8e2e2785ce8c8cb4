"""What files would change: compared when they are read, and again when they are applied."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _

from app.core.kpis.imports.cells import said
from app.core.kpis.imports.partners import PartnerChanges, partner_changes
from app.core.kpis.imports.rows import KpiRecord, Rows, TargetDraft
from app.core.kpis.models import Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rules import derivation
from app.core.kpis.rules.formula import FormulaError, parse
from app.core.kpis.services.definitions import changed_fields, check_meaning
from app.core.kpis.services.formulas import source_of, sources
from app.core.kpis.services.recording import standings
from app.core.kpis.services.targets import current_targets
from app.core.partners.models import Partner
from app.core.periods import Period


class Changes(NamedTuple):
    """Partners, KPIs and targets that are new or differ."""

    partners: PartnerChanges
    kpis: list[tuple[KpiRecord, list[str]]]  # no fields: a new one
    targets: list[TargetDraft]


class Comparison(NamedTuple):
    """How many rows of each kind would change, and what should be said beforehand."""

    counts: dict[str, int]
    warnings: list[str]


def compare(rows: Rows, today: date) -> Comparison:
    """Count what would change, and name what cannot: locked figures, KPIs that are in use."""
    changes = changes_of(rows)
    for record, fields in changes.kpis:
        try:
            if fields:
                check_meaning(rows.stored[record.draft.code].id, fields, record.draft.formula)
        except KpiRefusal as refusal:
            value = str(getattr(record.draft, refusal.field))
            rows.problems.add(record.file, record.row, refusal.field, value, said(refusal))
    _check_formulas(rows, changes)
    ids = dict(Partner.select(Partner.code, Partner.id).tuples())
    kpi_ids = {code: kpi.id for code, kpi in rows.stored.items()}
    written, restated, decided = _compare_values(rows, ids, kpi_ids)
    counts = {
        "partners": len(changes.partners.new) + len(changes.partners.changed),
        "kpis": len(changes.kpis),
        "targets": len(changes.targets),
        "values": written,
    }
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
            _("%(count)s figures wait for approval: this import decides them.", count=decided)
        )
    future = sum(
        rows.calendar.start(Period.from_key(value.period)) > today for value in rows.values.values()
    )
    if future:
        warnings.append(_("%(count)s values are of periods that have not begun.", count=future))
    return Comparison(counts | {"restated": restated, "unchanged": unchanged}, warnings)


def _check_formulas(rows: Rows, changes: Changes) -> None:
    """Name each formula that could not be worked out once these rows are in."""
    records = {record.draft.code: record for record, _ in changes.kpis}
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
            rows.problems.add(place.file, place.row, "formula", source.formula, said(error))


def _compare_values(
    rows: Rows, ids: Mapping[str, int], kpi_ids: Mapping[str, int]
) -> tuple[int, int, int]:
    """How many figures are new or differ, how many of them restate, how many decide a wait."""
    stored = [v for v in rows.values.values() if v.partner in ids and v.kpi in kpi_ids]
    keys = [(ids[v.partner], kpi_ids[v.kpi], v.period) for v in stored]
    found = standings(keys) if keys else {}
    unchanged = restated = decided = 0
    for value, key in zip(stored, keys, strict=True):
        before = found.get(key)
        if before is None:
            continue
        if before.current == value.figure:
            unchanged += 1
            continue
        if before.locked:
            rows.problems.add(
                value.file,
                value.row,
                "period",
                rows.calendar.label(Period.from_key(value.period)),
                _("a figure that is not locked: an administrator can unlock it"),
            )
        restated += before.current is not None
        decided += before.pending_id is not None
    return len(rows.values) - unchanged, restated, decided


def changes_of(rows: Rows) -> Changes:
    """What differs from what stands at this moment."""
    ids = dict(Partner.select(Partner.code, Partner.id).tuples())
    kpi_ids = dict(Kpi.select(Kpi.code, Kpi.id).tuples())
    known_targets = [
        (ids[t.partner], kpi_ids[t.kpi], t.period)
        for t in rows.targets.values()
        if t.partner in ids and t.kpi in kpi_ids
    ]
    current = current_targets(known_targets)
    targets = []
    for target in rows.targets.values():
        key = (ids.get(target.partner, 0), kpi_ids.get(target.kpi, 0), target.period)
        stands = current.get(key)
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
