"""Definitions of KPIs: what is measured and how it is read."""

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace

from peewee import IntegrityError

from app.core import audit
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import sql
from app.core.kpis.models import (
    AGGREGATIONS,
    CATEGORIES,
    DIRECTIONS,
    FREQUENCIES,
    NATURES,
    VALUE_TYPES,
    Kpi,
)
from app.core.kpis.refusals import KpiRefusal, StaleVersion
from app.core.kpis.rules.derivation import Source
from app.core.kpis.rules.formula import FormulaError, parse
from app.core.kpis.rules.formula import rename as renamed
from app.core.kpis.services.formulas import (
    check_formulas,
    hold_formulas,
    rename_in_formulas,
    sources,
    work_out,
)
from app.core.kpis.services.versions import LONGEST_NOTE, keep_version

CODE = re.compile(r"[A-Z0-9][A-Z0-9_.-]{0,31}")
MEANING = ("value_type", "direction", "aggregation", "frequency", "labels")
_CHOICES = {
    "category": CATEGORIES,
    "value_type": VALUE_TYPES,
    "direction": DIRECTIONS,
    "nature": NATURES,
    "aggregation": AGGREGATIONS,
    "frequency": FREQUENCIES,
    "submitter": ("host", "partner"),
}


@dataclass(frozen=True, slots=True)
class KpiDraft:
    """A definition as somebody wrote it; an ordinal's labels lowest first, one a line."""

    code: str
    name: str
    category: str
    value_type: str
    direction: str
    nature: str
    aggregation: str
    frequency: str
    unit: str = ""
    description: str = ""
    labels: str = ""
    submitter: str = "host"
    due_days: int = 10
    active: bool = True
    evidence_required: bool = False
    data_source: str = ""
    formula: str = ""  # over other KPIs; empty: it is reported


def save_kpi(
    draft: KpiDraft,
    *,
    by: Viewer,
    kpi_id: int | None = None,
    version: int | None = None,
    note: str = "",
) -> int:
    """Create a KPI, or change the one with this id and version; returns its id.

    Each save is a version of its own, with a note on why. What a figure means cannot change once
    there are figures or targets. Raises KpiRefusal, and StaleVersion where somebody has saved the
    definition since.
    """
    if not by.can("kpis.define"):
        raise KpiRefusal("Definitions are not yours to change.")
    check_draft(draft)
    if len(note) > LONGEST_NOTE:
        raise KpiRefusal("At most %(most)s characters.", field="note", most=LONGEST_NOTE)
    if draft.formula:
        draft = replace(draft, submitter="host", evidence_required=False)  # nobody reports it
    try:
        with atomic():
            if kpi_id is None:
                return _create(draft, by, note)
            _change(kpi_id, draft, version, by, note)
    except IntegrityError as error:
        raise KpiRefusal("Another KPI has this code.", field="code") from error
    return kpi_id


def _create(draft: KpiDraft, by: Viewer, note: str) -> int:
    if draft.formula:
        hold_formulas()
        check_formulas({draft.code: draft}, sources())
    kpi_id: int = Kpi.create(**asdict(draft)).id
    keep_version(kpi_id, by=by.user_id, note=note)
    changes = [c for c in audit.differences({}, asdict(draft)) if c.after not in ("", False)]
    audit.record("kpi.created", f"kpi:{kpi_id}", changes=changes)
    if draft.formula and draft.active:
        work_out(kpi_id)
    return kpi_id


def _change(kpi_id: int, draft: KpiDraft, version: int | None, by: Viewer, note: str) -> None:
    hold_formulas()
    kpi = Kpi.get_by_id(kpi_id)
    changed = changed_fields(kpi, draft)
    check_meaning(kpi_id, changed, draft.formula)
    everything = sources()
    everything.pop(kpi.code, None)
    if "code" in changed:  # as those formulas will read it
        everything = {
            code: Source(source.definition, renamed(source.formula, kpi.code, draft.code))
            for code, source in everything.items()
        }
    check_formulas({draft.code: draft}, everything)
    saved = (
        Kpi.update(**asdict(draft), version=Kpi.version + 1)
        .where(Kpi.id == kpi_id, Kpi.version == version)
        .execute()
    )
    if not saved:
        raise StaleVersion("Somebody has changed this KPI: look at it first.")
    keep_version(kpi_id, by=by.user_id, note=note)
    before = {field: getattr(kpi, field) for field in changed}
    changes = audit.differences(before, {field: getattr(draft, field) for field in changed})
    changes.append(audit.Change("note", None, note.strip() or None))
    audit.record("kpi.changed", f"kpi:{kpi_id}", {"fields": changed}, changes=changes)
    if "code" in changed:
        rename_in_formulas(kpi.code, draft.code, by=by.user_id)
    if draft.formula and draft.active and {"formula", "active"} & set(changed):
        work_out(kpi_id)


def check_draft(draft: KpiDraft) -> None:
    """Refuse a definition whose parts do not go together."""
    if not CODE.fullmatch(draft.code):
        raise KpiRefusal(
            "A code has up to 32 capital letters, digits, dots, hyphens and underscores.",
            field="code",
        )
    if not draft.name.strip() or len(draft.name) > 200:
        raise KpiRefusal("A name has 1 to 200 characters.", field="name")
    if len(draft.unit) > 32:
        raise KpiRefusal("A unit has at most 32 characters.", field="unit")
    if len(draft.data_source) > 300:
        raise KpiRefusal("At most %(most)s characters.", field="data_source", most=300)
    if not 0 <= draft.due_days <= 365:
        raise KpiRefusal("Figures are due within 0 to 365 days.", field="due_days")
    for field, choices in _CHOICES.items():
        if getattr(draft, field) not in choices:
            raise KpiRefusal("Choose one of %(choices)s.", field=field, choices=", ".join(choices))
    if draft.formula:
        try:
            parse(draft.formula)
        except FormulaError as error:
            raise KpiRefusal(error.message, field="formula", **error.params) from error
    labels = [label.strip() for label in draft.labels.splitlines()]
    if draft.value_type == "ordinal":
        if len(labels) < 2 or len(set(map(str.casefold, labels))) < len(labels) or "" in labels:
            raise KpiRefusal(
                "Give at least two different labels, lowest first, one a line.", field="labels"
            )
        if draft.aggregation != "last":
            raise KpiRefusal("An ordinal rolls up to its last label.", field="aggregation")
        if "<" in draft.labels:
            raise KpiRefusal("A label has no “<”: files separate labels by it.", field="labels")
    elif draft.labels:
        raise KpiRefusal("Only an ordinal has labels.", field="labels")


def changed_fields(kpi: Kpi, draft: KpiDraft) -> list[str]:
    """The fields in which a draft differs from what stands."""
    return [field for field, value in asdict(draft).items() if getattr(kpi, field) != value]


def check_meaning(kpi_id: int, changed: Collection[str], formula: str) -> None:
    """Refuse to change what figures mean while there are any.

    A formula may change, since every figure is worked out anew; a KPI that is reported does not
    become a derived one, nor the other way round, once it has figures.
    """
    meaning = [field for field in MEANING if field in changed]
    if meaning and is_used(kpi_id):
        raise KpiRefusal(
            "There are figures or targets: this can no longer change. Define another KPI.",
            field=meaning[0],
        )
    if "formula" not in changed:
        return
    (was, has_figures), *_ = sql.rows(
        "SELECT formula, EXISTS (SELECT 1 FROM revision WHERE kpi_id = kpi.id) FROM kpi"
        " WHERE id = ?",
        kpi_id,
    )
    if has_figures and bool(was) != bool(formula):
        raise KpiRefusal(
            "There are figures: a KPI that is reported does not become a derived one, nor the"
            " other way round. Define another KPI.",
            field="formula",
        )


def is_used(kpi_id: int) -> bool:
    """Whether any partner has a figure or a target of this KPI."""
    return bool(
        sql.rows(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM revision WHERE kpi_id = ?)"
            " OR EXISTS (SELECT 1 FROM target WHERE kpi_id = ?)",
            kpi_id,
            kpi_id,
        )
    )
