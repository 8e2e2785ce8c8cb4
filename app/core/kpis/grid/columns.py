"""The periods that a grid shows, chosen in its address: `?period=2013-12&count=12`."""

from collections.abc import Collection
from dataclasses import dataclass

from flask import abort, g, request
from flask_babel import gettext as _

from app.core.kpis.labels import kpi_word
from app.core.kpis.period_switch import Choice
from app.core.kpis.presentation import period_short
from app.core.periods import Calendar, Kind, Period, PeriodError
from app.web import same_page

COUNTS = (6, 12, 24)
USUAL = 12


@dataclass(frozen=True, slots=True)
class Column:
    """A period and how the head of its column reads."""

    period: Period
    key: int
    short: str
    begun: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """The periods of a grid, oldest first, and the ways to others."""

    kind: Kind
    columns: tuple[Column, ...]
    kinds: tuple[Choice, ...]
    counts: tuple[Choice, ...]
    earlier: Choice | None
    later: Choice | None

    @property
    def first(self) -> Period:
        """The oldest period."""
        return self.columns[0].period

    @property
    def last(self) -> Period:
        """The latest period."""
        return self.columns[-1].period


def asked_period() -> Period | None:
    """The period that the address names; nonsense is 404."""
    text = request.args.get("period", "")
    if not text:
        return None
    try:
        period: Period = g.organisation.calendar.parse(text)
    except PeriodError:
        abort(404)
    return period


def columns(kinds: Collection[Kind], usual: Kind) -> Columns:
    """The columns that the address asks for, in one of these kinds of period, else the usual one.

    Without a period they end with the one that runs now; a longer period of another kind ends
    them with its last month, quarter or whatever the rows take.
    """
    calendar: Calendar = g.organisation.calendar
    asked = asked_period()
    kind = asked.kind if asked and asked.kind in kinds else usual
    running = calendar.containing(g.organisation.today(), kind)
    last = running if asked is None else _earlier(_as(calendar, asked, kind), running)
    count = _count()
    shown = _back(calendar, last, count)
    following = _shifted(calendar, last, count)
    later = _earlier(following or running, running) if last != running else None
    earlier = _shifted(calendar, shown[0], -1)
    return Columns(
        kind,
        tuple(
            Column(p, p.key, period_short(p), calendar.start(p) <= g.organisation.today())
            for p in shown
        ),
        tuple(
            Choice(kpi_word("frequency", k.value), _url(_as(calendar, last, k)), k is kind)
            for k in Kind
            if k in kinds
        ),
        tuple(
            Choice(str(n), same_page(count=None if n == USUAL else n), n == count) for n in COUNTS
        ),
        Choice(_("Earlier periods"), _url(earlier), False) if earlier else None,
        Choice(_("Later periods"), _url(later), False) if later else None,
    )


def _count() -> int:
    text = request.args.get("count", "")
    return int(text) if text in map(str, COUNTS) else USUAL


def _back(calendar: Calendar, last: Period, count: int) -> list[Period]:
    """So many periods up to the last; fewer where the calendar begins."""
    first: Period | None = None
    while first is None:
        count -= 1
        first = _shifted(calendar, last, -count)
    return calendar.between(first, last)


def _as(calendar: Calendar, period: Period, kind: Kind) -> Period:
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


def _url(period: Period) -> str:
    return same_page(page=None, period=g.organisation.calendar.label(period))


def _earlier(one: Period, other: Period) -> Period:
    return min(one, other, key=lambda period: period.key)
