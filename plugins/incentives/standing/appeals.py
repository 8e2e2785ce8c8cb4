"""A partner asks that a decision on its tier is looked at again, and is answered on record."""

from functools import partial

from peewee import IntegrityError

from app.api import (
    AuditRef,
    Change,
    Partner,
    Refusal,
    Viewer,
    atomic,
    audit,
    notify,
    now,
    people,
    site_path,
    translations,
)
from plugins.incentives.references import evaluation_ref
from plugins.incentives.standing import services, telling
from plugins.incentives.standing.models import Appeal, Enrolment, Evaluation

_ = translations("incentives").gettext

ANSWERS = ("accepted", "declined")
LEAST = 10  # characters of either side's words


class AppealRefused(Refusal):
    """What is missing to an appeal or its answer."""


def ask(decision: Evaluation, enrolment: Enrolment, text: str, by: Viewer) -> int:
    """Ask for a review of a decision; one waits at a time for each.

    Raises: `AppealRefused`.
    """
    said = text.strip()
    if len(said) < LEAST:
        raise AppealRefused("Say in at least %(least)s characters what is wrong.", least=LEAST)
    try:
        with atomic():
            row = Appeal.create(
                partner=enrolment.partner_id,
                enrolment=enrolment.id,
                evaluation=decision.id,
                text=said,
                asked_by=by.user_id,
                asked_at=now(),
            )
            _record("incentives.appeal_asked", row, "text", said, by)
            name = Partner.get_by_id(enrolment.partner_id).name
            notify(
                telling.APPEALS,
                people(f"team:{enrolment.partner_id}"),
                title=partial(_, "%(partner)s asks to review a decision on its tier", partner=name),
                url=site_path("incentives.decision", evaluation_id=decision.id),
                ref=evaluation_ref(decision.id),
                key=f"appeal:{row.id}",
                by=by.user_id,
            )
            return int(row.id)
    except IntegrityError:
        raise AppealRefused("A review of this decision has been asked for already.") from None


def answer(appeal: Appeal, verdict: str, text: str, by: Viewer) -> None:
    """Answer an appeal with a reason; an accepted one evaluates the tier anew.

    What the figures do not carry needs an override, which the answer does not replace. Raises:
    `AppealRefused`, also where it was answered meanwhile.
    """
    said = text.strip()
    if verdict not in ANSWERS:
        raise AppealRefused("Accept or decline it.")
    if len(said) < LEAST:
        raise AppealRefused("Give your reasons in at least %(least)s characters.", least=LEAST)
    with atomic():
        mine = Appeal.update(
            state=verdict, answer=said, answered_by=by.user_id, answered_at=now()
        ).where(Appeal.id == appeal.id, Appeal.state == "open")
        if not mine.execute():
            raise AppealRefused("It was answered meanwhile.")
        _record(f"incentives.appeal_{verdict}", appeal, "answer", said, by)
        telling.tell_contacts(
            appeal.partner_id,
            telling.APPEALS,
            _answered,
            {"ref": evaluation_ref(appeal.evaluation), "key": f"answer:{appeal.id}"},
        )
        if verdict == "accepted":
            services.evaluate_again(Enrolment.get_by_id(appeal.enrolment))


def _answered() -> str:
    return _("The review that you asked for was answered")


def _record(action: str, row: Appeal, field: str, said: str, by: Viewer) -> None:
    changes = [
        Change(field, None, said),
        Change("user", None, AuditRef(f"user:{by.user_id}")),
    ]
    audit(action, f"partner:{row.partner_id}", {"evaluation": row.evaluation}, changes=changes)
