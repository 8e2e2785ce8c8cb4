"""A partner's tiers in the file of a whole partnership, and what is held on persons."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.api import PersonalRows, Subject, erase_names, translations
from plugins.incentives.programmes.models import Programme
from plugins.incentives.programmes.queries import running
from plugins.incentives.standing import notes, services
from plugins.incentives.standing.cases import Refused
from plugins.incentives.standing.evaluating import evaluate_partners
from plugins.incentives.standing.models import Appeal, Enrolment, Evaluation, Reason, Tenure

_ = translations("incentives").gettext


def exported(partner_id: int) -> dict[str, Any]:
    """The programmes that a partner takes part in, with its tiers over time and appeals."""
    rows = (
        Enrolment.select(Enrolment, Programme)
        .join(Programme)
        .where(Enrolment.partner == partner_id)
        .order_by(Enrolment.id)
    )
    return {"enrolments": [_exported(row) for row in rows]}


def _exported(row: Enrolment) -> dict[str, Any]:
    held = Tenure.select().where(Tenure.enrolment == row.id).order_by(Tenure.start, Tenure.id)
    decided = Evaluation.select().where(Evaluation.enrolment == row.id).order_by(Evaluation.id)
    asked = Appeal.select().where(Appeal.enrolment == row.id).order_by(Appeal.id)
    return {
        "programme": row.programme.name,
        "state": row.state,
        "tier": row.held,
        "since": row.since.isoformat(),
        "tenures": [
            {"start": one.start.isoformat(), "tier": one.tier, "reason": one.reason} for one in held
        ],
        "decisions": [
            {"as_of": one.as_of.isoformat(), "event": one.event, "outcome": one.outcome}
            for one in decided
        ],
        "appeals": [{"text": one.text, "state": one.state, "answer": one.answer} for one in asked],
    }


def imported(partner_id: int, data: Mapping[str, Any]) -> None:
    """Enrol a partner that came from another desk in programmes of the same name.

    The tier follows from its figures here: what another desk granted is no promise of this one.
    """
    listed = data.get("enrolments")
    rows = listed if isinstance(listed, list) else []
    names = {
        row.get("programme")
        for row in rows[:50]
        if isinstance(row, dict) and row.get("state") != "left"
    }
    for one in running():
        if one.programme.name in names:
            try:
                services.enrol_partner(one.programme.id, partner_id, None)
            except Refused:
                continue  # its type or status takes no part here
    evaluate_partners([partner_id])


def held(subject: Subject) -> Sequence[PersonalRows]:
    """The notes, reasons, appeals and answers that a person wrote."""
    if subject.user_id is None:
        return []  # whoever has no account wrote none; what bears no number is another's
    reasons = Reason.select().where(Reason.by == subject.user_id).order_by(Reason.evaluation)
    asked = Appeal.select().where(Appeal.asked_by == subject.user_id).order_by(Appeal.id)
    answered = Appeal.select().where(Appeal.answered_by == subject.user_id).order_by(Appeal.id)
    return [
        *notes.held(subject),
        PersonalRows(_("Reasons for decisions on tiers"), [{"text": row.text} for row in reasons]),
        PersonalRows(
            _("Appeals"), [{"at": row.asked_at.isoformat(), "text": row.text} for row in asked]
        ),
        PersonalRows(_("Answers to appeals"), [{"text": row.answer} for row in answered]),
    ]


def erase(subject: Subject) -> None:
    """What a person wrote stays without its author; mentions give way to the alias."""
    notes.erase(subject)
    Reason.update(by=None).where(Reason.by == subject.user_id).execute()
    Appeal.update(asked_by=None).where(Appeal.asked_by == subject.user_id).execute()
    Appeal.update(answered_by=None).where(Appeal.answered_by == subject.user_id).execute()
    Enrolment.update(override_by=None).where(
        Enrolment.override_by == subject.user_id, Enrolment.override_tier == ""
    ).execute()
    erase_names(subject, [Reason.text, Appeal.text, Appeal.answer])
