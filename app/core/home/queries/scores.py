"""How the portfolio stands in a period, from the stored scorecards."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from peewee import fn

from app.core.contract import PartnerRef, Viewer
from app.core.home import rules
from app.core.kpis.models import Score
from app.core.kpis.presentation import MIN_COVERAGE
from app.core.kpis.queries import StatusCounts, status_counts
from app.core.partners.models import Partner
from app.core.partners.queries import readable
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


def best(viewer: Viewer, period: Period, limit: int) -> list[Scored]:
    """Partners with a scorecard in the period, the highest first, those without a number last."""
    return _scored(_scores(viewer, period).order_by(*_DOWN).limit(limit))


def worst(viewer: Viewer, period: Period, limit: int) -> list[Scored]:
    """The lowest scorecards of the period whose number is shown."""
    query = _scores(viewer, period).where(Score.score.is_null(False), Score.coverage >= COVERED)
    return _scored(query.order_by(Score.score, Score.partner.desc()).limit(limit))


def with_red(viewer: Viewer, period: Period, limit: int) -> list[Scored]:
    """Living partnerships with a red KPI in the period, the lowest scorecard first."""
    query = _scores(viewer, period).where(
        Score.red > 0, Score.score.is_null(False), Partner.status.not_in(OVER)
    )
    return _scored(query.order_by(Score.score, Score.partner.desc()).limit(limit))


_DOWN = (Score.score.desc(nulls="LAST"), Score.partner)


def _scores(viewer: Viewer, period: Period) -> Any:
    return (
        Score.select(
            Partner.id,
            Partner.code,
            Partner.name,
            Partner.status,
            Score.score,
            Score.coverage,
            Score.green,
            Score.amber,
            Score.red,
            Score.grey,
        )
        .join(Partner)
        .where(Score.period == period.key, readable(viewer))
    )


def _scored(query: Any) -> list[Scored]:
    return [Scored(*row) for row in query.tuples()]


def scores_of(partner_ids: Sequence[int], period: Period) -> dict[int, int]:
    """The shown scores of a few partners in another period, in millionths."""
    rows = (
        Score.select(Score.partner, Score.score)
        .where(
            Score.period == period.key,
            Score.partner.in_(partner_ids),
            Score.score.is_null(False),
            Score.coverage >= COVERED,
        )
        .tuples()
    )
    return dict(rows) if partner_ids else {}


def moved(
    viewer: Viewer, period: Period, before: Period, limit: int, *, up: bool
) -> list[tuple[int, str, int]]:
    """The partners that rose or fell most: id, name and step in millionths."""
    earlier = Score.alias()
    step = Score.score - earlier.score
    rows = (
        Score.select(Partner.id, Partner.name, step)
        .join(Partner)
        .switch(Score)
        .join(earlier, on=((earlier.partner == Score.partner) & (earlier.period == before.key)))
        .where(
            Score.period == period.key,
            Score.coverage >= COVERED,
            earlier.coverage >= COVERED,
            step > 0 if up else step < 0,
            readable(viewer),
        )
        .order_by(step.desc() if up else step, Partner.id)
        .limit(limit)
        .tuples()
    )
    return list(rows)


def by_tenth(viewer: Viewer, period: Period) -> dict[int, int]:
    """How many shown scorecards lie in each tenth: 9 counts those from 90 % to under 100 %."""
    tenth = Score.score / (MILLION // 10)  # whole numbers divide without a rest
    rows = (
        Score.select(tenth, fn.COUNT(Score.partner))
        .join(Partner)
        .where(
            Score.period == period.key,
            Score.score.is_null(False),
            Score.coverage >= COVERED,
            readable(viewer),
        )
        .group_by(tenth)
        .tuples()
    )
    return dict(rows)


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
