"""Drafts of figures: kept while somebody types, gone once the figures are handed in."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from app.core import clock
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.db import atomic, upsert
from app.core.kpis import sql
from app.core.kpis.grid.models import LONGEST, KpiDraft
from app.core.kpis.grid.queries import Draft, Key, writable
from app.core.kpis.queries import KpiRow, definitions
from app.core.periods import Period, PeriodError

KEPT = timedelta(days=90)
SWEEP = 5_000  # rows deleted in one transaction


def keep(texts: Mapping[Key, Draft], *, by: Viewer) -> int:
    """Keep what somebody has typed, and forget the cells that are empty; returns how many stand.

    Cells whose figure this person could not report are passed over, as are texts longer than a
    draft holds: nobody writes a figure with them.
    """
    allowed = reportable(texts, by=by)
    now = clock.now()
    kept = {
        key: draft
        for key, draft in texts.items()
        if key in allowed and draft.text.strip() and len(draft.text) <= LONGEST
    }
    rows = [
        {
            "user": by.user_id,
            "partner": key[0],
            "kpi": key[1],
            "period": key[2],
            "text": draft.text,
            "seen": draft.seen,
            "updated_at": now,
        }
        for key, draft in kept.items()
    ]
    with atomic():
        _forget(allowed - kept.keys(), by.user_id)
        upsert(KpiDraft, rows)
    return len(rows)


def forget(keys: Iterable[Key], *, by: Viewer) -> None:
    """Forget this person's drafts of figures that are handed in."""
    with atomic():
        _forget(keys, by.user_id)


def discard(by: Viewer, *, partner_id: int | None = None, kpi_id: int | None = None) -> int:
    """Throw away this person's drafts of a partner, or of a KPI; returns how many there were."""
    with atomic():
        query = KpiDraft.delete().where(KpiDraft.user == by.user_id)
        if partner_id is not None:
            query = query.where(KpiDraft.partner == partner_id)
        if kpi_id is not None:
            query = query.where(KpiDraft.kpi == kpi_id)
        return int(query.execute())


def sweep_drafts() -> None:
    """Delete drafts that nobody has touched for 90 days."""
    rows = sql.rows(
        "SELECT user_id, partner_id, kpi_id, period FROM kpi_draft WHERE updated_at < ?"
        f" ORDER BY updated_at LIMIT {SWEEP}",
        clock.now() - KEPT,
    )
    sql.run_many(_DELETE, rows)


def reportable(keys: Iterable[Key], *, by: Viewer) -> set[Key]:
    """Those of these figures that somebody may report, whatever stands there already."""
    wanted = set(keys)
    kpis = definitions()
    partners = writable({key[0] for key in wanted}, by)
    settings = current_settings()
    calendar, today = settings.calendar, settings.today()

    def begun(kpi: KpiRow, key: int) -> bool:
        try:
            period = Period.from_key(key)
            return period.kind is kpi.kind and calendar.start(period) <= today
        except (PeriodError, ValueError):
            return False

    return {
        key
        for key in wanted
        if key[0] in partners
        and (kpi := kpis.get(key[1])) is not None
        and not kpi.formula
        and (by.is_staff or kpi.submitter == "partner")
        and begun(kpi, key[2])
    }


_DELETE = "DELETE FROM kpi_draft WHERE user_id = ? AND partner_id = ? AND kpi_id = ? AND period = ?"


def _forget(keys: Iterable[Key], user_id: int) -> None:
    sql.run_many(_DELETE, [(user_id, *key) for key in keys])
