"""Asking for the figures that a tier waits for: a task for each, closed once they came.

Source: domain specification §3, evaluation runs: unknown creates the task "resolve data".
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from app.api import (
    CalendarEntry,
    Kind,
    Partner,
    Period,
    TaskRow,
    atomic,
    business_day,
    create_task,
    lock,
    now,
    organisation,
    period_label,
    settle_task,
    site_path,
    tasks,
    translations,
    upsert,
)
from plugins.incentives.models import Question, Standing
from plugins.incentives.references import ref_of

_ = translations("incentives").gettext

ASKED_AFTER = 15  # days after a quarter's end: until then figures come by themselves
DAYS = 7  # working days in which they are to be found
AT_ONCE = 200  # tasks of one run


def ask_for_figures() -> None:
    """Set a task for each active partner whose tier of the last quarter is undetermined.

    Once for each partner and quarter, whatever came of it.
    """
    calendar, today = organisation().calendar, organisation().today()
    asked_on = today - timedelta(days=ASKED_AFTER)
    period = calendar.shift(calendar.containing(asked_on, Kind.QUARTER), -1)
    with atomic():
        lock("incentives.questions")
        rows = (
            Standing.select(Partner.id, Partner.name)
            .join(Partner)
            .left_outer_join(
                Question,
                on=(Question.partner == Partner.id) & (Question.period == period.key),
            )
            .where(
                Standing.period == period.key,
                ~Standing.decides,
                Partner.status == "active",
                Partner.merged_into.is_null(),
                Question.task.is_null(),
            )
            .order_by(Partner.id)
            .limit(AT_ONCE)
            .tuples()
        )
        found = [(id_, _ask(id_, name, period)) for id_, name in list(rows)]
        upsert(
            Question,
            [
                {
                    "period": period.key,
                    "partner": id_,
                    "task": task,
                    "outcome": "",
                    "asked_at": now(),
                }
                for id_, task in found
            ],
        )


def days_of_asking(start: date, end: date) -> list[CalendarEntry]:
    """The days on which missing figures of a quarter are asked for: by then they are to be in."""
    calendar, after = organisation().calendar, timedelta(days=ASKED_AFTER)
    first = calendar.containing(start - after, Kind.QUARTER)
    quarters = calendar.between(first, calendar.containing(end, Kind.QUARTER))
    asked = [(quarter, calendar.end(quarter) + after) for quarter in quarters]
    return [
        CalendarEntry(
            key=f"incentives-asking-{quarter.key}",
            day=day,
            title=_(
                "Tiers of %(period)s: missing figures are asked for", period=period_label(quarter)
            ),
            url=site_path("incentives.index"),
            category=_("Incentives"),
        )
        for quarter, day in asked
        if start <= day <= end
    ]


def _ask(partner_id: int, name: str, period: Period) -> int:
    words = period_label(period)
    return create_task(
        partner_id=partner_id,
        title=_("%(partner)s: find the missing figures of %(period)s", partner=name, period=words),
        description=_("The tier is undetermined until they are reported and approved."),
        side="host",
        due=business_day(organisation().today(), DAYS),
        ref=ref_of(partner_id, period.key),
        by=None,
    )


def settle(partner_ids: Sequence[int], periods: Iterable[Period]) -> None:
    """Close the tasks whose figures have come, in the caller's transaction."""
    rows = (
        Question.select(Question.task)
        .join(
            Standing,
            on=(Standing.partner == Question.partner) & (Standing.period == Question.period),
        )
        .where(
            Question.outcome == "",
            Standing.decides,
            Question.partner.in_(list(partner_ids)),
            Question.period.in_([period.key for period in periods]),
        )
        .tuples()
    )
    for (task,) in list(rows):
        settle_task(task, _("The figures are there."))


def note(task: int) -> None:
    """Write down what became of a task of ours; those of others are no business of this plugin."""
    row = tasks([task]).get(task)
    if row is not None:
        outcome = "" if row.is_open else row.state
        Question.update(outcome=outcome).where(Question.task == task).execute()


def follow_merge(gone: int) -> None:
    """The tier of a partner that ended waits for nothing."""
    rows = Question.select(Question.task).where(Question.partner == gone, Question.outcome == "")
    for (task,) in list(rows.tuples()):
        settle_task(task, _("The partner was merged into another."))


def question_of(partner_id: int, period: Period) -> tuple[TaskRow, str] | None:
    """The task that asks for a standing's figures, and what came of it; None where none does."""
    row = Question.get_or_none(Question.partner == partner_id, Question.period == period.key)
    task = tasks([row.task]).get(row.task) if row else None
    return (task, row.outcome) if task else None
