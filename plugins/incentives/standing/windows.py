"""Which closed periods a window holds on a day.

A period is closed once its due date, so many days after its last one, has passed. The calendar is
an argument. Source: domain specification §2 (Closed) and §3, Windows.
"""

from datetime import date

from app.api import Calendar, Kind, Period, is_closed
from plugins.incentives.programmes.definition import MONTHS_OF, Span, Window


def last_closed(calendar: Calendar, kind: Kind, due_days: int, today: date) -> Period:
    """The latest closed period of a kind."""
    period = calendar.shift(calendar.containing(today, kind), -1)
    while not is_closed(calendar.end(period), due_days, today):
        period = calendar.shift(period, -1)
    return period


def periods(
    calendar: Calendar, window: Window, today: date, due_days: int, finest: Kind = Kind.MONTH
) -> tuple[Period, ...]:
    """The closed periods of a window, the oldest first.

    They are months or quarters as the window says, months for years; where a figure is reported
    less often (`finest`), so many of its own periods as cover the same time. The current fiscal
    year may hold none yet; the last one holds all of its periods once the whole year is closed,
    else those of the year before.
    """
    if window.span in (Span.MONTHS, Span.QUARTERS):
        own = Kind.MONTH if window.span is Span.MONTHS else Kind.QUARTER
        kind = own if finest.rank <= own.rank else finest
        count = max(1, window.n * MONTHS_OF[own] // MONTHS_OF[kind])
        last = last_closed(calendar, kind, due_days, today)
        return tuple(calendar.between(calendar.shift(last, 1 - count), last))
    kind = Kind.MONTH if finest.rank <= Kind.MONTH.rank else finest
    if window.span is Span.CURRENT_YEAR:
        year = calendar.containing(today, Kind.YEAR)
        inside = calendar.subperiods(year, kind)
        return tuple(one for one in inside if is_closed(calendar.end(one), due_days, today))
    year = last_closed(calendar, Kind.YEAR, due_days, today)
    return calendar.subperiods(year, kind)


def first_after(calendar: Calendar, kind: Kind, today: date) -> date:
    """The first day of the next period of a kind: when tiers are reviewed next."""
    return calendar.start(calendar.shift(calendar.containing(today, kind), 1))


def first_of_next_month(calendar: Calendar, today: date) -> date:
    """The day on which an approved demotion comes into force."""
    return first_after(calendar, Kind.MONTH, today)
