"""Definitions of KPIs: what is measured and how it is read."""

import re
from dataclasses import asdict, dataclass

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
    fields = asdict(draft)
    try:
        with atomic():
            if kpi_id is None:
                kpi_id = Kpi.create(**fields).id
                keep_version(kpi_id, by=by.user_id, note=note)
                audit.record("kpi.created", f"kpi:{kpi_id}")
                return kpi_id
            changed = changed_fields(Kpi.get_by_id(kpi_id), draft)
            check_meaning(kpi_id, changed)
            saved = (
                Kpi.update(**fields, version=Kpi.version + 1)
                .where(Kpi.id == kpi_id, Kpi.version == version)
                .execute()
            )
            if not saved:
                raise StaleVersion("Somebody has changed this KPI: look at it first.")
            keep_version(kpi_id, by=by.user_id, note=note)
            audit.record("kpi.changed", f"kpi:{kpi_id}", {"fields": changed})
    except IntegrityError as error:
        raise KpiRefusal("Another KPI has this code.", field="code") from error
    return kpi_id


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


def check_meaning(kpi_id: int, changed: list[str]) -> None:
    """Refuse to change what figures mean while there are any."""
    meaning = [field for field in MEANING if field in changed]
    if meaning and is_used(kpi_id):
        raise KpiRefusal(
            "There are figures or targets: this can no longer change. Define another KPI.",
            field=meaning[0],
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
