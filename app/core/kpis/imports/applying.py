"""Imports: files are read and checked as a whole, then applied as a whole, or not at all.

State is set directly, guards are not checked but named (domain specification §2, Import).
Reading and checking hold no lock; applying is one transaction.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts.models import User
from app.core.db import atomic
from app.core.kpis import known, rollups, sql
from app.core.kpis.imports.changes import changes_of, compare
from app.core.kpis.imports.partners import (
    missing_guards,
    write_partners,
)
from app.core.kpis.imports.rows import KpiRecord, Rows, TargetDraft, ValueDraft
from app.core.kpis.imports.tables import (
    COLUMNS,
    Problem,
    Problems,
    Source,
    TooManyProblemsError,
    rows_of,
)
from app.core.kpis.models import Import, Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services.definitions import check_meaning
from app.core.kpis.services.formulas import hold_formulas, work_out
from app.core.kpis.services.recording import ValueRow, write_current
from app.core.kpis.services.targets import TargetRow, latest_numbers, write_targets
from app.core.kpis.services.versions import keep_version
from app.core.kpis.tally import GoalRow
from app.core.partners.models import Partner

KINDS = tuple(COLUMNS)
GOAL = GoalRow._fields[1:]


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
        # Also where rows are wrong: what the sound ones would break is to be named in one go.
        plan.counts, plan.warnings = compare(rows, today)
    except TooManyProblemsError:
        plan.warnings.append(_("There are more faults; reading stopped here."))
    return plan


def apply(plan: Plan, by: User) -> Report:
    """Apply a plan without errors in one transaction; what stands already is left alone.

    Raises KpiRefusal, and then nothing is written, where somebody has locked a figure since.
    """
    if plan.errors:
        raise ValueError("a plan with errors is not applied")
    digest = _digest(plan.rows)
    staged = _stage(plan.rows)
    try:
        with atomic():
            report = _apply(plan, by, staged)
            if report.import_id is not None:
                _record(report, by, digest)
    except IntegrityError as error:
        raise KpiRefusal("Somebody has written the same meanwhile: read the files anew.") from error
    return report


def _stage(rows: Rows) -> list[rollups.Staged]:
    """Scorecards as they will be, of the partners that exist already."""
    if not rows.kpis.keys() <= rows.stored.keys():
        return []
    ids = dict(Partner.select(Partner.code, Partner.id).tuples())
    goals = [
        (
            t.period,
            *(getattr(t.figures, name) for name in GOAL),
            ids[t.partner],
            rows.stored[t.kpi].id,
        )
        for t in rows.targets.values()
        if t.partner in ids
    ]
    readings = [
        (v.period, *v.figure, ids[v.partner], rows.stored[v.kpi].id)
        for v in rows.values.values()
        if v.partner in ids
    ]
    return rollups.stage(goals, readings)


def _apply(plan: Plan, by: User, staged: Sequence[rollups.Staged]) -> Report:
    rows = plan.rows
    if rows.derived:
        hold_formulas()
    staged = rollups.holding(staged)
    changes = changes_of(rows)
    record = Import.create(by=by, files=_files(plan), applied="{}")
    source = f"import:{record.id}"
    codes = write_partners(changes.partners, by)
    _write_kpis(changes.kpis, by.id)
    ids = dict(Partner.select(Partner.code, Partner.id).tuples())
    kpi_ids = dict(Kpi.select(Kpi.code, Kpi.id).tuples())
    targets = _target_rows(changes.targets, ids, kpi_ids)
    values = _value_rows(rows.values.values(), ids, kpi_ids)
    touched = {target.partner_id for target in targets} | {value.partner_id for value in values}
    sql.lock_partners(touched)
    last_n = latest_numbers([row.key for row in targets])
    write_targets(targets, last_n, source=source, by=by.id)
    also = [(target.partner_id, target.period) for target in targets]
    recorded = write_current(values, source=source, by=by.id, also=also, staged=staged)
    for record_, fields in changes.kpis:
        if record_.draft.formula and (not fields or "formula" in fields):
            work_out(kpi_ids[record_.draft.code])
    _first_imports(touched)
    written = len(recorded.first) + len(recorded.restated)
    changed = len(codes) + len(changes.kpis) + len(targets) + written
    if not changed:
        record.delete_instance()
        return Report(unchanged=rows.count)
    return Report(
        partners=len(codes),
        kpis=len(changes.kpis),
        targets=len(targets),
        values=written,
        restated=len(recorded.restated),
        unchanged=rows.count - changed,
        unchecked=tuple(missing_guards(codes)),
        import_id=record.id,
    )


def _record(report: Report, by: User, digest: str) -> None:
    """Leave the trace of an import: its row, and one in the audit with the hash of its rows."""
    counts = {kind: getattr(report, kind) for kind in (*KINDS, "restated", "unchanged")}
    Import.update(applied=json.dumps(counts), unchecked=json.dumps(report.unchecked)).where(
        Import.id == report.import_id
    ).execute()
    audit.record(
        "import.applied",
        f"import:{report.import_id}",
        {**counts, "sha256": digest, "guards": "imported, guards not checked"},
        actor=f"user:{by.id}",
    )


def _write_kpis(changes: Iterable[tuple[KpiRecord, list[str]]], by: int) -> None:
    for record, fields in changes:
        columns = asdict(record.draft)
        if not fields:
            keep_version(Kpi.create(**columns).id, by=by, note=record.file)
            continue
        kpi = Kpi.get(Kpi.code == record.draft.code)
        check_meaning(kpi.id, fields, record.draft.formula)
        Kpi.update(**columns, version=Kpi.version + 1).where(Kpi.id == kpi.id).execute()
        keep_version(kpi.id, by=by, note=record.file)


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
    parts: tuple[Mapping[Any, object], ...] = (rows.partners, rows.kpis, rows.targets, rows.values)
    for part in parts:
        for key in sorted(part, key=str):
            digest.update(repr(part[key]).encode())
    return digest.hexdigest()
