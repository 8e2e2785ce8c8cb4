"""Imports: files are read and checked as a whole, then applied as a whole, or their good rows.

State is set directly, guards are not checked but named (domain specification §2, Import).
Reading and checking hold no lock; applying is one transaction.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts.models import User
from app.core.db import atomic
from app.core.kpis import known, rollups, sql, telling
from app.core.kpis.imports import journal as journals
from app.core.kpis.imports.changes import (
    UNCHANGED,
    Changes,
    Outcome,
    changes_of,
    compare,
)
from app.core.kpis.imports.journal import Journal
from app.core.kpis.imports.kinds import KINDS
from app.core.kpis.imports.models import ImportJournal
from app.core.kpis.imports.partners import missing_guards, write_partners
from app.core.kpis.imports.problems import (
    MOST_PROBLEMS,
    Problem,
    Problems,
    TooManyProblemsError,
)
from app.core.kpis.imports.rows import KpiRecord, Rows, TargetDraft, ValueDraft
from app.core.kpis.imports.tables import Source, rows_of
from app.core.kpis.models import Import, Kpi
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services.definitions import check_meaning
from app.core.kpis.services.formulas import hold_formulas, work_out
from app.core.kpis.services.recording import ValueRow, write_current
from app.core.kpis.services.targets import TargetRow, latest_numbers, write_targets
from app.core.kpis.services.versions import keep_version
from app.core.kpis.tally import GoalRow
from app.core.partners.models import Partner

GOAL = GoalRow._fields[1:]
STEP = 1_000  # rows between two reports of progress


class StalePreview(KpiRefusal):
    """What the preview showed is no longer what the import would do."""


@dataclass(slots=True)
class Plan:
    """What files hold, checked: ready to be applied where nothing is wrong, or its good rows."""

    sources: tuple[Source, ...]
    rows: Rows
    errors: list[Problem]
    warnings: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # what would change, by kind
    outcomes: dict[tuple[Any, ...], Outcome] = field(default_factory=dict)
    whole: bool = True  # False: reading stopped at too many faults
    tip: int = 0  # the audit's last row when everything was compared
    read: int = 0  # rows below the headers

    @property
    def ok(self) -> bool:
        """Whether it can be applied as a whole."""
        return not self.errors

    @property
    def left_out(self) -> int:
        """How many rows have a fault."""
        return len({(problem.file, problem.row) for problem in self.errors})

    def fingerprint(self) -> str:
        """SHA-256 of what each row would do: the same as long as nobody writes in between."""
        digest = hashlib.sha256(_digest(self.rows).encode())
        for key in sorted(self.outcomes, key=str):
            digest.update(repr((key, *self.outcomes[key])).encode())
        return digest.hexdigest()


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
    left_out: int = 0  # rows with a fault


def read(
    sources: Sequence[Source],
    today: date,
    *,
    most: int = MOST_PROBLEMS,
    progress: Callable[[int], None] | None = None,
) -> Plan:
    """Read and check tables; nothing is written.

    Sources may come in any order: partners, KPIs, targets and values are read in this one. At
    most so many faults are named; `progress` is called with the number of rows read so far.
    """
    rows = Rows(known.calendar(), Problems(most=most))
    plan = Plan(tuple(sources), rows, rows.problems.found)
    rows.load()
    try:
        for source in sorted(sources, key=lambda source: KINDS.index(source.kind)):
            for row in rows_of(source, rows.problems):
                rows.add(row)
                plan.read += 1
                if progress and plan.read % STEP == 0:
                    progress(plan.read)
        # Also where rows are wrong: what the sound ones would break is to be named in one go.
        plan.tip = audit_tip()
        found = compare(rows, today)
        if plan.errors:
            rows.leave_out_dependents()
        plan.counts, plan.warnings, plan.outcomes = found
    except TooManyProblemsError:
        plan.whole = False
        plan.warnings.append(_("There are more faults; reading stopped here."))
    return plan


def audit_tip() -> int:
    """The last row of the audit: while it stays, nobody has written anything."""
    return int(sql.rows("SELECT COALESCE(MAX(id), 0) FROM audit_entry")[0][0])


def apply(
    plan: Plan,
    by: User,
    *,
    good_only: bool = False,
    as_shown: bool = False,
    origin: str = "",
    begin: Callable[[], None] | None = None,
    end: Callable[[Report], None] | None = None,
) -> Report:
    """Apply a plan in one transaction; what stands already is left alone.

    With `good_only` the rows with faults are left out; without it a plan with faults is refused.
    Raises KpiRefusal, and then nothing is written, where somebody has locked a figure since, and
    StalePreview where `as_shown` is asked for and anything would come out differently by now.
    `origin` names where the files are from; `begin` is called first in the transaction,
    `end` last.
    """
    if plan.errors and not (good_only and plan.whole):
        raise ValueError("a plan with errors is not applied")
    digest = _digest(plan.rows)
    staged = _stage(plan.rows)
    try:
        with atomic():
            if begin:
                begin()
            report = _apply(plan, by, staged, as_shown, origin)
            if report.import_id is not None:
                _record(report, by, digest)
            if end:
                end(report)
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


def _apply(
    plan: Plan, by: User, staged: Sequence[rollups.Staged], as_shown: bool, origin: str
) -> Report:
    rows = plan.rows
    if rows.derived:
        hold_formulas()
    staged = rollups.holding(staged)
    if plan.tip != audit_tip():
        shown, faults = plan.fingerprint(), len(plan.errors)
        plan.outcomes = compare(rows, date.max).outcomes
        if as_shown and plan.fingerprint() != shown:
            raise StalePreview("Somebody has changed what this import changes: look at it again.")
        if len(plan.errors) > faults:
            raise KpiRefusal("Somebody has locked what these files change: read them anew.")
    changes = changes_of(rows)
    record = Import.create(
        by=by, files=_files(plan), applied="{}", source=origin, left_out=plan.left_out
    )
    source = f"import:{record.id}"
    journal = _before(changes)
    codes = write_partners(changes.partners, by)
    _write_kpis(changes.kpis, by.id)
    ids = dict(Partner.select(Partner.code, Partner.id).tuples())
    kpi_ids = dict(Kpi.select(Kpi.code, Kpi.id).tuples())
    targets = _target_rows(changes.targets, ids, kpi_ids)
    values = _value_rows(rows.values.values(), ids, kpi_ids)
    touched = {target.partner_id for target in targets} | {value.partner_id for value in values}
    sql.lock_partners(touched)
    _check_none_merged(touched)
    target_keys = [target.key for target in targets]
    differing = [
        (ids[v.partner], kpi_ids[v.kpi], v.period)
        for key, v in rows.values.items()
        if plan.outcomes[("value", *key)].outcome != UNCHANGED
    ]
    journal.before |= journals.target_rows(target_keys) | journals.figure_rows(differing)
    last_n = latest_numbers(target_keys)
    write_targets(targets, last_n, source=source, by=by.id)
    also = [(target.partner_id, target.period) for target in targets]
    recorded = write_current(values, source=source, by=by.id, also=also, staged=staged)
    for record_, fields in changes.kpis:
        if record_.draft.formula and (not fields or "formula" in fields):
            work_out(kpi_ids[record_.draft.code])
    journal.firsts = _first_imports(touched)
    written = len(recorded.first) + len(recorded.restated)
    changed = len(codes) + len(changes.kpis) + len(targets) + written
    if not changed:
        record.delete_instance()
        return Report(unchanged=rows.count, left_out=plan.left_out)
    _after(journal, changes, ids, kpi_ids, target_keys)
    ImportJournal.insert(record=record, content=journal.packed()).execute()
    return Report(
        partners=len(codes),
        kpis=len(changes.kpis),
        targets=len(targets),
        values=written,
        restated=len(recorded.restated),
        unchanged=rows.count - changed,
        unchecked=tuple(missing_guards(codes)),
        import_id=record.id,
        left_out=plan.left_out,
    )


def _check_none_merged(partner_ids: Iterable[int]) -> None:
    """Refuse figures of partners that were merged since the files were read."""
    merged = Partner.select(Partner.id).where(Partner.merged_into.is_null(False))
    if not {row[0] for row in merged.tuples()}.isdisjoint(partner_ids):
        raise KpiRefusal("A partner of these files has been merged meanwhile: look again.")


def _before(changes: Changes) -> Journal:
    """Partners and KPIs that will change, as they stand."""
    codes = [draft.code for draft, _fields in changes.partners.changed]
    found = Partner.select(Partner.id).where(Partner.code << codes)
    partner_ids = [row[0] for row in found.tuples()]
    kpi_codes = [record.draft.code for record, fields in changes.kpis if fields]
    kpi_ids = [row[0] for row in Kpi.select(Kpi.id).where(Kpi.code << kpi_codes).tuples()]
    return Journal(before=journals.partner_rows(partner_ids) | journals.kpi_rows(kpi_ids))


def _after(
    journal: Journal,
    changes: Changes,
    ids: Mapping[str, int],
    kpi_ids: Mapping[str, int],
    target_keys: Sequence[journals.Key],
) -> None:
    """What the import has left, so that a later change of it can be told."""
    journal.partners = [ids[draft.code] for draft in changes.partners.new]
    journal.kpis = [kpi_ids[record.draft.code] for record, fields in changes.kpis if not fields]
    partners = [*journal.partners, *(ids[draft.code] for draft, _f in changes.partners.changed)]
    kpis = [kpi_ids[record.draft.code] for record, _fields in changes.kpis]
    journal.after = journals.digests(
        journals.partner_rows(partners)
        | journals.kpi_rows(kpis)
        | journals.target_rows(target_keys)
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
        {
            **counts,
            "left_out": report.left_out,
            "sha256": digest,
            "guards": "imported, guards not checked",
        },
        actor=f"user:{by.id}",
    )
    if report.values or report.targets:
        telling.import_applied(report.import_id or 0, by.name, report.values, report.targets, by.id)


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


def _first_imports(partner_ids: Iterable[int]) -> list[int]:
    """Whatever was due before a partner's first import is never late; returns whose first it is."""
    found: list[int] = []
    for chunk in sql.chunks(partner_ids):
        new = [
            row[0]
            for row in Partner.select(Partner.id)
            .where(Partner.id.in_(chunk), Partner.first_import_at.is_null())
            .tuples()
        ]
        Partner.update(first_import_at=clock.now()).where(Partner.id.in_(new)).execute()
        found += new
    return found


def _files(plan: Plan) -> str:
    return json.dumps(
        [
            {
                "kind": source.kind,
                "name": source.title[:200],
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
