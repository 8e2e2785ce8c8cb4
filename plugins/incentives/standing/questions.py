"""Asking for the figures that a review waits for: a task for each, closed once they came.

Source: domain specification §3, table of states: unknown at a review creates "resolve data".
"""

from collections.abc import Collection

from app.api import (
    TaskRow,
    business_day,
    create_task,
    now,
    organisation,
    settings,
    settle_task,
    tasks,
    translations,
    upsert,
)
from plugins.incentives.references import enrolment_ref
from plugins.incentives.standing.models import Enrolment, Question
from plugins.incentives.standing.state import Effect, Phase, State

_ = translations("incentives").gettext


def follow(row: Enrolment, before: State | None, effects: Collection[Effect]) -> None:
    """Ask where a review could not be decided; settle where it was; in the caller's transaction."""
    if Effect.DATA_MISSING in effects:
        _ask(row)
    elif before and before.unknown_since and row.unknown_since is None:
        reason = _("The partner takes no part any more.")
        known = _("The figures are there.")
        settle([row.id], reason if row.state == Phase.LEFT.value else known)


def _ask(row: Enrolment) -> None:
    """Once for each row of reviews that wait for the same figures, whatever came of it."""
    review = row.unknown_since
    if Question.select().where(Question.enrolment == row.id, Question.review == review).exists():
        return
    task = create_task(
        partner_id=row.partner_id,
        title=_("%(partner)s: find the figures that the tier waits for", partner=row.partner.name),
        description=_(
            "The review could not be decided. Until they are approved, no tier is granted or"
            " taken away."
        ),
        side="host",
        due=business_day(organisation().today(), settings("incentives")["resolve_days"]),
        ref=enrolment_ref(row.id),
        by=None,
    )
    upsert(
        Question,
        [
            {
                "enrolment": row.id,
                "review": review,
                "task": task,
                "outcome": "",
                "asked_at": now(),
            }
        ],
    )


def settle(enrolments: Collection[int], words: str) -> None:
    """Close the tasks of enrolments that wait for nothing any more."""
    rows = Question.select(Question.task).where(
        Question.enrolment.in_(list(enrolments)), Question.outcome == ""
    )
    for (task,) in list(rows.tuples()):
        settle_task(task, words)


def note(task: int) -> None:
    """Write down what became of a task of ours; those of others are no business of this plugin."""
    row = tasks([task]).get(task)
    if row is not None:
        outcome = "" if row.is_open else row.state
        Question.update(outcome=outcome).where(Question.task == task).execute()


def questions_of(enrolments: Collection[int]) -> dict[int, tuple[TaskRow, str]]:
    """The latest task that asks for an enrolment's figures, and what came of it."""
    rows = (
        Question.select().where(Question.enrolment.in_(list(enrolments))).order_by(Question.review)
    )
    latest = {row.enrolment_id: row for row in rows}
    found = tasks([row.task for row in latest.values()])
    return {id_: (found[row.task], row.outcome) for id_, row in latest.items() if row.task in found}


def merged_words() -> str:
    """Why the tasks of a partner that ended are closed."""
    return str(_("The partner was merged into another."))
