"""Imports: files are read and checked as a whole, then applied as a whole, or not at all.

State is set directly, guards are not checked but named (domain specification §2, Import).
Reading and checking hold no lock; applying is one transaction.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import chain
from typing import NamedTuple

from flask_babel import gettext as _

from app.core import audit, clock
from app.core.accounts.models import User
from app.core.db import atomic
from app.core.kpis import known, sql
from app.core.kpis.import_partners import (
    PartnerChanges,
    missing_guards,
    partner_changes,
    write_partners,
)
from app.core.kpis.import_rows import KpiRecord, Rows, TargetDraft, ValueDraft, said
from app.core.kpis.import_tables import (
    COLUMNS,
    Problem,
    Problems,
    Source,
    TooManyProblemsError,
    rows_of,
)
from app.core.kpis.models import Import, Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services.definitions import changed_fields, check_meaning
from app.core.kpis.services.recording import ValueRow, standings, write_current
from app.core.kpis.services.targets import TargetRow, current_targets, write_targets
from app.core.partners.models import Partner
from app.core.periods import Period

__all__ = ["Plan", "Problem", "Report", "Source", "apply", "dry_run", "read"]

KINDS = tuple(COLUMNS)


@dataclass(slots=True)
class Plan:
    """What files hold, checked: ready to be applied where nothing is wrong."""

    sources: tuple[Source, ...]
    rows: Rows
    errors: list[Problem]
    warnings: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # what would change, by kind

    @property
    def ok(self) -> bool:
        """Whether it can be applied."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Report:
    """What was applied: how many rows of each kind, and what no guard has looked at."""

    partners: int = 0
    kpis: int = 0
    targets: int = 0
    values: int = 0
    restated: int = 0  # of the values
    unchanged: int = 0
    unchecked: tuple[str, ...] = ()
    import_id: int | None = None  # None where nothing changed


class _Changes(NamedTuple):
    partners: PartnerChanges
    kpis: list[tuple[KpiRecord, list[str]]]  # no fields: a new one
    targets: list[TargetDraft]


def read(sources: Sequence[Source], today: date) -> Plan:
    """Read and check files; nothing is written.

    Sources may come in any order: partners, KPIs, targets and values are read in this one.
    """
    rows = Rows(known.calendar(), Problems())
    plan = Plan(tuple(sources), rows, rows.problems.found)
    rows.load()
    try:
        for source in sorted(sources, key=lambda source: KINDS.index(source.kind)):
            for row in rows_of(source, rows.problems):
                rows.add(row)
        if plan.ok:
            _compare(plan, today)
    except TooManyProblemsError:
        plan.warnings.append(_("There are more faults; reading stopped here."))
    return plan


def dry_run(sources: Sequence[Source], today: date) -> Plan:
    """What an import of these files would do."""
    return read(sources, today)


def apply(plan: Plan, by: User) -> Report:
    """Apply a plan without errors in one transaction; what stands already is left alone.

    Raises KpiRefusal, and then nothing is written, where somebody has locked a figure since.
    """
    if plan.errors:
        raise ValueError("a plan with errors is not applied")
    digest = _digest(plan.rows)
    with atomic():
        changes = _changes(plan.rows)
        record = Import.create(by=by, files=_files(plan), applied="{}")
        source = f"import:{record.id}"
        codes = write_partners(changes.partners, by)
        _write_kpis(changes.kpis)
        ids = dict(Partner.select(Partner.code, Partner.id).tuples())
        kpi_ids = dict(Kpi.select(Kpi.code, Kpi.id).tuples())
        targets = _target_rows(changes.targets, ids, kpi_ids)
        write_targets(
            targets,
            {key: n for key, (n, _) in current_targets([row.key for row in targets]).items()},
            source=source,
            by=by.id,
        )
        values = _value_rows(plan.rows.values.values(), ids, kpi_ids)
        recorded = write_current(
            values, source=source, by=by.id, also=[(t.partner_id, t.period) for t in targets]
        )
        written = len(recorded.first) + len(recorded.restated)
        changed = len(codes) + len(changes.kpis) + len(targets) + written
        touched = {row.partner_id for row in chain(targets, values)}
        _first_imports(touched)
        report = Report(
            partners=len(codes),
            kpis=len(changes.kpis),
            targets=len(targets),
            values=written,
            restated=len(recorded.restated),
            unchanged=_row_count(plan.rows) - changed,
            unchecked=tuple(missing_guards(codes)),
            import_id=record.id,
        )
        if not changed:
            record.delete_instance()
            return Report(unchanged=report.unchanged)
        counts = {kind: getattr(report, kind) for kind in (*KINDS, "restated", "unchanged")}
        record.applied = json.dumps(counts)
        record.unchecked = json.dumps(report.unchecked)
        record.save()
        audit.record(
            "import.applied",
            f"import:{record.id}",
            {**counts, "sha256": digest, "guards": "imported, guards not checked"},
            actor=f"user:{by.id}",
        )
    return report


def _compare(plan: Plan, today: date) -> None:
    """Count what would change, and name what cannot: locked figures, KPIs that are in use."""
    rows = plan.rows
    for record, fields in _kpi_changes(rows):
        try:
            if fields:
                check_meaning(rows.stored[record.draft.code].id, fields)
        except KpiRefusal as refusal:
            column = refusal.field
            value = str(getattr(record.draft, column))
            rows.problems.add(record.file, record.row, column, value, said(refusal))
    changes = _changes(rows)
    ids = dict(Partner.select(Partner.code, Partner.id).tuples())
    kpi_ids = {code: kpi.id for code, kpi in rows.stored.items()}
    written, restated, decided = _compare_values(rows, ids, kpi_ids)
    partners = len(changes.partners.new) + len(changes.partners.changed)
    counts = {
        "partners": partners,
        "kpis": len(changes.kpis),
        "targets": len(changes.targets),
        "values": written,
    }
    plan.counts = counts | {
        "restated": restated,
        "unchanged": _row_count(rows) - sum(counts.values()),
    }
    if decided:
        plan.warnings.append(
            _("%(count)s figures wait for approval: this import decides them.", count=decided)
        )
    future = sum(
        rows.calendar.start(Period.from_key(value.period)) > today for value in rows.values.values()
    )
    if future:
        plan.warnings.append(
            _("%(count)s values are of periods that have not begun.", count=future)
        )


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


def _changes(rows: Rows) -> _Changes:
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
    return _Changes(partner_changes(rows.partners.values()), _kpi_changes(rows), targets)


def _kpi_changes(rows: Rows) -> list[tuple[KpiRecord, list[str]]]:
    stored = {kpi.code: kpi for kpi in Kpi.select()}
    found: list[tuple[KpiRecord, list[str]]] = []
    for code, record in rows.kpis.items():
        kpi = stored.get(code)
        fields = changed_fields(kpi, record.draft) if kpi else []
        if kpi is None or fields:
            found.append((record, fields))
    return found


def _write_kpis(changes: Iterable[tuple[KpiRecord, list[str]]]) -> None:
    for record, fields in changes:
        columns = asdict(record.draft)
        if not fields:
            Kpi.create(**columns)
            continue
        kpi = Kpi.get(Kpi.code == record.draft.code)
        check_meaning(kpi.id, fields)
        Kpi.update(**columns, version=Kpi.version + 1).where(Kpi.id == kpi.id).execute()


def _target_rows(
    drafts: Iterable[TargetDraft], ids: Mapping[str, int], kpi_ids: Mapping[str, int]
) -> list[TargetRow]:
    return [TargetRow(ids[t.partner], kpi_ids[t.kpi], t.period, t.figures) for t in drafts]


def _value_rows(
    drafts: Iterable[ValueDraft], ids: Mapping[str, int], kpi_ids: Mapping[str, int]
) -> list[ValueRow]:
    return [
        ValueRow(
            ids[v.partner], kpi_ids[v.kpi], v.period, *v.figure, v.note, (v.note or v.file)[:1000]
        )
        for v in drafts
    ]


def _first_imports(partner_ids: Iterable[int]) -> None:
    """Whatever was due before a partner's first import is never late."""
    for chunk in sql.chunks(partner_ids):
        Partner.update(first_import_at=clock.now()).where(
            Partner.id.in_(chunk), Partner.first_import_at.is_null()
        ).execute()


def _row_count(rows: Rows) -> int:
    return len(rows.partners) + len(rows.kpis) + len(rows.targets) + len(rows.values)


def _files(plan: Plan) -> str:
    return json.dumps(
        [
            {
                "kind": source.kind,
                "name": source.name[:200],
                "sha256": hashlib.sha256(source.content).hexdigest(),
            }
            for source in plan.sources
        ]
    )


def _digest(rows: Rows) -> str:
    """SHA-256 of the checked rows, in one order and form whatever the files looked like."""
    digest = hashlib.sha256()
    for part in (rows.partners, rows.kpis, rows.targets, rows.values):
        for key in sorted(part, key=str):
            digest.update(repr(part[key]).encode())
    return digest.hexdigest()
