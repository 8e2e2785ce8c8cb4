"""What a question's answers come to: counts, and the score that its type has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from plugins.surveys.rules import csat, nps, ranges, rhi
from plugins.surveys.rules.csat import Csat
from plugins.surveys.rules.definition import Question, Type
from plugins.surveys.rules.nps import Nps
from plugins.surveys.rules.questions import MILLION, bounds
from plugins.surveys.rules.ranges import Range


@dataclass(frozen=True, slots=True)
class Figure:
    """The answers of some people to one question.

    `counts` are by answer: a number of the scale, an option's key, "yes" and "no"; those of a
    matrix lie in `rows`, those of numbers and days in `ranges`. `mean` is of the scale, of numbers,
    or a mean place by option in `places`.
    """

    n: int
    counts: Mapping[str, int] = field(default_factory=dict)
    mean: Fraction | None = None
    score: Fraction | None = None  # of agreement, 0 to 100
    nps: Nps | None = None
    csat: Csat | None = None
    rows: Mapping[str, "Figure"] = field(default_factory=dict)
    places: Mapping[str, Fraction] = field(default_factory=dict)
    ranges: tuple[Range, ...] = ()
    texts: tuple[str, ...] = ()


def figure(question: Question, given: Sequence[Any], least: int = 0) -> Figure:
    """The figure of a question's answers; blanks are not among them.

    A range of numbers or days holds `least` of them or more.
    """
    n, kind = len(given), question.type
    if kind.is_text:
        return Figure(n, texts=tuple(sorted(given)))
    if kind in (Type.NPS, Type.CSAT5, Type.LIKERT5, Type.RATING):
        return _scale(question, given)
    if kind is Type.MATRIX:
        rows = {
            row.key: _five([one[row.key] for one in given if row.key in one])
            for row in question.rows
        }
        return Figure(n, rows=rows)
    if kind is Type.YES_NO:
        return Figure(n, {"yes": sum(given), "no": n - sum(given)})
    if kind is Type.NUMBER:
        numbers = [Fraction(one, MILLION) for one in given]
        mean = sum(numbers, Fraction()) / n if n else None
        return Figure(n, mean=mean, ranges=ranges.of_numbers(numbers, least))
    if kind is Type.DATE:
        days = [date.fromisoformat(one) for one in given]
        return Figure(n, ranges=ranges.of_days(days, least))
    if kind is Type.RANKING:
        return Figure(n, places=_places(question, given))
    chosen = Counter(key for one in given for key in ([one] if isinstance(one, str) else one))
    return Figure(n, {option.key: chosen[option.key] for option in question.options})


def _scale(question: Question, given: Sequence[int]) -> Figure:
    low, high = bounds(question)
    counted = Counter(given)
    counts = {str(step): counted[step] for step in range(low, high + 1)}
    mean = Fraction(sum(given), len(given)) if given else None
    straight = [rhi.straight(one, question.reverse) for one in given]
    return Figure(
        len(given),
        counts,
        mean,
        score=rhi.score(straight) if question.type is Type.LIKERT5 else None,
        nps=nps.of_answers(given) if question.type is Type.NPS else None,
        csat=csat.of_answers(given) if question.type is Type.CSAT5 else None,
    )


def _five(given: Sequence[int]) -> Figure:
    counted = Counter(given)
    mean = Fraction(sum(given), len(given)) if given else None
    return Figure(len(given), {str(step): counted[step] for step in range(1, 6)}, mean)


def _places(question: Question, given: Sequence[Sequence[str]]) -> dict[str, Fraction]:
    if not given:
        return {}
    return {
        option.key: Fraction(sum(one.index(option.key) + 1 for one in given), len(given))
        for option in question.options
    }
