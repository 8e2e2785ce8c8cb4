"""Deciding on waiting figures: approved, all or none, or returned with a reason.

Source: domain specification §2 (state table of values) and §0, Four eyes. A contact never decides.
"""

from collections.abc import Sequence
from typing import Any

from app.core import audit, clock
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import impact, sql, telling
from app.core.kpis.models import Revision
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services.four_eyes import check_own
from app.core.kpis.services.recording import NOTHING, Written, make_current, standings
from app.core.kpis.services.texts import check_length
from app.core.kpis.totals import Figure
from app.core.partners.models import Partner
from app.core.partners.queries import editable_by


def approve(revision_ids: Sequence[int], *, by: Viewer, reason: str = "") -> list[int]:
    """Make waiting figures current, all of them or none; returns their ids.

    What a restatement changes is stored with it. Raises KpiRefusal where one no longer waits or is
    not this person's to approve, is locked, or is the person's own and either no reason is given
    or the organisation requires four eyes.
    """
    check_length(reason=reason)
    wanted = sorted(set(revision_ids))
    if not wanted:
        raise KpiRefusal("Choose at least one figure.")
    with atomic():
        sql.lock_partners(row[0] for row in waiting(wanted, by))
        rows = waiting(wanted, by)  # anew: who held the lock before may have decided
        if len(rows) < len(wanted):
            raise KpiRefusal("A figure no longer waits for approval, or is not yours to approve.")
        own = [row[6] for row in rows if row[7] == by.user_id]
        for partner_id in sorted({row[0] for row in rows if row[7] == by.user_id}):
            check_own(partner_id, reason)
        standing = standings([row[:3] for row in rows])
        written = [
            Written(row[:3], Figure(*row[3:6]), row[6], standing.get(row[:3], NOTHING))
            for row in rows
        ]
        if any(row.before.locked for row in written):
            raise KpiRefusal("A figure is locked: an administrator can unlock it.")
        for row in written:
            if row.before.current is not None:
                impact.keep_effects(row.revision_id, row.key, row.figure)
        now = clock.now()
        # A reason is kept only where one was needed: it would read as a remark on the others.
        sql.run_many(
            "UPDATE revision SET state = 'approved', decided_by_id = ?, decided_at = ?,"
            " decision = ?, four_eyes = ? WHERE id = ?",
            [
                (
                    by.user_id,
                    now,
                    reason.strip() if row[6] in own else "",
                    row[6] not in own,
                    row[6],
                )
                for row in rows
            ],
        )
        make_current(written)
        audit.record(
            "kpi_value.approved",
            f"revision:{wanted[0]}",
            {"revisions": wanted, "not_four_eyes": own},
            changes=[audit.Change("decision", None, reason.strip() or None)],
        )
        telling.values_approved(wanted, by)
    return wanted


def return_value(revision_id: int, reason: str, *, by: Viewer) -> None:
    """Give a waiting figure back with the reason; a figure that stood before stays current."""
    check_length(reason=reason)
    if not reason.strip():
        raise KpiRefusal("Say what should be different.", field="reason")
    with atomic():
        sql.lock_partners_of([revision_id])  # whoever approves it now comes before or after this
        if not waiting([revision_id], by):
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
        told = [audit.Change("decision", None, reason.strip())]
        audit.record("kpi_value.returned", f"revision:{revision_id}", changes=told)
        telling.value_returned(revision_id, reason, by)


def waiting(ids: Sequence[int], by: Viewer) -> list[tuple[Any, ...]]:
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
