"""When invited people are reminded, and when a recurring survey opens again.

Source: domain specification §5, state table and defaults.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

MOST_REMINDERS = 3
LEAST_DAYS = 3  # between two messages to the same people
LAST_DAYS = 1  # nobody is reminded on the day a wave closes
MONTHS = {"none": 0, "quarterly": 3, "half_yearly": 6, "yearly": 12}
MILESTONES = "milestones"  # of each partner: rules.milestones


def may_remind(today: date, closes: date, reminders: int, last: date) -> bool:
    """Whether a further reminder may go out; `last` is the day of the invitation or reminder."""
    early = (today - last).days < LEAST_DAYS
    return reminders < MOST_REMINDERS and not early and today <= closes - timedelta(LAST_DAYS)


def reminder_due(today: date, opened: date, closes: date, reminders: int, last: date) -> bool:
    """Whether a reminder goes out by itself: the time is cut in four, with one at each cut."""
    step = max(LEAST_DAYS, (closes - opened).days // (MOST_REMINDERS + 1))
    return today >= opened + timedelta(step * (reminders + 1)) and may_remind(
        today, closes, reminders, last
    )


def next_opening(opened: date, recurrence: str) -> date | None:
    """The day on which a recurring survey opens again; None where it does not."""
    months = MONTHS.get(recurrence, 0)
    if not months:
        return None
    year, month = divmod(opened.year * 12 + opened.month - 1 + months, 12)
    return date(year, month + 1, min(opened.day, monthrange(year, month + 1)[1]))


def in_same_quarter(day: date, others: Iterable[date]) -> bool:
    """Whether one of the other days lies in the same quarter of a year as this one.

    The half-yearly relationship survey takes the place of that quarter's pulse (domain
    specification §5, Defaults).
    """
    return _quarter(day) in {_quarter(other) for other in others}


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3
