"""Figures on their way: submitted, restated, approved or returned.

Source: domain specification §2 (state table of values) and §0, Four eyes. For figures that staff
submit, four eyes are off by default: whoever submitted one may approve it by giving a reason, and
the revision is marked. A contact never approves.
"""

from collections.abc import Sequence
from typing import Any

from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import sql
from app.core.kpis.figures import check_figure
from app.core.kpis.known import definition
from app.core.kpis.models import Revision
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services.recording import (
    NOTHING,
    Written,
    make_current,
    retire,
    standings,
)
from app.core.kpis.totals import Figure
from app.core.partners.models import Partner
from app.core.partners.queries import editable_by
from app.core.periods import Period

LONGEST = 1_000  # characters of a note or a reason

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
) -> int:
    """Report a figure in millionths; returns the revision's id.

    Where an approved figure stands, this restates it: a reason is needed, and the old figure
    stays current until the new one is approved. A submission that still waits is replaced. With
    `approval`, the reason for it, staff approve their own figure at once. Raises KpiRefusal.
    """
    key, figure = (partner_id, kpi_id, period.key), Figure(value, num, den)
    _check_submission(partner_id, kpi_id, figure, period, by)
    _check_length(note=note, reason=reason, approval=approval)
    approved = bool(approval.strip()) and by.is_staff
    now = clock.now()
    try:
        with atomic():
            sql.lock_partners([partner_id])
            before = standings([key]).get(key, NOTHING)
            _check_restatement(before.current, figure, before.locked, reason)
            retire([before.pending_id])
            decided = (by.user_id, now, False) if approved else (None, None, True)
            row = (*key, before.last_n + 1, "approved" if approved else "submitted", *figure)
            texts = (note.strip(), reason.strip(), approval.strip() if approved else "", "form")
            revision_id = int(sql.rows(_SUBMIT, *row, *texts, by.user_id, now, *decided)[0][0])
            if approved:
                make_current([Written(key, figure, revision_id, before)])
            action = "kpi_value.recorded" if approved else "kpi_value.submitted"
            audit.record(action, f"revision:{revision_id}", {"partner": partner_id, "kpi": kpi_id})
    except IntegrityError as error:
        raise KpiRefusal("Somebody else has just reported this: look at it first.") from error
    return revision_id


def approve(revision_ids: Sequence[int], *, by: Viewer, reason: str = "") -> list[int]:
    """Make waiting figures current, all of them or none; returns their ids.

    Raises KpiRefusal where one no longer waits or is not this person's to approve, is locked, or
    was submitted by the same person and no reason is given.
    """
    _check_length(reason=reason)
    wanted = sorted(set(revision_ids))
    if not wanted:
        raise KpiRefusal("Choose at least one figure.")
    with atomic():
        sql.lock_partners(row[0] for row in _waiting(wanted, by))
        rows = _waiting(wanted, by)  # anew: who held the lock before may have decided
        if len(rows) < len(wanted):
            raise KpiRefusal("A figure no longer waits for approval, or is not yours to approve.")
        own = [row[6] for row in rows if row[7] == by.user_id]
        if own and not reason.strip():
            raise KpiRefusal("You submitted this yourself: say why you approve it.", field="reason")
        standing = standings([row[:3] for row in rows])
        written = [
            Written(row[:3], Figure(*row[3:6]), row[6], standing.get(row[:3], NOTHING))
            for row in rows
        ]
        if any(row.before.locked for row in written):
            raise KpiRefusal("A figure is locked: an administrator can unlock it.")
        now = clock.now()
        sql.run_many(
            "UPDATE revision SET state = 'approved', decided_by_id = ?, decided_at = ?,"
            " decision = ?, four_eyes = ? WHERE id = ?",
            [(by.user_id, now, reason.strip(), row[7] != by.user_id, row[6]) for row in rows],
        )
        make_current(written)
        audit.record(
            "kpi_value.approved",
            f"revision:{wanted[0]}",
            {"revisions": wanted, "not_four_eyes": own},
        )
    return wanted


def return_value(revision_id: int, reason: str, *, by: Viewer) -> None:
    """Give a waiting figure back with the reason; a figure that stood before stays current."""
    _check_length(reason=reason)
    if not reason.strip():
        raise KpiRefusal("Say what should be different.", field="reason")
    with atomic():
        if not _waiting([revision_id], by):
            raise KpiRefusal("A figure no longer waits for approval, or is not yours to approve.")
        changed = (
            Revision.update(
                state="returned",
                decision=reason.strip(),
                decided_by=by.user_id,
                decided_at=clock.now(),
            )
            .where(Revision.id == revision_id, Revision.state == "submitted")
            .execute()
        )
        if not changed:
            raise KpiRefusal("Somebody else has just decided on this figure.")
        audit.record("kpi_value.returned", f"revision:{revision_id}")


def _waiting(ids: Sequence[int], by: Viewer) -> list[tuple[Any, ...]]:
    """Waiting revisions that this person may decide on."""
    return list(
        Revision.select(
            Revision.partner,
            Revision.kpi,
            Revision.period,
            Revision.value,
            Revision.num,
            Revision.den,
            Revision.id,
            Revision.submitted_by,
        )
        .join(Partner, on=(Revision.partner == Partner.id))
        .where(Revision.id.in_(ids), Revision.state == "submitted", _decidable(by))
        .order_by(Revision.id)
        .tuples()
    )


def _decidable(by: Viewer) -> Any:
    if not by.is_staff or not by.can("kpis.approve"):
        return Partner.id.is_null()
    return editable_by(by)


def _check_submission(
    partner_id: int, kpi_id: int, figure: Figure, period: Period, by: Viewer
) -> None:
    found = sql.rows(
        "SELECT direction, aggregation, frequency, value_type, labels, submitter FROM kpi"
        " WHERE id = ? AND active",
        kpi_id,
    )
    if not found:
        raise KpiRefusal("This KPI is not in use.", field="kpi")
    *columns, submitter = found[0]
    if not _may_submit(partner_id, submitter, by):
        raise KpiRefusal("This figure is not yours to report.")
    settings = current_settings()
    if settings.calendar.start(period) > settings.today():
        raise KpiRefusal("This period has not begun yet.", field="period")
    check_figure(definition(*columns), period.key, figure)


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


def _check_length(**texts: str) -> None:
    for field, text in texts.items():
        if len(text) > LONGEST:
            raise KpiRefusal("At most %(most)s characters.", field=field, most=LONGEST)
