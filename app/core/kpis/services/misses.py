"""Unreported = missed, declared with a reason, and taken back.

Source: domain specification §2, Roll-up (Streak). The figure stays unknown and the scorecard grey:
nothing is invented. Only streaks count the period as missed, until a figure is approved for it.
"""

from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import sql
from app.core.kpis.models import Kpi, Revision, Target, Value
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rules import is_closed
from app.core.kpis.services.texts import check_length
from app.core.kpis.value_models import DeclaredMiss
from app.core.partners.models import Partner
from app.core.partners.queries import editable_by
from app.core.periods import Kind, Period


def declare_missed(
    partner_id: int, kpi_id: int, period: Period, reason: str, *, by: Viewer
) -> None:
    """Let streaks count an unreported, closed period as missed; raises KpiRefusal."""
    check_length(reason=reason)
    if not reason.strip():
        raise KpiRefusal("Say why it counts as missed.", field="reason")
    key = (partner_id, kpi_id, period.key)
    try:
        with atomic():
            sql.lock_partners([partner_id])
            _check(key, period, by)
            DeclaredMiss.create(
                partner=partner_id,
                kpi=kpi_id,
                period=period.key,
                reason=reason.strip(),
                declared_by=by.user_id,
            )
            audit.record("kpi_value.declared_missed", _ref(key))
    except IntegrityError as error:
        raise KpiRefusal("It is declared missed already.") from error


def undo_missed(partner_id: int, kpi_id: int, period: Period, *, by: Viewer) -> None:
    """Take a declaration back; what was declared stays on record."""
    key = (partner_id, kpi_id, period.key)
    with atomic():
        _check_right(partner_id, by)
        changed = (
            DeclaredMiss.update(withdrawn_by=by.user_id, withdrawn_at=clock.now())
            .where(
                DeclaredMiss.partner == partner_id,
                DeclaredMiss.kpi == kpi_id,
                DeclaredMiss.period == period.key,
                DeclaredMiss.withdrawn_at.is_null(),
            )
            .execute()
        )
        if not changed:
            raise KpiRefusal("It is not declared missed.")
        audit.record("kpi_value.miss_withdrawn", _ref(key))


def _ref(key: tuple[int, int, int]) -> str:
    return "value:" + "/".join(map(str, key))


def _check_right(partner_id: int, by: Viewer) -> None:
    mine = Partner.select().where(Partner.id == partner_id, editable_by(by))
    if not by.is_staff or not by.can("kpis.approve") or not mine.exists():
        raise KpiRefusal("This is not yours to declare.")


def _check(key: tuple[int, int, int], period: Period, by: Viewer) -> None:
    partner_id, kpi_id, _ = key
    _check_right(partner_id, by)
    kpi = Kpi.get_or_none(Kpi.id == kpi_id)
    if kpi is None or Kind(kpi.frequency) is not period.kind:  # type: ignore[call-arg]
        raise KpiRefusal("Declare a period of the KPI's own frequency.", field="period")
    settings = current_settings()
    if not is_closed(settings.calendar.end(period), kpi.due_days, settings.today()):
        raise KpiRefusal("This period is not closed yet: it can still be reported.", field="period")
    same = [
        (table.partner == partner_id) & (table.kpi == kpi_id) & (table.period == period.key)
        for table in (Target, Value, Revision)
    ]
    if not Target.select().where(same[0]).exists():
        raise KpiRefusal("Without a target nothing is missed.", field="period")
    if Value.select().where(same[1]).exists():
        raise KpiRefusal("A figure is approved for this period.", field="period")
    if Revision.select().where(same[2], Revision.state == "submitted").exists():
        raise KpiRefusal("A figure waits for approval: decide on it first.", field="period")
