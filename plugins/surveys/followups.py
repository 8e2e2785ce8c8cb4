"""What follows a low answer of somebody who is known: a task, and what was found and done."""

from app.api import (
    Partner,
    Refusal,
    SuggestionDraft,
    Viewer,
    atomic,
    audit,
    business_day,
    create_task,
    name_history,
    now,
    organisation,
    settle_task,
    suggest,
    translations,
)
from plugins.surveys.models import FollowUp, Invitation, Response, Wave

_ = translations("surveys").gettext
lazy_gettext = translations("surveys").lazy_gettext

DAYS = 2  # business days in which somebody is asked what is wrong
STATES = ("open", "contacted", "cause", "action", "closed")  # §5: the steps of the closed loop

name_history(
    {
        "surveys.followed_up": lazy_gettext("Low answer followed up"),
        "surveys.conflict_suggested": lazy_gettext("Conflict suggested after a low answer"),
    }
)


class StaleFollowUp(ValueError):
    """Somebody else has written in the meantime."""


class MissingStep(Refusal):
    """A step that is claimed without what it found."""


def begin(response: Response, wave: Wave, invitation: Invitation, low: list[str]) -> None:
    """Set the partner's owner a task, in the caller's transaction; once for each response."""
    if wave.mode == "anonymous" or invitation.side != "partner":
        return
    row = FollowUp.create(
        response=response,
        wave=wave,
        partner=invitation.partner_id,
        reasons=" ".join(low)[:500],
    )
    if invitation.partner_id is None:
        return
    # In confidence: that somebody answered low is told, who it was is not.
    task = create_task(
        partner_id=invitation.partner_id,
        title=_("Follow up a low answer in “%(wave)s”", wave=wave.title),
        description=_("Get in touch, find the cause, agree on what to do, then close it here."),
        side="host",
        due=business_day(organisation().today(), DAYS),
        ref=f"surveys_followup:{row.id}",
        by=None,
    )
    FollowUp.update(task=task).where(FollowUp.id == row.id).execute()


def write(row: FollowUp, state: str, cause: str, action: str, seen: int, *, by: Viewer) -> None:
    """Write down what was found and done; closing it closes its task.

    Raises: `MissingStep`, `StaleFollowUp`.
    """
    reached = STATES.index(state)
    if reached >= STATES.index("cause") and not cause.strip():
        raise MissingStep("Say what the cause is; “unknown” is an answer too.", field="cause")
    if reached >= STATES.index("action") and not action.strip():
        raise MissingStep("Say what is done; if nothing is, say why.", field="action")
    with atomic():
        done = (
            FollowUp.update(
                state=state,
                cause=cause.strip(),
                action=action.strip(),
                closed_at=now() if state == "closed" else None,
                version=FollowUp.version + 1,
            )
            .where(FollowUp.id == row.id, FollowUp.version == seen)
            .execute()
        )
        if not done:
            raise StaleFollowUp
        audit(
            "surveys.followed_up",
            f"surveys_followup:{row.id}",
            {"state": state, "fields": ["cause", "action"], "by": by.user_id},
        )
        if state == "closed" and row.task is not None:
            settle_task(row.task, _("The follow-up was closed."))


def suggest_conflict(row: FollowUp, *, by: Viewer) -> bool:
    """Suggest a conflict case after somebody looked at it; False where nobody takes one."""
    if row.partner_id is None:
        return False
    partner = Partner.get_by_id(row.partner_id)
    with atomic():
        waits = suggest(
            "conflicts.case",
            SuggestionDraft(
                row.partner_id,
                _("A low answer of %(partner)s may be a conflict", partner=partner.name),
                _("Somebody who followed up an answer suggests to look at it as a conflict."),
                evidence=(f"surveys_followup:{row.id}",),
                key=f"surveys-followup:{row.id}",
                source="surveys",
            ),
        )
        if waits:
            audit("surveys.conflict_suggested", f"surveys_followup:{row.id}", {"by": by.user_id})
    return bool(waits)
