"""Figures on their way: submitted, restated, withdrawn.

Source: domain specification §2 (state table of values) and §0, Escape. A contact reports what the
partner's side reports; staff may enter either side's.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import impact, sql
from app.core.kpis.figures import check_figure
from app.core.kpis.known import definition
from app.core.kpis.models import Revision
from app.core.kpis.refusals import KpiRefusal
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
from app.core.partners.models import Partner
from app.core.partners.queries import editable_by
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

    def rest(self) -> dict[str, Any]:
        """All but what it is a figure of, as `submit_value` takes it."""
        return dict(zip(self._fields[3:], self[3:], strict=True))


class Outcome(NamedTuple):
    """What became of one of several figures: its revision, or why it was refused."""

    revision_id: int | None
    refusal: KpiRefusal | None


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
            before = standings([key]).get(key, NOTHING)
            _check_restatement(before.current, figure, before.locked, reason)
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
            audit.record(action, f"revision:{revision_id}", {"partner": partner_id, "kpi": kpi_id})
    except IntegrityError as error:
        raise KpiRefusal("Somebody else has just reported this: look at it first.") from error
    return revision_id


def submit_values(
    rows: Sequence[Submission], *, by: Viewer, good_only: bool = False
) -> list[Outcome]:
    """Report several figures in one transaction; an outcome for each row, in order.

    Where a row is refused nothing is written, unless `good_only`: then the other rows are. A row
    of the same partner, KPI and period as one before it is refused.
    """
    outcomes: list[Outcome] = []
    seen: set[tuple[int, int, Period]] = set()
    with atomic() as transaction:
        for row in rows:
            try:
                if row[:3] in seen:
                    raise KpiRefusal("The same figure stands twice.", field="value")
                seen.add(row[:3])
                # A savepoint: a refused row takes nothing of the others with it.
                with atomic():
                    outcomes.append(Outcome(submit_value(*row[:3], by=by, **row.rest()), None))
            except KpiRefusal as refusal:
                outcomes.append(Outcome(None, refusal))
        if not good_only and any(outcome.refusal for outcome in outcomes):
            transaction.rollback()
            outcomes = [Outcome(None, outcome.refusal) for outcome in outcomes]
    return outcomes


def withdraw_value(revision_id: int, *, by: Viewer) -> None:
    """Take an own submission back while it waits; a figure that stood before stays current."""
    with atomic():
        changed = (
            Revision.update(state="withdrawn", decided_by=by.user_id, decided_at=clock.now())
            .where(
                Revision.id == revision_id,
                Revision.state == "submitted",
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
    found = sql.rows(
        "SELECT direction, aggregation, frequency, value_type, labels, submitter,"
        " evidence_required, formula FROM kpi"
        " WHERE id = ? AND active",
        kpi_id,
    )
    if not found:
        raise KpiRefusal("This KPI is not in use.", field="kpi")
    *columns, submitter, evidence_required, formula = found[0]
    if formula:
        raise KpiRefusal("This KPI is worked out by a formula: report the figures it reads.")
    if not _may_submit(partner_id, submitter, by):
        raise KpiRefusal("This figure is not yours to report.")
    settings = current_settings()
    if settings.calendar.start(period) > settings.today():
        raise KpiRefusal("This period has not begun yet.", field="period")
    check_figure(definition(*columns), period.key, figure)
    if evidence_required and not supported:
        raise KpiRefusal("This KPI asks for evidence: attach a file.", field="evidence")


def _may_submit(partner_id: int, submitter: str, by: Viewer) -> bool:
    if not by.is_staff:
        return submitter == "partner" and by.partner_id == partner_id
    # Staff may also enter what a partner has sent in another way.
    return by.can("kpis.submit") and bool(
        Partner.select(Partner.id).where(Partner.id == partner_id, editable_by(by)).exists()
    )


def _check_restatement(current: Figure | None, figure: Figure, locked: bool, reason: str) -> None:
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
