"""Figures on their way: submitted, restated, withdrawn.

Source: domain specification §2 (state table of values) and §0, Escape. A contact reports what the
partner's side reports; staff may enter either side's.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from peewee import IntegrityError, fn

from app.core import audit, clock
from app.core.accounts.queries import Settings, current_settings
from app.core.audit import Change
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import impact, sql, telling
from app.core.kpis.figures import check_figure
from app.core.kpis.known import definition
from app.core.kpis.models import Revision, Value
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rules import Definition
from app.core.kpis.services.evidence import attach
from app.core.kpis.services.four_eyes import check_own
from app.core.kpis.services.recording import (
    NOTHING,
    Written,
    make_current,
    retire,
    standings,
)
from app.core.kpis.services.texts import check_length
from app.core.kpis.totals import Figure
from app.core.partners.access import editable_by, is_editable
from app.core.partners.models import Partner
from app.core.periods import Period


class Submission(NamedTuple):
    """One figure to report, in millionths."""

    partner_id: int
    kpi_id: int
    period: Period
    value: int | None = None
    num: int | None = None
    den: int | None = None
    note: str = ""
    reason: str = ""
    evidence: tuple[int, ...] = ()
    approval: str = ""

    def rest(self) -> dict[str, Any]:
        """All but what it is a figure of, as `submit_value` takes it."""
        return dict(zip(self._fields[3:], self[3:], strict=True))


class Facts(NamedTuple):
    """What decides who may report figures of a KPI, and which."""

    definition: Definition
    submitter: str
    evidence_required: bool
    derived: bool


_SUBMIT = (
    "INSERT INTO revision (partner_id, kpi_id, period, n, state, value, num, den, note, reason,"
    " decision, source, submitted_by_id, submitted_at, decided_by_id, decided_at, four_eyes)"
    f" VALUES ({sql.marks(17)}) RETURNING id"
)


def submit_value(
    partner_id: int,
    kpi_id: int,
    period: Period,
    *,
    by: Viewer,
    value: int | None = None,
    num: int | None = None,
    den: int | None = None,
    note: str = "",
    reason: str = "",
    approval: str = "",
    evidence: Sequence[int] = (),
) -> int:
    """Report a figure in millionths; returns the revision's id.

    Where an approved figure stands, this restates it: a reason is needed, and the old figure
    stays current until the new one is approved. A submission that still waits is replaced. With
    `approval`, the reason for it, staff approve their own figure at once. `evidence` are files of
    `store_evidence`, or of the figure's earlier revisions. Raises KpiRefusal.
    """
    key, figure = (partner_id, kpi_id, period.key), Figure(value, num, den)
    _check_submission(partner_id, kpi_id, figure, period, by, bool(evidence))
    check_length(note=note, reason=reason, approval=approval)
    approved = bool(approval.strip()) and by.is_staff
    now = clock.now()
    try:
        with atomic():
            sql.lock_partners([partner_id])
            check_not_merged(partner_id)
            before = standings([key]).get(key, NOTHING)
            check_restatement(before.current, figure, before.locked, reason)
            if approved:
                check_own(partner_id, approval)
            retire([before.pending_id])
            decided = (by.user_id, now, False) if approved else (None, None, True)
            row = (*key, before.last_n + 1, "approved" if approved else "submitted", *figure)
            texts = (note.strip(), reason.strip(), approval.strip() if approved else "", "form")
            revision_id = int(sql.rows(_SUBMIT, *row, *texts, by.user_id, now, *decided)[0][0])
            attach(revision_id, key, evidence, by)
            if approved:
                if before.current is not None:
                    impact.keep_effects(revision_id, key, figure)
                make_current([Written(key, figure, revision_id, before)])
            action = "kpi_value.recorded" if approved else "kpi_value.submitted"
            told = {"value": value, "num": num, "den": den, "note": note, "reason": reason}
            audit.record(
                action,
                f"revision:{revision_id}",
                {"partner": partner_id, "kpi": kpi_id},
                changes=[Change(k, None, v) for k, v in told.items() if v not in (None, "")],
            )
            if not approved:
                telling.values_submitted([revision_id], by)
    except IntegrityError as error:
        raise KpiRefusal("Somebody else has just reported this: look at it first.") from error
    return revision_id


def withdraw_value(revision_id: int, *, by: Viewer) -> None:
    """Take an own submission back while it waits; a figure that stood before stays current.

    A correction that was given back is withdrawn too: the approved figure is right after all.
    """
    stands = Value.select(Value.period).where(
        Value.partner == Revision.partner,
        Value.kpi == Revision.kpi,
        Value.period == Revision.period,
    )
    given_back = (Revision.state == "returned") & fn.EXISTS(stands)
    with atomic():
        sql.lock_partners_of([revision_id])  # whoever approves it now comes before or after this
        changed = (
            Revision.update(state="withdrawn", decided_by=by.user_id, decided_at=clock.now())
            .where(
                Revision.id == revision_id,
                (Revision.state == "submitted") | given_back,
                Revision.submitted_by == by.user_id,
            )
            .execute()
        )
        if not changed:
            raise KpiRefusal("It no longer waits, or somebody else submitted it.")
        audit.record("kpi_value.withdrawn", f"revision:{revision_id}")


def _check_submission(
    partner_id: int, kpi_id: int, figure: Figure, period: Period, by: Viewer, supported: bool
) -> None:
    facts = kpi_facts([kpi_id]).get(kpi_id)
    allowed = not by.is_staff or partner_id in writable_partners([partner_id], by)
    settings = current_settings()
    check_row(partner_id, facts, figure, period, by, allowed, settings)
    if facts is not None and facts.evidence_required and not supported:
        raise KpiRefusal("This KPI asks for evidence: attach a file.", field="evidence")


def check_not_merged(partner_id: int) -> None:
    """Refuse a figure for a partner that was merged while it was being sent."""
    if sql.rows("SELECT 1 FROM partner WHERE id = ? AND merged_into_id IS NOT NULL", partner_id):
        raise KpiRefusal("This partner was merged into another meanwhile: report it there.")


def kpi_facts(kpi_ids: Iterable[int]) -> dict[int, Facts]:
    """What decides who may report figures of these KPIs, of those in use."""
    found: dict[int, Facts] = {}
    for chunk in sql.chunks(kpi_ids):
        for id_, *columns, submitter, evidence_required, formula in sql.rows(
            "SELECT id, direction, aggregation, frequency, value_type, labels, submitter,"
            f" evidence_required, formula FROM kpi WHERE id IN ({sql.marks(len(chunk))})"
            " AND active",
            *chunk,
        ):
            rules = definition(*columns)
            found[id_] = Facts(rules, submitter, bool(evidence_required), bool(formula))
    return found


def writable_partners(partner_ids: Iterable[int], by: Viewer) -> set[int]:
    """Those of these partners for which staff may enter what was sent in another way."""
    if not by.can("kpis.submit"):
        return set()
    found: set[int] = set()
    wanted = list(partner_ids)
    if len(wanted) == 1:
        return {wanted[0]} if is_editable(by, wanted[0]) else found
    for chunk in sql.chunks(wanted):
        query = Partner.select(Partner.id).where(Partner.id.in_(chunk), editable_by(by))
        found |= {row[0] for row in query.tuples()}
    return found


def check_row(
    partner_id: int,
    facts: Facts | None,
    figure: Figure,
    period: Period,
    by: Viewer,
    allowed: bool,
    settings: Settings,
) -> None:
    """Refuse a figure that this person may not report, or that its KPI cannot hold."""
    if facts is None:
        raise KpiRefusal("This KPI is not in use.", field="kpi")
    if facts.derived:
        raise KpiRefusal("This KPI is worked out by a formula: report the figures it reads.")
    own = facts.submitter == "partner" and by.partner_id == partner_id
    if not (allowed if by.is_staff else own):
        raise KpiRefusal("This figure is not yours to report.")
    if settings.calendar.start(period) > settings.today():
        raise KpiRefusal("This period has not begun yet.", field="period")
    check_figure(facts.definition, period.key, figure)


def check_restatement(current: Figure | None, figure: Figure, locked: bool, reason: str) -> None:
    """Refuse to replace an approved figure that is locked, the same, or without a reason."""
    if current is None:
        return
    if locked:
        raise KpiRefusal("This figure is locked: an administrator can unlock it.")
    if current == figure:
        raise KpiRefusal("This is the figure that stands already.", field="value")
    if not reason.strip():
        raise KpiRefusal(
            "An approved figure stands for this period: say why it changes.", field="reason"
        )
