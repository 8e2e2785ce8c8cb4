"""A wave's results, as far as they may be seen: the one place that answers come through.

Pages, files, charts, figures for others: all of them read a `Results`, and nothing else is made of
the answers of many. Source: domain specification §5, Small groups.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from plugins.surveys.rules import rhi
from plugins.surveys.rules.definition import Definition, Question
from plugins.surveys.rules.figures import Figure, figure
from plugins.surveys.rules.suppression import Shown, shown_cells


class Answered(NamedTuple):
    """One person's answers and group; `person` where somebody may answer more than once."""

    cell: str
    answers: Mapping[str, Any]
    person: str = ""


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """A question with everybody's figure (None: too few) and those of groups that are shown."""

    question: Question
    total: Figure | None
    cells: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Results:
    """What may be seen of a wave; `hidden` are groups that were asked and are not shown."""

    questions: tuple[QuestionResult, ...]
    relationship: rhi.Side | None  # of everybody
    sides: Mapping[str, rhi.Side]  # by group
    hidden: frozenset[str]
    n: int  # complete answers; 0 where they are too few to be told
    least: int = 0  # answers that are surely of k people, of whatever else is counted among them

    def of(self, key: str) -> QuestionResult | None:
        """A question's result."""
        return next((one for one in self.questions if one.question.key == key), None)


def results(
    definition: Definition,
    answered: Iterable[Answered],
    cells: Sequence[str],
    k: int | None,
    changed: Collection[str] = (),
) -> Results:
    """What may be seen of these answers.

    `cells` are all groups that were asked. With k of None everybody is known by name, and
    everything is seen. Whoever answered about several partners is one of the k people, once.
    """
    people = list(answered)
    places = [(one.cell, str(n)) for n, one in enumerate(people)] if k is None else _places(people)
    asked = definition.asked
    scores = [(one.cell, rhi.of_respondent(definition.items, one.answers)) for one in people]
    dimensions = list(dict.fromkeys(item.dimension for item in definition.items))
    measures: list[dict[str, int]] = [
        _counted(cells, places, [question.key in one.answers for one in people])
        for question in asked
    ]
    measures += [
        _counted(cells, places, [name in found for _cell, found in scores]) for name in dimensions
    ]
    parts = [(one, row.key) for one in asked for row in one.rows]
    measures += [
        _counted(cells, places, [key in one.answers.get(question.key, ()) for one in people])
        for question, key in parts
    ]
    measures.append(_counted(cells, places, [True] * len(people)))
    seen = _everything(measures) if k is None else shown_cells(measures, k, changed)
    # Somebody may have answered about several partners: so many answers are of k people at least.
    least = (k or 0) * max(Counter(person for _cell, person in places).values(), default=1)
    of_dimension = dict(zip(dimensions, seen[len(asked) :], strict=False))
    of_row = {
        (question.key, key): shown
        for (question, key), shown in zip(parts, seen[len(asked) + len(dimensions) :], strict=False)
    }
    visible: frozenset[str] = frozenset[str]().union(*(one.cells for one in seen))
    return Results(
        tuple(
            _question(question, people, shown, of_row, least)
            for question, shown in zip(asked, seen[: len(asked)], strict=True)
        ),
        _side(scores, of_dimension, None),
        {
            cell: side
            for cell in cells
            if cell in visible and (side := _side(scores, of_dimension, cell)) is not None
        },
        frozenset(cells) - visible if len(cells) > 1 else frozenset(),
        len(people) if seen[-1].total else 0,
        least,
    )


def _places(people: Sequence[Answered]) -> list[tuple[str, str]]:
    """The group in which each answer's person is counted, and who: the groups divide people."""
    first: dict[str, str] = {}
    return [
        (first.setdefault(one.person or str(n), one.cell), one.person or str(n))
        for n, one in enumerate(people)
    ]


def _counted(
    cells: Sequence[str], places: Sequence[tuple[str, str]], answering: Sequence[bool]
) -> dict[str, int]:
    """How many people answer something, by group."""
    counts = dict.fromkeys(cells, 0)
    for cell, _person in {place for place, yes in zip(places, answering, strict=True) if yes}:
        counts[cell] = counts.get(cell, 0) + 1
    return counts


def _everything(measures: Sequence[Mapping[str, int]]) -> list[Shown[str]]:
    return [
        Shown(any(counts.values()), frozenset(cell for cell, n in counts.items() if n))
        for counts in measures
    ]


def _question(
    question: Question,
    people: Sequence[Answered],
    shown: Shown[str],
    of_row: Mapping[tuple[str, str], Shown[str]],
    least: int,
) -> QuestionResult:
    def of(cell: str | None) -> Figure:
        found = figure(
            question,
            [
                one.answers[question.key]
                for one in people
                if question.key in one.answers and cell in (None, one.cell)
            ],
            least,
        )
        # A row of a matrix that few answered is not shown, whatever the question's own number.
        rows = {
            key: part
            for key, part in found.rows.items()
            if of_row[question.key, key].total and cell in (None, *of_row[question.key, key].cells)
        }
        # Where numbers and days lie is told of everybody together alone, as what somebody wrote is.
        return replace(found, rows=rows, ranges=found.ranges if cell is None else ())

    cells = frozenset[str]() if question.type.is_text else shown.cells
    return QuestionResult(
        question, of(None) if shown.total else None, {cell: of(cell) for cell in sorted(cells)}
    )


def _side(
    scores: Sequence[tuple[str, Mapping[str, Fraction]]],
    shown: Mapping[str, Shown[str]],
    cell: str | None,
) -> rhi.Side | None:
    """The relationship as everybody or one group sees it, of dimensions that may be seen."""
    seen = {
        name for name, one in shown.items() if (one.total if cell is None else cell in one.cells)
    }
    side = rhi.of_side(
        {name: value for name, value in found.items() if name in seen}
        for own, found in scores
        if cell in (None, own)
    )
    return side if side.dimensions else None
