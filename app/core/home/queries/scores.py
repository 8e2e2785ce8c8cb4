"""How the portfolio stands in a period, from the stored scorecards."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from app.core.contract import PartnerRef, Viewer
from app.core.home import rules
from app.core.kpis import sql
from app.core.kpis.presentation import MIN_COVERAGE
from app.core.kpis.queries import StatusCounts, status_counts
from app.core.periods import Calendar, Period
from app.core.quantities import MILLION

COVERED = int(MIN_COVERAGE * MILLION)
DOTS = 200  # partners that are drawn one by one; more make a histogram
OVER = ("ended", "declined")
ENDS = 5  # of the best and of the worst


class Scored(NamedTuple):
    """A partner with its stored scorecard of one period; shares are millionths."""

    id: int
    code: str
    name: str
    status: str
    score: int | None
    coverage: int
    green: int
    amber: int
    red: int
    grey: int
    currency: str = ""

    @property
    def ref(self) -> PartnerRef:
        """The partner as hooks see it."""
        return PartnerRef(self.id, self.code, self.name, self.status)

    @property
    def shown(self) -> bool:
        """Whether coverage allows the number to be shown."""
        return self.score is not None and self.coverage >= COVERED

    @property
    def expected(self) -> int:
        """KPIs with a target."""
        return self.green + self.amber + self.red + self.grey


_SCORED = (
    "SELECT p.id, p.code, p.name, p.status, s.score, s.coverage, s.green, s.amber, s.red, s.grey,"
    " p.currency FROM score s JOIN partner p ON p.id = s.partner_id WHERE s.period = ?"
)
_SHOWN = f" AND s.score IS NOT NULL AND s.coverage >= {COVERED}"


def best(viewer: Viewer, period: Period, limit: int) -> list[Scored]:
    """Partners with a scorecard in the period, the highest first, those without a number last."""
    order = "s.score DESC NULLS LAST, s.partner_id"
    return _scored(viewer, _SCORED, order, limit, period.key)


def worst(viewer: Viewer, period: Period, limit: int) -> list[Scored]:
    """The lowest scorecards of the period whose number is shown."""
    return _scored(viewer, _SCORED + _SHOWN, _LOWEST, limit, period.key)


def with_red(viewer: Viewer, period: Period, limit: int) -> list[Scored]:
    """Living partnerships with a red KPI in the period, the lowest scorecard first."""
    living = f" AND s.red > 0 AND s.score IS NOT NULL AND p.status NOT IN ({sql.marks(len(OVER))})"
    return _scored(viewer, _SCORED + living, _LOWEST, limit, period.key, *OVER)


_LOWEST = "s.score, s.partner_id DESC"  # the index on (period, score, partner), backwards


def _scored(
    viewer: Viewer, statement: str, order: str, limit: int, *params: object
) -> list[Scored]:
    where, own = _readable(viewer)
    found = sql.rows(f"{statement}{where} ORDER BY {order} LIMIT ?", *params, *own, limit)
    return [Scored._make(row) for row in found]


def _readable(viewer: Viewer) -> tuple[str, tuple[int, ...]]:
    """As `app.core.partners.queries.readable`, for statements that are kept as text."""
    return ("", ()) if viewer.is_staff else (" AND p.id = ?", (viewer.partner_id or 0,))


COLOURS = ("green", "amber", "red", "grey")


def with_colour(
    viewer: Viewer, period: Period, colour: str, page: int, size: int
) -> tuple[list[Scored], int]:
    """Partners with KPIs of a colour in the period (of any where it is ""), and how many.

    The highest scorecard first, those without a number last; two queries.
    """
    columns = (colour,) if colour in COLOURS else COLOURS
    some = f" AND s.{' + s.'.join(columns)} > 0"
    where, own = _readable(viewer)
    count = sql.rows(
        "SELECT COUNT(*) FROM score s JOIN partner p ON p.id = s.partner_id"
        f" WHERE s.period = ?{some}{where}",
        period.key,
        *own,
    )[0][0]
    found = sql.rows(
        f"{_SCORED}{some}{where} ORDER BY s.score DESC NULLS LAST, s.partner_id LIMIT ? OFFSET ?",
        period.key,
        *own,
        size,
        (page - 1) * size,
    )
    return [Scored._make(row) for row in found], int(count)


def scores_of(partner_ids: Sequence[int], period: Period) -> dict[int, int]:
    """The shown scores of a few partners in another period, in millionths."""
    if not partner_ids:
        return {}
    found = sql.rows(
        "SELECT s.partner_id, s.score FROM score s WHERE s.period = ?"
        f" AND s.partner_id IN ({sql.marks(len(partner_ids))}){_SHOWN}",
        period.key,
        *partner_ids,
    )
    return dict(found)


def moved(
    viewer: Viewer, period: Period, before: Period, limit: int, *, up: bool
) -> list[tuple[int, str, int]]:
    """The partners that rose or fell most: id, name and step in millionths."""
    where, own = _readable(viewer)
    sign, order = (">", "DESC") if up else ("<", "ASC")
    return sql.rows(
        "SELECT p.id, p.name, s.score - b.score AS step FROM score s"
        " JOIN score b ON b.partner_id = s.partner_id AND b.period = ?"
        " JOIN partner p ON p.id = s.partner_id"
        f" WHERE s.period = ?{_SHOWN}{_SHOWN.replace('s.', 'b.')}"
        f" AND s.score - b.score {sign} 0{where} ORDER BY step {order}, p.id LIMIT ?",
        before.key,
        period.key,
        *own,
        limit,
    )  # type: ignore[return-value]


def by_tenth(viewer: Viewer, period: Period) -> dict[int, int]:
    """How many shown scorecards lie in each tenth: 9 counts those from 90 % to under 100 %."""
    where, own = _readable(viewer)
    found = sql.rows(
        f"SELECT s.score / {MILLION // 10} AS tenth, COUNT(*) FROM score s"  # whole numbers
        " JOIN partner p ON p.id = s.partner_id"
        f" WHERE s.period = ?{_SHOWN}{where} GROUP BY tenth",
        period.key,
        *own,
    )
    return dict(found)


@dataclass(frozen=True, slots=True)
class Mover:
    """A partner whose scorecard changed since the period before, by a share of 1 in millionths."""

    id: int
    name: str
    step: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The picture of a period; `large` portfolios are read by their ends and counts only."""

    scored: tuple[Scored, ...]  # all of them, best first; in a large portfolio the first of them
    counts: StatusCounts
    large: bool

    @property
    def shown(self) -> tuple[Scored, ...]:
        """Those whose number coverage allows to be shown."""
        return tuple(row for row in self.scored if row.shown)

    def failing(self, limit: int) -> list[Scored]:
        """Living partnerships with a red KPI, the lowest scorecard first."""
        rows = [row for row in self.scored if row.red and row.status not in OVER]
        return sorted(rows, key=lambda row: row.score or 0)[:limit]

    @property
    def reported(self) -> int:
        """KPIs with a figure to hold against their target."""
        return self.counts.green + self.counts.amber + self.counts.red

    @property
    def expected(self) -> int:
        """KPIs with a target."""
        return self.reported + self.counts.grey

    @property
    def met(self) -> Fraction | None:
        """The share of the reported KPIs that are green."""
        return Fraction(self.counts.green, self.reported) if self.reported else None

    @property
    def known(self) -> Fraction | None:
        """The share of the expected KPIs that are reported."""
        return Fraction(self.reported, self.expected) if self.expected else None

    @property
    def hidden(self) -> int:
        """How many have figures, but too few to show a number."""
        return sum(1 for row in self.scored if not row.shown)


def portfolio(viewer: Viewer, period: Period) -> Portfolio:
    """The stored scorecards of a period: one query, two where there are very many."""
    scored = best(viewer, period, DOTS + 1)
    if len(scored) > DOTS:
        return Portfolio(tuple(scored), status_counts(period, viewer), large=True)
    counts = StatusCounts(
        partners=len(scored),
        **{c: sum(getattr(row, c) for row in scored) for c in ("green", "amber", "red", "grey")},
    )
    return Portfolio(tuple(scored), counts, large=False)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who leads, who trails, who moved, and the picture of all."""

    best: tuple[Scored, ...]
    worst: tuple[Scored, ...]  # empty where the best are all there are
    movers: tuple[Mover, ...]
    before: Period
    strip: rules.Strip | None = None
    bars: tuple[rules.Bar, ...] = ()


def ranking(viewer: Viewer, period: Period, calendar: Calendar, whole: Portfolio) -> Ranking:
    """The ends and the movement of a portfolio: one query more, four for a large one."""
    before = calendar.shift(period, -1)
    if whole.large:
        return Ranking(
            best=tuple(row for row in whole.scored if row.shown)[:ENDS],
            worst=tuple(worst(viewer, period, ENDS)),
            movers=tuple(
                Mover(*row)
                for up in (True, False)
                for row in sorted(moved(viewer, period, before, 3, up=up), key=lambda r: -r[2])
            ),
            before=before,
            bars=rules.bars(by_tenth(viewer, period)),
        )
    shown = whole.shown
    names = {row.id: row.name for row in shown}
    now = {row.id: row.score or 0 for row in shown}
    ends = shown if len(shown) < 2 * ENDS else shown[:ENDS]
    return Ranking(
        best=ends,
        worst=() if ends is shown else tuple(reversed(shown[-ENDS:])),
        movers=tuple(
            Mover(id_, names[id_], step)
            for id_, step in rules.movers(now, scores_of(list(now), before))
        ),
        before=before,
        strip=rules.strip([(row.id, row.code, row.name, row.score or 0) for row in shown]),
    )
