"""What is drawn of a question's figures, with the words beside it and the table beneath it."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from app.api import translations
from plugins.surveys import words
from plugins.surveys.reading import Read
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import rhi
from plugins.surveys.rules.definition import Question, Type
from plugins.surveys.rules.figures import Figure
from plugins.surveys.rules.results import QuestionResult

_ = translations("surveys").gettext
ngettext = translations("surveys").ngettext

Say: TypeAlias = Callable[[Mapping[str, str]], str]
Label: TypeAlias = Callable[[str], str]


class Segment(NamedTuple):
    """A part of a stacked bar, in thousandths of its width."""

    label: str
    tone: str
    n: int
    start: int
    width: int


class Bar(NamedTuple):
    """A bar of its own: how long it is, of how long it could be, and what stands beside it."""

    label: str
    value: float
    most: float
    text: str


class Stack(NamedTuple):
    """A stacked bar with what it is of; a `head` begins another row of a matrix."""

    head: str
    label: str
    segments: list[Segment]


class Table(NamedTuple):
    """The figures of a picture in words and numbers: a line for everybody and each group."""

    heads: list[str]
    lines: list[tuple[str, list[str]]]


class Gap(NamedTuple):
    """A dimension as both sides score it, 0 to 100."""

    key: str
    label: str
    host: Fraction
    partner: Fraction


def stacks(one: QuestionResult, say: Say, label: Label) -> list[Stack]:
    """The stacked bars of a scale or of each row of a matrix: everybody's, and the groups'."""
    if one.total is None:
        return []
    groups = _groups(one)
    if one.question.type is not Type.MATRIX:
        return _stacks(one.question, one.total, groups, label)
    found = []
    for row in one.question.rows:
        if row.key in one.total.rows:
            cells = {c: f.rows[row.key] for c, f in groups.items() if row.key in f.rows}
            some = _stacks(one.question, one.total.rows[row.key], cells, label)
            found += [some[0]._replace(head=say(row.text)), *some[1:]]
    return found


def _groups(one: QuestionResult) -> Mapping[str, Figure]:
    """The groups that stand beside everybody: none where one group is everybody."""
    whole = one.total is not None and any(f.n == one.total.n for f in one.cells.values())
    return {} if whole else one.cells


def _stacks(
    question: Question, total: Figure, cells: Mapping[str, Figure], label: Label
) -> list[Stack]:
    own = segments(question, total)
    if not own:
        return []
    said = measure(total) if question.type is Type.MATRIX else ""
    everybody = " · ".join(filter(None, (_("Everybody") if cells else "", said)))
    return [
        Stack("", everybody, own),
        *(
            Stack("", " · ".join((label(cell), measure(figure))), segments(question, figure))
            for cell, figure in cells.items()
        ),
    ]


def segments(question: Question, figure: Figure) -> list[Segment]:
    """The parts of a question's bar from the worst answer to the best."""
    parts = _parts(question, figure)
    total = sum(n for _label, _tone, n in parts)
    found: list[Segment] = []
    start = 0
    for label, tone, n in parts:
        width = round(1000 * n / total) if total else 0
        found.append(Segment(label, tone, n, start, min(width, 1000 - start)))
        start += found[-1].width
    return found


def _parts(question: Question, figure: Figure) -> list[tuple[str, str, int]]:
    if figure.nps is not None:
        one = figure.nps
        return [
            (_("0 to 6"), "1", one.detractors),
            (_("7 and 8"), "3", one.passives),
            (_("9 and 10"), "5", one.promoters),
        ]
    if question.type in (Type.LIKERT5, Type.CSAT5, Type.MATRIX) and figure.counts:
        steps = words.scale(question.type, 1, 5)
        return [
            (label, str(rhi.straight(step, question.reverse)), figure.counts[str(step)])
            for step, label in steps
        ]
    if question.type is Type.RATING and figure.counts:
        last = question.steps - 1
        return [
            (key, str(1 + (4 * at + last // 2) // last), n)
            for at, (key, n) in enumerate(figure.counts.items())
        ]
    if question.type is Type.YES_NO:
        return [(_("No"), "2", figure.counts["no"]), (_("Yes"), "4", figure.counts["yes"])]
    return []


def bars(one: QuestionResult, say: Say) -> list[Bar]:
    """The bars of choices, of an order and of ranges, of everybody together."""
    question, total = one.question, one.total
    if total is None:
        return []
    if question.type is Type.RANKING:
        most = len(question.options)
        return [
            Bar(say(option.text), float(most + 1 - place), most, words.number(place))
            for option in sorted(question.options, key=lambda option: total.places[option.key])
            if (place := total.places[option.key])
        ]
    if question.type in (Type.SINGLE, Type.MULTI):
        named = [(say(option.text), total.counts[option.key]) for option in question.options]
    else:  # one range of everybody tells nothing
        named = [(words.span(span), span.n) for span in total.ranges if len(total.ranges) > 1]
    return [Bar(label, n, total.n, f"{n} · {words.percent(n, total.n)}") for label, n in named]


def measure(figure: Figure) -> str:
    """How many answered, and what it comes to."""
    said = [ngettext("%(num)s answer", "%(num)s answers", figure.n)]
    if figure.nps is not None:
        said.append(f"NPS {words.number(figure.nps.score, 0)}")
        said.append(_interval(figure.nps.low, figure.nps.high))
        if figure.nps.indicative:
            said.append(_("indicative"))
    elif figure.csat is not None:
        said.append(_("%(share)s %% satisfied", share=words.number(100 * figure.csat.share)))
        said.append(_interval(100 * figure.csat.low, 100 * figure.csat.high))
    elif figure.score is not None:
        said.append(_("score %(score)s of 100", score=words.number(figure.score)))
    elif figure.mean is not None:
        said.append(_("mean %(mean)s", mean=words.number(figure.mean)))
    return " · ".join(said)


def _interval(low: float, high: float) -> str:
    return _("95 %% interval %(low)s to %(high)s", low=words.number(low), high=words.number(high))


def table(one: QuestionResult, say: Say, label: Label) -> Table | None:
    """The figures of a question as a table; None where there is nothing more to tell."""
    if one.total is None or one.question.type.is_text:
        return None
    rows = [(_("Everybody"), one.total), *((label(c), f) for c, f in _groups(one).items())]
    if one.question.type is Type.MATRIX:
        return _matrix_table(one, rows, say)
    heads = [head for head, _value in _values(one.question, one.total, say)]
    lines = [
        (name, [value for _head, value in _values(one.question, figure, say)])
        for name, figure in rows
    ]
    return Table([_("Group"), *heads], lines)


def _values(question: Question, figure: Figure, say: Say) -> list[tuple[str, str]]:
    found = [(_("Answers"), str(figure.n))]
    found += [(part.label, str(part.n)) for part in segments(question, figure)]
    if question.type in (Type.SINGLE, Type.MULTI):
        found += [(say(o.text), str(figure.counts[o.key])) for o in question.options]
    if question.type is Type.RANKING:
        found += [(say(o.text), words.number(figure.places.get(o.key))) for o in question.options]
    if question.type is Type.NUMBER:
        found.append((_("Mean"), words.number(figure.mean)))
    return found


def _matrix_table(one: QuestionResult, rows: list[tuple[str, Figure]], say: Say) -> Table:
    heads = [label for _step, label in words.scale(Type.MATRIX, 1, 5)]
    lines = []
    for row in one.question.rows:
        for name, figure in rows:
            part = figure.rows.get(row.key)
            if part is not None:
                counts = [str(part.counts[str(step)]) for step in range(1, 6)]
                lines.append((f"{say(row.text)} · {name}", [str(part.n), *counts]))
    return Table([_("Row"), _("Answers"), *heads], lines)


def gaps(read: Read) -> list[Gap]:
    """The dimensions that both sides have a score of, and the index last."""
    if read.both is None:
        return []
    host, partner = read.both.host, read.both.partner
    found = [
        Gap(name, str(words.DIMENSIONS[name]), host.dimensions[name], partner.dimensions[name])
        for name in rules.DIMENSIONS
        if name in host.dimensions and name in partner.dimensions
    ]
    if host.index is not None and partner.index is not None:
        found.append(Gap("", _("Relationship index"), host.index, partner.index))
    return found
