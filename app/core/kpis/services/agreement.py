"""Agreeing on targets: a manager proposes, the partner accepts or rejects, nobody blocks for ever.

What counts stays as it is until a proposal is accepted. Source: domain specification §0 (On
behalf, Escape) and §2.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts.queries import current_settings
from app.core.business_time import add_business_days
from app.core.contract import Viewer
from app.core.db import atomic
from app.core.kpis import gate, queries, rollups, sql, target_telling
from app.core.kpis.figures import TargetFigures, TargetTerms, check_target
from app.core.kpis.refusals import KpiRefusal, StaleTargets, StaleVersion
from app.core.kpis.services.targets import (
    FIGURES,
    OPEN,
    Key,
    Standing,
    TargetRow,
    current_targets,
    insert_revisions,
    latest_numbers,
    make_current,
    restore,
)
from app.core.partners.models import Partner, PartnerGoal
from app.core.partners.queries import editable_by
from app.core.periods import Period
from app.core.settings.business_calendar import business_calendar

UNDO_DAYS = 10  # working days in which the partner may undo an acceptance on its behalf
_CHANGED = "Somebody has changed this target: look at it first."


class TargetDraft(NamedTuple):
    """A target as somebody wants it, and the latest revision that they have seen (0: none)."""

    partner_id: int
    kpi_id: int
    period: int
    figures: TargetFigures
    terms: TargetTerms = TargetTerms()
    n: int = 0

    @property
    def key(self) -> Key:
        """What there is one current target of."""
        return self[:3]


class _Found(NamedTuple):
    """A revision that somebody decides about."""

    id: int
    partner_id: int
    kpi_id: int
    period: int
    n: int
    state: str
    on_behalf: bool
    undo_until: date | None
    figures: TargetFigures

    @property
    def key(self) -> Key:
        return self[1:4]


def set_target(
    partner_id: int,
    kpi_id: int,
    period: Period,
    figures: TargetFigures,
    *,
    by: Viewer,
    n: int,
    agreed: str = "",
    terms: TargetTerms | None = None,
) -> int:
    """Propose a target or, where `agreed` says how both sides agreed, let it count at once.

    What of SMART is missing is then waived with the same words. `n` is the latest revision that
    the form showed (0: none); returns the number that the target has now. Raises KpiRefusal and
    StaleVersion.
    """
    draft = TargetDraft(partner_id, kpi_id, period.key, figures, terms or TargetTerms(), n)
    written = propose_targets([draft], by=by, waiver=agreed, agreed=agreed)
    return n + 1 if written else n


def propose_targets(
    drafts: Sequence[TargetDraft],
    *,
    by: Viewer,
    waiver: str = "",
    agreed: str = "",
    as_draft: bool = False,
) -> list[Key]:
    """Write revisions of targets in one transaction, all or none; returns the keys that changed.

    They are proposals to the partner; with `agreed`, the evidence of the partner's consent, they
    count at once, marked "on behalf"; `as_draft` keeps them to the host. A proposal must be SMART
    but for what `waiver` gives a reason. Raises KpiRefusal, and StaleTargets naming the keys of
    which there is a later revision than was seen.
    """
    waiver, agreed = waiver.strip(), agreed.strip()
    for field, text in (("waiver", waiver), ("agreed", agreed)):
        if len(text) > 1000:
            raise KpiRefusal("At most 1,000 characters.", field=field)
    waived = _check(drafts, by, waiver, as_draft)
    keys = [draft.key for draft in drafts]
    now = clock.now()
    try:
        with atomic():
            sql.lock_partners({key[0] for key in keys})
            _check_writable({key[0] for key in keys}, by)  # anew: one may have been merged
            last_n = latest_numbers(keys)
            stale = [draft.key for draft in drafts if last_n.get(draft.key, 0) != draft.n]
            if stale:
                raise StaleTargets(_CHANGED, keys=stale)
            if agreed:
                standing = current_targets(keys)
                unchanged = {
                    d.key for d in drafts if standing.get(d.key, (0, None)) == (d.n, d.figures)
                }
                drafts = [d for d in drafts if d.key not in unchanged]
            if drafts:
                _write(drafts, last_n, waived, now, by, waiver, agreed, as_draft)
    except IntegrityError as error:
        raise StaleTargets(_CHANGED, keys=keys) from error
    return [draft.key for draft in drafts]


def accept_targets(revision_ids: Iterable[int], *, by: Viewer) -> int:
    """The partner's signatory accepts proposals: they count from now on. Returns how many.

    Accepting also confirms that the partner can reach the named sources. Raises KpiRefusal, and
    StaleVersion where one of them is no longer proposed.
    """
    _check_signatory(by)
    with atomic():
        found = _proposed(revision_ids, by.partner_id)
        _accept(found, "", by, on_behalf=False)
    return len(found)


def accept_targets_on_behalf(revision_ids: Iterable[int], evidence: str, *, by: Viewer) -> int:
    """A manager records that the partner agreed; marked, and undoable for ten working days."""
    evidence = _needed(evidence, "Say how the partner agreed.", "agreed")
    with atomic():
        found = _proposed(revision_ids)
        _check_writable({row.partner_id for row in found}, by)
        _accept(found, evidence, by, on_behalf=True)
    return len(found)


def reject_target(revision_id: int, reason: str, *, by: Viewer) -> None:
    """The partner's signatory rejects a proposal with a reason; what counted goes on counting."""
    _check_signatory(by)
    reason = _needed(reason, "Say what would have to change.", "reason")
    with atomic():
        found = _proposed([revision_id], by.partner_id)
        _set_state(found, "rejected")
        _decide(found, "rejected", "partner", by, reason)
        target_telling.target_refused(revision_id, reason, by)


def withdraw_target(revision_id: int, *, by: Viewer) -> None:
    """A manager takes a draft, a proposal or a rejected one back; what counts is untouched."""
    with atomic():
        found = [row for row in _find([revision_id], None) if row.state in OPEN]
        if not found:
            raise StaleVersion(_CHANGED)
        _check_writable({found[0].partner_id}, by)
        _set_state(found, "superseded")
        _decide(found, "withdrawn", "host", by)


def undo_acceptance(revision_id: int, reason: str, *, by: Viewer) -> None:
    """The partner's signatory undoes an acceptance that was recorded on its behalf.

    The target is a proposal again, and what counted before it counts again. Raises KpiRefusal
    after the ten working days, and StaleVersion where it no longer counts.
    """
    _check_signatory(by)
    with atomic():
        found = _find([revision_id], by.partner_id)
        if not found or found[0].state != "accepted" or not found[0].on_behalf:
            raise StaleVersion(_CHANGED)
        row = found[0]
        if row.undo_until is None or row.undo_until < current_settings().today():
            raise KpiRefusal("The ten working days in which this could be undone are over.")
        sql.run(
            "UPDATE target_revision SET state = 'proposed', partner_at = NULL,"
            " accepted_at = NULL, on_behalf = ?, undo_until = NULL WHERE id = ?",
            False,
            row.id,
        )
        _decide(found, "undone", "partner", by, reason.strip())
        restore(row.key, row.n)
        target_telling.target_refused(revision_id, reason, by, undone=True)


def _check(
    drafts: Sequence[TargetDraft], by: Viewer, waiver: str, as_draft: bool
) -> dict[Key, str]:
    """Refuse what cannot be written; answers the letters that each target counts without."""
    kpis = queries.definitions(active_only=False)
    waived: dict[Key, str] = {}
    for draft in drafts:
        kpi = kpis.get(draft.kpi_id)
        if kpi is None:
            raise KpiRefusal("This KPI is not in use.", field="kpi")
        check_target(kpi.definition, draft.period, draft.figures)
        unmet = gate.letters(gate.gate(kpi, draft.figures, draft.terms))
        if unmet and not as_draft and not waiver:
            raise KpiRefusal(
                "Not SMART yet, missing: %(letters)s. Complete it, or say why it counts anyway.",
                field="waiver",
                letters=", ".join(unmet),
            )
        waived[draft.key] = "" if as_draft else unmet
    _check_writable({draft.partner_id for draft in drafts}, by)
    served = {(d.partner_id, d.terms.goal_id) for d in drafts if d.terms.goal_id is not None}
    for partner_id, goal_id in served:
        own = (PartnerGoal.id == goal_id) & (PartnerGoal.partner == partner_id)
        if not PartnerGoal.select().where(own).exists():
            raise KpiRefusal("Choose one of this partnership's goals.", field="goal")
    return waived


def _write(
    drafts: Sequence[TargetDraft],
    last_n: dict[Key, int],
    waived: dict[Key, str],
    now: datetime,
    by: Viewer,
    waiver: str,
    agreed: str,
    as_draft: bool,
) -> None:
    state = "draft" if as_draft else "accepted" if agreed else "proposed"
    rows = [TargetRow(*draft[:5]) for draft in drafts]
    insert_revisions(
        rows,
        last_n,
        Standing(
            state,
            by.user_id,
            now,
            "form",
            waiver if any(waived.values()) else "",
            host_at=None if as_draft else now,
            partner_at=now if agreed else None,
            accepted_at=now if agreed else None,
            on_behalf=bool(agreed),
            undo_until=_undo_until() if agreed else None,
        ),
        waived,
    )
    written = [(*row.key, last_n.get(row.key, 0) + 1) for row in rows]
    _note(written, "drafted" if as_draft else "proposed", "host", by, waiver)
    if state == "proposed":
        target_telling.targets_proposed(_ids(written), by)
    if agreed:
        _note(written, "accepted", "partner", by, agreed, on_behalf=True)
        make_current([(*at, *row.figures) for at, row in zip(written, rows, strict=True)])
        rollups.apply([], [(key[0], key[2]) for key in written])
        target_telling.targets_accepted_on_behalf(_ids(written), agreed, by)


def _ids(written: Sequence[tuple[int, int, int, int]]) -> list[int]:
    """The ids of revisions by partner, KPI, period and number."""
    found: list[int] = []
    for at in range(0, len(written), 100):
        some = written[at : at + 100]
        same = " OR ".join(["(partner_id = ? AND kpi_id = ? AND period = ? AND n = ?)"] * len(some))
        places = [part for place in some for part in place]
        found += [
            row[0] for row in sql.rows(f"SELECT id FROM target_revision WHERE {same}", *places)
        ]
    return found


def _accept(found: Sequence[_Found], reason: str, by: Viewer, *, on_behalf: bool) -> None:
    now = clock.now()
    until = _undo_until() if on_behalf else None
    sql.run_many(
        "UPDATE target_revision SET state = 'accepted', partner_at = ?, accepted_at = ?,"
        " on_behalf = ?, undo_until = ? WHERE id = ?",
        [(now, now, on_behalf, until, row.id) for row in found],
    )
    _decide(found, "accepted", "partner", by, reason, on_behalf=on_behalf)
    make_current([(*row.key, row.n, *row.figures) for row in found])
    rollups.apply([], [(row.partner_id, row.period) for row in found])
    ids = [row.id for row in found]
    if on_behalf:
        target_telling.targets_accepted_on_behalf(ids, reason, by)
        return
    target_telling.targets_accepted(ids, by)


def _find(revision_ids: Iterable[int], partner_id: int | None) -> list[_Found]:
    """Revisions under a lock on their partners, so that two decisions do not cross."""
    ids = sorted(set(revision_ids))
    where = f"WHERE id IN ({sql.marks(len(ids))})" if ids else "WHERE 1 = 0"
    owners = sql.rows(f"SELECT partner_id FROM target_revision {where}", *ids)
    sql.lock_partners(row[0] for row in owners)
    columns = "id, partner_id, kpi_id, period, n, state, on_behalf, undo_until"
    rows = sql.rows(f"SELECT {columns}, {', '.join(FIGURES)} FROM target_revision {where}", *ids)
    found = [_found(row) for row in rows]
    return [row for row in found if partner_id is None or row.partner_id == partner_id]


def _found(row: tuple[Any, ...]) -> _Found:
    until = date.fromisoformat(row[7]) if isinstance(row[7], str) else row[7]
    figures = TargetFigures._make((*row[8:-1], bool(row[-1])))
    return _Found._make((*row[:6], bool(row[6]), until, figures))


def _proposed(revision_ids: Iterable[int], partner_id: int | None = None) -> list[_Found]:
    ids = set(revision_ids)
    found = _find(ids, partner_id)
    if len(found) < len(ids) or any(row.state != "proposed" for row in found):
        raise StaleVersion(_CHANGED)
    return found


def _set_state(found: Sequence[_Found], state: str) -> None:
    sql.run_many(
        "UPDATE target_revision SET state = ? WHERE id = ?", [(state, row.id) for row in found]
    )


def _decide(
    found: Sequence[_Found],
    action: str,
    side: str,
    by: Viewer,
    reason: str = "",
    *,
    on_behalf: bool = False,
) -> None:
    _note([(*row.key, row.n) for row in found], action, side, by, reason, on_behalf=on_behalf)


def _note(
    revisions: Sequence[tuple[int, int, int, int]],
    action: str,
    side: str,
    by: Viewer,
    reason: str = "",
    *,
    on_behalf: bool = False,
) -> None:
    """Keep who decided what: a row each, and one in the audit for each partner."""
    columns = ("partner_id", "kpi_id", "period", "n", "at", "by_id", "side", "action")
    now = clock.now()
    sql.insert(
        "target_decision",
        (*columns, "on_behalf", "reason"),
        [(*r, now, by.user_id, side, action, on_behalf, reason[:1000]) for r in revisions],
    )
    for partner_id in sorted({revision[0] for revision in revisions}):
        own = [list(revision[1:]) for revision in revisions if revision[0] == partner_id]
        detail = {"kpi_period_n": own, "on_behalf": on_behalf}
        told = [audit.Change("reason", None, reason[:1000] or None)]
        audit.record(f"target.{action}", f"partner:{partner_id}", detail, changes=told)


def _check_writable(partner_ids: set[int], by: Viewer) -> None:
    may = by.is_staff and by.can("targets.edit")
    mine = Partner.select().where(Partner.id.in_(list(partner_ids)), editable_by(by))
    if not may or mine.count() < len(partner_ids):
        raise KpiRefusal("This partner's targets are not yours to set.")


def _check_signatory(by: Viewer) -> None:
    if by.is_staff or by.partner_id is None or not by.can_sign:
        raise KpiRefusal("Only a contact who may sign for the partner can decide this.")


def _needed(text: str, message: str, field: str) -> str:
    text = text.strip()
    if not text or len(text) > 1000:
        raise KpiRefusal(message, field=field)
    return text


def _undo_until() -> date:
    """The last day on which a partner undoes what was accepted on their behalf."""
    settings = current_settings()
    return add_business_days(settings.today(), UNDO_DAYS, business_calendar(settings))
