"""Results as files, of what `reading` lets through."""

from collections.abc import Iterator
from fractions import Fraction
from random import SystemRandom
from typing import Any, NamedTuple

from flask import Response
from flask.json import dumps

from app.api import Column, download_table, translations
from plugins.surveys import themes, words
from plugins.surveys.reading import Read
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import rhi
from plugins.surveys.rules.definition import Question
from plugins.surveys.rules.figures import Figure

_ = translations("surveys").gettext


class Row(NamedTuple):
    """One line of a file of results."""

    key: str
    question: str
    group: str
    n: int
    measure: str
    value: Fraction | int | str | None


def _rows(read: Read, names: dict[int, str], locale: str) -> Iterator[Row]:
    """The results line by line; of what may be seen and nothing else."""
    counted = themes.counts(read)
    for one in read.results.questions:
        text = rules.words(one.question.text, locale, read.definition.locale)
        if one.total is None:
            yield Row(one.question.key, text, _("Everybody"), 0, _("too few answers"), None)
            continue
        yield from _rows_of(one.question, text, _("Everybody"), one.total, locale, read)
        for theme, n in counted.get(one.question.key, ()):
            measure = _("Theme: %(theme)s", theme=theme)
            told = _("too few answers") if n is None else n
            yield Row(one.question.key, text, _("Everybody"), one.total.n, measure, told)
        for cell, figure in one.cells.items():
            group = words.group(cell, names)
            yield from _rows_of(one.question, text, group, figure, locale, read)
    if read.results.relationship is not None:
        yield from _relationship(_("Everybody"), read.results.relationship)
    for cell, side in read.results.sides.items():
        yield from _relationship(words.group(cell, names), side)


def _rows_of(
    question: Question, text: str, group: str, figure: Figure, locale: str, read: Read
) -> Iterator[Row]:
    options = {
        option.key: rules.words(option.text, locale, read.definition.locale)
        for option in (*question.options, *question.rows)
    } | {"yes": _("Yes"), "no": _("No")}

    def row(measure: str, value: Any, n: int = figure.n) -> Row:
        return Row(question.key, text, group, n, measure, value)

    if figure.nps is not None:
        yield row(_("Net promoter score"), figure.nps.score)
        yield row(_("95 percent interval, from"), Fraction(round(10 * figure.nps.low), 10))
        yield row(_("95 percent interval, to"), Fraction(round(10 * figure.nps.high), 10))
    if figure.csat is not None:
        yield row(_("Satisfied, of 1"), figure.csat.share)
    if figure.mean is not None:
        yield row(_("Mean"), figure.mean)
    if figure.score is not None:
        yield row(_("Score, 0 to 100"), figure.score)
    for key, count in figure.counts.items():
        yield row(options.get(key, key), count)
    for key, place in figure.places.items():
        yield row(_("Mean place: %(option)s", option=options[key]), place)
    for span in figure.ranges:
        yield row(words.span(span), span.n)
    for key, part in figure.rows.items():
        yield row(_("Mean: %(row)s", row=options[key]), part.mean, part.n)
        for step, label in words.scale(question.type, 1, 5):
            yield row(f"{options[key]}: {label}", part.counts[str(step)], part.n)
    for said in SystemRandom().sample(figure.texts, len(figure.texts)):
        yield row(_("Text"), said)


def _relationship(group: str, side: rhi.Side) -> Iterator[Row]:
    for name, value in side.dimensions.items():
        label = str(words.DIMENSIONS[name])
        yield Row(name, label, group, side.counts[name], _("Score, 0 to 100"), value)
    if side.index is not None:
        n = min(side.counts[name] for name in rhi.CORE)
        yield Row("rhi", _("Relationship index"), group, n, _("Score, 0 to 100"), side.index)


def _columns() -> list[Column]:
    """The columns of a file of results."""
    return [
        Column(_("Key"), lambda row: row.key),
        Column(_("Question"), lambda row: row.question),
        Column(_("Group"), lambda row: row.group),
        Column(_("Answers"), lambda row: row.n),
        Column(_("Measure"), lambda row: row.measure),
        Column(_("Value"), lambda row: row.value),
    ]


def table(read: Read, names: dict[int, str], locale: str, kind: str) -> Response:
    """The results as a table, in a format that `wanted_format` knows."""
    return download_table(list(_rows(read, names, locale)), _columns(), "survey", kind)


def json(read: Read, names: dict[int, str], locale: str) -> Response:
    """The results for programs."""
    found = [
        row._asdict()
        | {"value": float(row.value) if isinstance(row.value, Fraction) else row.value}
        for row in _rows(read, names, locale)
    ]
    reach = read.reach
    body = {
        "wave": read.wave.title,
        "mode": read.wave.mode,
        "k": None if read.wave.mode == "identified" else read.wave.k,
        "invited": reach.invited,
        "rate": float(reach.rate) if reach.rate is not None and read.results.n else None,
        "rows": found,
    }
    answer = Response(dumps(body), mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=f"survey-{read.wave.id}.json")
    return answer


def reach_words(read: Read) -> str:
    """How many were asked and answered; of few answers only how many were asked."""
    reach = read.reach
    if not read.results.n or reach.rate is None:
        return _("%(n)s people were asked. Too few answered to show more.", n=reach.invited)
    return _(
        "%(complete)s of %(eligible)s people answered: %(rate)s %%",
        complete=reach.complete,
        eligible=reach.eligible,
        rate=words.number(100 * reach.rate),
    )
