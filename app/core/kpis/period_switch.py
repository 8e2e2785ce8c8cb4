"""The period that a page shows, chosen in its address: `?period=2013-Q2`."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, g, request
from flask_babel import gettext as _

from app.core.kpis.labels import kpi_word
from app.core.kpis.presentation import period_label
from app.core.periods import Calendar, Kind, Period, PeriodError
from app.web import same_page


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to go from here."""

    label: str
    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class PeriodSwitch:
    """The kinds of period to choose from, and the neighbours of the one that is shown."""

    label: str
    kinds: tuple[Choice, ...]
    previous: Choice
    next: Choice | None


def period_argument(default: Period | Callable[[], Period | None] | None) -> Period:
    """The period that the address names, else `default`, else this month; nonsense is 404.

    A default that costs a query may come as a function, which is called only where it is needed.
    """
    text = request.args.get("period", "")
    calendar: Calendar = g.organisation.calendar
    if not text:
        found = default() if callable(default) else default
        return found or calendar.containing(g.organisation.today(), Kind.MONTH)
    try:
        return calendar.parse(text)
    except PeriodError:
        abort(404)


def period_switch(period: Period, finest: Kind = Kind.MONTH) -> PeriodSwitch:
    """The kinds of period from `finest` on, the period before and, once it has begun, the next."""
    calendar = g.organisation.calendar
    kinds = [kind for kind in Kind if kind.rank >= min(finest.rank, period.kind.rank)]
    following = _shifted(calendar, period, 1)
    if following and calendar.start(following) > g.organisation.today():
        following = None
    earlier = _shifted(calendar, period, -1) or period
    return PeriodSwitch(
        label=period_label(period),
        kinds=tuple(
            Choice(
                kpi_word("kind", kind.value),
                _url(calendar, _same_time(calendar, period, kind)),
                kind is period.kind,
            )
            for kind in kinds
        ),
        previous=Choice(
            _("Previous: %(period)s", period=period_label(earlier)), _url(calendar, earlier), False
        ),
        next=Choice(
            _("Next: %(period)s", period=period_label(following)), _url(calendar, following), False
        )
        if following
        else None,
    )


def _same_time(calendar: Calendar, period: Period, kind: Kind) -> Period:
    """The longer period around this one, or the last shorter one in it."""
    if kind is period.kind:
        return period
    if kind.rank > period.kind.rank:
        return next(p for p in calendar.coarser(period) if p.kind is kind)
    return calendar.subperiods(period, kind)[-1]


def _shifted(calendar: Calendar, period: Period, n: int) -> Period | None:
    try:
        return calendar.shift(period, n)
    except PeriodError:
        return None


def _url(calendar: Calendar, period: Period) -> str:
    return same_page(page=None, period=calendar.label(period))
