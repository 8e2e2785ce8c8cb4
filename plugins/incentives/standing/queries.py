"""Reads about enrolments, decisions and appeals; whatever an address names is scoped here."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import abort
from peewee import JOIN, SQL

from app.api import Partner, Viewer, kept, organisation, own_partners, readable
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.standing.models import (
    TAKING_PART,
    Appeal,
    Enrolment,
    Evaluation,
    Reason,
)
from plugins.incentives.standing.state import Event


def enrolments_of(viewer: Viewer, partner_id: int | None) -> list[Enrolment]:
    """A partner's places in the programmes that run, if the viewer may see the partner."""
    rows = (
        Enrolment.select(Enrolment, Partner, Programme)
        .join(Partner)
        .switch(Enrolment)
        .join(Programme)
        .where(
            Partner.id == partner_id, readable(viewer), Programme.status == "running", TAKING_PART
        )
        .order_by(Programme.name)
    )
    return list(rows)


def enrolment_or_404(viewer: Viewer, id_: int) -> Enrolment:
    """An enrolment of a partner that the viewer may see."""
    row = (
        Enrolment.select(Enrolment, Partner)
        .join(Partner)
        .where(Enrolment.id == id_, readable(viewer))
        .first()
    )
    if row is None:
        abort(404)
    found: Enrolment = row
    return found


def decision_or_404(viewer: Viewer, id_: int) -> tuple[Evaluation, Enrolment]:
    """A decision with the enrolment that it is about, where the viewer may see the partner."""
    row = (
        Evaluation.select(Evaluation, ProgrammeVersion)
        .join(ProgrammeVersion)
        .where(Evaluation.id == id_, _open_to(viewer))
        .first()
    )
    if row is None:
        abort(404)
    return row, enrolment_or_404(viewer, row.enrolment)


def _open_to(viewer: Viewer) -> Any:
    """Which decisions somebody may read: staff all.

    The partner's own people no tier that was only asked for by hand: it is theirs to read once it
    was approved, and stays among staff where it was declined.
    """
    if viewer.is_staff:
        return SQL("1 = 1")
    later = Evaluation.alias()
    answer = (
        later.select(later.event)
        .where(
            later.enrolment == Evaluation.enrolment,
            later.id > Evaluation.id,
            later.event.in_((Event.ASK_OVERRIDE, Event.CONFIRM_OVERRIDE, Event.DECLINE_OVERRIDE)),
        )
        .order_by(later.id)
        .limit(1)
    )
    approved = answer == Event.CONFIRM_OVERRIDE.value
    asked, declined = Evaluation.event == Event.ASK_OVERRIDE, Event.DECLINE_OVERRIDE
    return (Evaluation.event != declined) & (~asked | approved)


def appeal_or_404(viewer: Viewer, id_: int) -> Appeal:
    """An appeal of a partner that the viewer may see."""
    row = (
        Appeal.select(Appeal, Partner)
        .join(Partner)
        .where(Appeal.id == id_, readable(viewer))
        .first()
    )
    if row is None:
        abort(404)
    found: Appeal = row
    return found


def open_appeals(viewer: Viewer, limit: int) -> list[tuple[Appeal, str]]:
    """The own partners' appeals that wait for an answer, the oldest first."""
    rows = _open_appeals(viewer, organisation().today(), limit)
    return [(row, row.partner.name) for row in rows]


@kept
def _open_appeals(viewer: Viewer, today: Any, limit: Any) -> Any:
    mine = own_partners(viewer, today) & Partner.merged_into.is_null()
    waits = Appeal.state == SQL("'open'")  # as text: for a parameter SQLite would not use the index
    # From the open ones on: SQLite else begins with every partner that somebody owns.
    rows = Appeal.select(Appeal, Partner).join(Partner, JOIN.CROSS, attr="partner")
    return (
        rows.where(waits, Appeal.partner == Partner.id, mine).order_by(Appeal.asked_at).limit(limit)
    )


class Decision(NamedTuple):
    """A line of the history of decisions."""

    id: int
    enrolment: int
    as_of: date
    at: datetime
    event: str
    outcome: str
    by: int | None
    four_eyes: bool
    after: str
    definition: str
    reason: str | None


_LINE = (
    Evaluation.id,
    Evaluation.enrolment,
    Evaluation.as_of,
    Evaluation.at,
    Evaluation.event,
    Evaluation.outcome,
    Evaluation.by,
    Evaluation.four_eyes,
    Evaluation.after,
    ProgrammeVersion.definition,
)


def decisions(viewer: Viewer, enrolments: Collection[int], limit: int) -> list[Decision]:
    """The latest decisions on these enrolments that the viewer may read, the latest first."""
    rows = (
        Evaluation.select(*_LINE, Reason.text)
        .join(ProgrammeVersion)
        .left_outer_join(Reason, on=(Reason.evaluation == Evaluation.id))
        .where(Evaluation.enrolment.in_(list(enrolments)), _open_to(viewer))
        .order_by(Evaluation.id.desc())
        .limit(limit)
    )
    return [Decision(*row) for row in rows.tuples()]


def decisions_about(partner_id: int, until: date, but: Collection[str]) -> list[Decision]:
    """The decisions on a partner up to a day, in all its programmes, the latest first.

    Without those of which nothing else came than one of `but`. Reasons are left out.
    """
    rows = (
        Evaluation.select(*_LINE, SQL("NULL"))
        .join(ProgrammeVersion)
        .join(Enrolment, on=(Enrolment.id == Evaluation.enrolment))
        .where(
            Enrolment.partner == partner_id,
            Evaluation.as_of <= until,
            Evaluation.outcome.not_in(list(but)),
        )
        .order_by(Evaluation.as_of.desc(), Evaluation.id.desc())
    )
    return [Decision(*row) for row in rows.tuples()]


def reason_of(evaluation_id: int) -> str:
    """Why somebody decided so, in their words."""
    row = Reason.get_or_none(Reason.evaluation == evaluation_id)
    return str(row.text) if row else ""


def appeals_of(evaluations: Collection[int]) -> list[Appeal]:
    """What was asked about these decisions, the latest first."""
    rows = Appeal.select().where(Appeal.evaluation.in_(list(evaluations)))
    return list(rows.order_by(Appeal.id.desc()))


def eligible_partners(
    viewer: Viewer, programme_id: int, types: Collection[str], limit: int
) -> list[tuple[int, str, str]]:
    """Own partners that could take part and do not: id, code, name."""
    inside = Enrolment.select(Enrolment.partner).where(
        Enrolment.programme == programme_id, TAKING_PART
    )
    query = Partner.select(Partner.id, Partner.code, Partner.name).where(
        readable(viewer) if viewer.can("partners.admin") else own_partners(viewer),
        Partner.merged_into.is_null(),
        Partner.status.not_in(("suspended", "ended", "declined")),
        Partner.id.not_in(inside),
    )
    if types:
        query = query.where(Partner.type.in_(list(types)))
    return list(query.order_by(Partner.name_key, Partner.id).limit(limit).tuples())


def is_own(viewer: Viewer, partner_id: int) -> bool:
    """Whether the viewer decides about a partner: an administrator, its owner or team."""
    mine = readable(viewer) if viewer.can("partners.admin") else own_partners(viewer)
    return Partner.select().where(Partner.id == partner_id, mine).exists()


# ---- Refs


def known_partners(viewer: Viewer, ids: Collection[int]) -> list[tuple[int, str]]:
    """Of these partners, those that the viewer may see, with their names."""
    query = Partner.select(Partner.id, Partner.name)
    return list(query.where(Partner.id.in_(list(ids)), readable(viewer)).tuples())


def known_enrolments(viewer: Viewer, ids: Collection[int]) -> list[tuple[int, int, str]]:
    """Of these enrolments, those that the viewer may see, with their partners."""
    query = Enrolment.select(Enrolment.id, Partner.id, Partner.name).join(Partner)
    return list(query.where(Enrolment.id.in_(list(ids)), readable(viewer)).tuples())


def known_evaluations(viewer: Viewer, ids: Collection[int]) -> list[tuple[int, str]]:
    """Of these decisions, those that the viewer may see, with their partners' names."""
    query = (
        Evaluation.select(Evaluation.id, Partner.name)
        .join(Enrolment, on=(Enrolment.id == Evaluation.enrolment))
        .join(Partner, on=(Enrolment.partner == Partner.id))
    )
    shown = query.where(Evaluation.id.in_(list(ids)), readable(viewer), _open_to(viewer))
    return list(shown.tuples())
