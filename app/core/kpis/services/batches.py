"""Several figures reported at once: checked row by row, written in a few statements.

Source: domain specification §2 (state table of values).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from peewee import IntegrityError

from app.core import audit, clock
from app.core.accounts.queries import current_settings
from app.core.contract import Viewer
from app.core.db import atomic, is_sqlite
from app.core.kpis import impact, sql, telling
from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.services.four_eyes import check_own
from app.core.kpis.services.recording import NOTHING, Written, make_current, retire, standings
from app.core.kpis.services.revisions import REVISION, Standing, reserve_ids
from app.core.kpis.services.texts import check_length
from app.core.kpis.services.values import (
    Submission,
    check_not_merged,
    check_restatement,
    check_row,
    kpi_facts,
    submit_value,
    writable_partners,
)
from app.core.kpis.totals import Figure


class Outcome(NamedTuple):
    """What became of one of several figures: its revision, or why it was refused."""

    revision_id: int | None
    refusal: KpiRefusal | None


def submit_values(
    rows: Sequence[Submission], *, by: Viewer, good_only: bool = False
) -> list[Outcome]:
    """Report several figures in one transaction; an outcome for each row, in order.

    Where a row is refused nothing is written, unless `good_only`: then the other rows are. A row
    of the same partner, KPI and period as one before it is refused.
    """
    found: dict[int, Outcome] = {}
    batch: dict[int, Submission] = {}
    seen: set[tuple[int, int, int]] = set()
    with atomic() as transaction:
        with telling.together(by):
            for at, row in enumerate(rows):
                if _key(row) in seen:
                    refusal = KpiRefusal("The same figure stands twice.", field="value")
                    found[at] = Outcome(None, refusal)
                elif row.evidence:
                    found[at] = _alone(row, by)
                else:
                    batch[at] = row
                seen.add(_key(row))
            found |= _together(batch, by)
        outcomes = [found[at] for at in range(len(rows))]
        if not good_only and any(outcome.refusal for outcome in outcomes):
            transaction.rollback()
            outcomes = [Outcome(None, outcome.refusal) for outcome in outcomes]
    return outcomes


def _key(row: Submission) -> tuple[int, int, int]:
    return row.partner_id, row.kpi_id, row.period.key


def _alone(row: Submission, by: Viewer) -> Outcome:
    """One figure with files; what is refused takes nothing of the others with it."""
    try:
        with atomic():
            return Outcome(submit_value(*row[:3], by=by, **row.rest()), None)
    except KpiRefusal as refusal:
        return Outcome(None, refusal)


def _together(rows: Mapping[int, Submission], by: Viewer) -> dict[int, Outcome]:
    if not rows:
        return {}
    try:
        with atomic():
            sql.lock_partners(row.partner_id for row in rows.values())
            if not by.is_staff and by.partner_id is not None:
                check_not_merged(by.partner_id)  # of staff's partners `writable_partners` knows
            standing = standings([_key(row) for row in rows.values()])
            refusals = _refusals(rows, standing, by)
            sound = [(at, row) for at, row in rows.items() if at not in refusals]
            ids = _write([(row, standing.get(_key(row), NOTHING)) for _, row in sound], by)
    except KpiRefusal as refusal:
        return {at: Outcome(None, refusal) for at in rows}
    except IntegrityError:
        words = "Somebody else has just reported this: look at it first."
        return {at: Outcome(None, KpiRefusal(words)) for at in rows}
    written = zip((at for at, _ in sound), ids, strict=True)
    return {at: Outcome(None, refusal) for at, refusal in refusals.items()} | {
        at: Outcome(id_, None) for at, id_ in written
    }


def _refusals(
    rows: Mapping[int, Submission], standing: Mapping[tuple[int, int, int], Standing], by: Viewer
) -> dict[int, KpiRefusal]:
    """Why rows cannot be submitted, by their place."""
    facts = kpi_facts({row.kpi_id for row in rows.values()})
    partner_ids = {row.partner_id for row in rows.values()}
    allowed = writable_partners(partner_ids, by) if by.is_staff else set()
    settings = current_settings()
    own: dict[tuple[int, str], KpiRefusal | None] = {}
    found: dict[int, KpiRefusal] = {}
    for at, row in rows.items():
        about, before = facts.get(row.kpi_id), standing.get(_key(row), NOTHING)
        figure = Figure(row.value, row.num, row.den)
        try:
            check_row(
                row.partner_id, about, figure, row.period, by, row.partner_id in allowed, settings
            )
            if about is not None and about.evidence_required:
                raise KpiRefusal("This KPI asks for evidence: attach a file.", field="evidence")
            check_length(note=row.note, reason=row.reason, approval=row.approval)
            check_restatement(before.current, figure, before.locked, row.reason)
        except KpiRefusal as refusal:
            found[at] = refusal
            continue
        if _approved(row, by):
            place = (row.partner_id, row.approval)
            if place not in own:
                own[place] = _own_refused(*place)
            if refused := own[place]:
                found[at] = refused
    return found


def _own_refused(partner_id: int, reason: str) -> KpiRefusal | None:
    try:
        check_own(partner_id, reason)
    except KpiRefusal as refusal:
        return refusal
    return None


def _approved(row: Submission, by: Viewer) -> bool:
    return by.is_staff and bool(row.approval.strip())


def _write(rows: Sequence[tuple[Submission, Standing]], by: Viewer) -> list[int]:
    if not rows:
        return []
    retire(before.pending_id for _, before in rows)
    ids, now = reserve_ids(len(rows)), clock.now()
    moment = str(now) if is_sqlite() else now  # else it is turned into text row by row
    sql.insert(
        "revision",
        REVISION,
        [
            (id_, *_key(row), before.last_n + 1, *_columns(row, by, moment))
            for id_, (row, before) in zip(ids, rows, strict=True)
        ],
    )
    counting = [
        Written(_key(row), Figure(row.value, row.num, row.den), id_, before)
        for id_, (row, before) in zip(ids, rows, strict=True)
        if _approved(row, by)
    ]
    for written in counting:
        if written.before.current is not None:
            impact.keep_effects(written.revision_id, written.key, written.figure)
    if counting:
        make_current(counting)
    for partner_id in sorted({row.partner_id for row, _ in rows}):
        own = [id_ for id_, (row, _) in zip(ids, rows, strict=True) if row.partner_id == partner_id]
        action = "kpi_values.recorded" if counting else "kpi_values.submitted"
        audit.record(action, f"partner:{partner_id}", {"revisions": own})
    approved = {written.revision_id for written in counting}
    telling.values_submitted([id_ for id_ in ids if id_ not in approved], by)
    return ids


def _columns(row: Submission, by: Viewer, moment: datetime | str) -> tuple[object, ...]:
    """A revision's columns from its state on."""
    approved = _approved(row, by)
    decided = (by.user_id, moment, False) if approved else (None, None, True)
    return (
        "approved" if approved else "submitted",
        *(row.value, row.num, row.den),
        *(row.note.strip(), row.reason.strip(), row.approval.strip() if approved else ""),
        *("form", by.user_id, moment),
        *decided,
    )
