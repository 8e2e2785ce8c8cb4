"""Why a scorecard's number is what it is: what each KPI adds, what is missing, what may follow."""

from dataclasses import dataclass

from app.core.kpis.queries import Declared, ScorecardView, Standing
from app.core.kpis.rules import Part, parts
from app.core.periods import Calendar, Period


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI with a target: how it stands and what it adds to the scorecard."""

    standing: Standing
    part: Part


@dataclass(frozen=True, slots=True)
class ScoreExplanation:
    """A scorecard taken apart, the heaviest KPIs first."""

    lines: tuple[Line, ...]
    grey: tuple[Line, ...]  # what nobody has reported
    incomplete: tuple[Line, ...]  # reported for some of the period's parts only
    unjudged: tuple[Standing, ...]  # without a target: it adds nothing
    weight: int  # of those with a figure, in millionths
    whole: int  # of all


def explain_score(view: ScorecardView) -> ScoreExplanation:
    """What each KPI adds to a scorecard."""
    judged = [row for row in view.rows if row.result.status is not None]
    added = parts([row.result for row in judged])
    lines = [Line(row, part) for row, part in zip(judged, added, strict=True)]
    lines.sort(key=lambda line: -line.standing.result.weight)
    grey = tuple(line for line in lines if line.part.clamped is None)
    return ScoreExplanation(
        lines=tuple(lines),
        grey=grey,
        incomplete=tuple(
            line for line in lines if line not in grey and not line.standing.result.complete
        ),
        unjudged=tuple(row for row in view.rows if row.result.status is None),
        weight=sum(line.standing.result.weight for line in lines if line not in grey),
        whole=sum(line.standing.result.weight for line in lines),
    )


def declared_in(view: ScorecardView, calendar: Calendar) -> dict[int, list[tuple[int, Declared]]]:
    """The periods within a scorecard's that were declared missed, by KPI."""
    first, last = calendar.start(view.period), calendar.end(view.period)
    found: dict[int, list[tuple[int, Declared]]] = {}
    for kpi_id, by_period in view.figures.missed.items():
        inside = [
            (key, why)
            for key, why in sorted(by_period.items())
            if first <= calendar.start(Period.from_key(key)) <= last
        ]
        if inside:
            found[kpi_id] = inside
    return found
