"""Results as a page and as files, all made of what `reading` lets through."""

from collections.abc import Iterator
from fractions import Fraction
from random import SystemRandom
from typing import Any, NamedTuple

from flask import Response, abort, request
from flask.json import dumps
from flask_babel import format_decimal, get_locale

from app.api import (
    Column,
    Partner,
    download_table,
    pdf,
    render,
    requires,
    translations,
    viewer,
    wanted_format,
)
from plugins.surveys import access, reading, words
from plugins.surveys.blueprints import staff
from plugins.surveys.models import Wave
from plugins.surveys.reading import Read
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules import rhi
from plugins.surveys.rules.definition import Question, Type
from plugins.surveys.rules.figures import Figure

_ = translations("surveys").gettext

BY = ("side", "partner")
MOST_TREND = 6  # questions whose course is drawn


class Row(NamedTuple):
    """One line of a file of results."""

    key: str
    question: str
    group: str
    n: int
    measure: str
    value: Fraction | int | str | None


def shown_or_404(wave_id: int) -> Wave:
    """A wave whose results the viewer may see: closed, and published for who only reads."""
    found = access.wave_or_404(wave_id)
    if found.state not in reading.SHOWN:
        abort(404)
    return found


@staff.get("/waves/<int:wave_id>/results")
@requires("surveys.view")
def results(wave_id: int) -> Any:
    """What the wave says, as far as it may be seen."""
    found = shown_or_404(wave_id)
    chosen = request.args.get("by", "")
    by = chosen if chosen in BY else ("side" if found.mode == "identified" else "")
    read = reading.read(found, by)
    names = reading.partner_names(read)
    locale = _language()
    asked = request.args.get("download", "")
    if kind := wanted_format():
        return download_table(list(rows(read, names, locale)), columns(), "survey", kind)
    if asked == "json":
        return _json(read, names, locale)
    if asked == "pdf":
        return _paper(read, names, locale)
    pairs = reading.partner_rows(found)
    return render(
        "surveys/results.html",
        "surveys/_results.html",
        **page_values(read, names, locale),
        pairs=pairs,
        pair_names=dict(
            Partner.select(Partner.id, Partner.name)
            .where(Partner.id.in_([row.partner for row in pairs]))
            .tuples()
        ),
        by=by,
        trends=trends(found, read, locale),
        runs=access.may_run(found),
        manages=viewer().can("surveys.manage"),
    )


def page_values(read: Read, names: dict[int, str], locale: str) -> dict[str, Any]:
    """What the pages of results need, for staff and for those who were asked."""
    return {
        "wave": read.wave,
        "read": read,
        "words": words,
        "label": lambda key: words.group(key, names),
        "say": lambda texts: rules.words(texts, locale, read.definition.locale),
        "rhi_state": rhi.state,
        "number": number,
        "nps": next((q.total.nps for q in read.results.questions if q.total and q.total.nps), None),
        "segments": segments,
        "gaps": gaps(read),
        "shuffled": lambda texts: SystemRandom().sample(texts, len(texts)),
        "is_nps": any(q.type is Type.NPS for q in read.definition.questions),
    }


def number(value: Fraction | float | None, decimals: int = 1) -> str:
    """A figure in the reader's language; unknown is a dash."""
    if value is None:
        return "–"
    text = format_decimal(round(float(value), decimals), format="#,##0." + "0" * decimals)
    return str(text) if decimals else str(format_decimal(round(float(value))))


class Segment(NamedTuple):
    """A part of a stacked bar, in thousandths of its width."""

    label: str
    tone: str
    n: int
    start: int
    width: int


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
    if question.type in (Type.LIKERT5, Type.CSAT5):
        steps = words.scale(question.type, 1, 5)
        return [
            (label, str(rhi.straight(step, question.reverse)), figure.counts[str(step)])
            for step, label in steps
        ]
    if question.type is Type.YES_NO:
        return [(_("No"), "2", figure.counts["no"]), (_("Yes"), "4", figure.counts["yes"])]
    return []


class Gap(NamedTuple):
    """A dimension as both sides score it, 0 to 100."""

    label: str
    host: Fraction
    partner: Fraction


def gaps(read: Read) -> list[Gap]:
    """The dimensions that both sides have a score of, and the index last."""
    if read.both is None:
        return []
    host, partner = read.both.host, read.both.partner
    found = [
        Gap(str(words.DIMENSIONS[name]), host.dimensions[name], partner.dimensions[name])
        for name in rules.DIMENSIONS
        if name in host.dimensions and name in partner.dimensions
    ]
    if host.index is not None and partner.index is not None:
        found.append(Gap(_("Relationship index"), host.index, partner.index))
    return found


def trends(wave: Wave, read: Read, locale: str) -> list[dict[str, Any]]:
    """The courses of scores over the waves of a survey, as charts with their figures."""
    found: list[dict[str, Any]] = []
    for one in read.results.questions:
        if one.question.type not in (Type.NPS, Type.CSAT5) or len(found) == MOST_TREND:
            continue
        course = reading.course(wave, one.question)
        if len(course) < 2:
            continue
        values = [_score(figure) for _wave, figure in course]
        found.append(
            {
                "label": rules.words(one.question.text, locale, read.definition.locale),
                "waves": [w.title for w, _figure in course],
                "values": values,
                "unit": "" if one.question.type is Type.NPS else "%",
                "spec": {
                    "labels": [w.title for w, _figure in course],
                    "lines": [{"label": _("Score"), "role": "actual", "values": values}],
                    "decimals": 1,
                },
            }
        )
    return found


def _score(figure: Figure | None) -> float | None:
    if figure is None or (figure.nps is None and figure.csat is None):
        return None
    if figure.nps is not None:
        return float(figure.nps.score)
    return round(float(100 * figure.csat.share), 1) if figure.csat else None


def rows(read: Read, names: dict[int, str], locale: str) -> Iterator[Row]:
    """The results line by line; of what may be seen and nothing else."""
    for one in read.results.questions:
        text = rules.words(one.question.text, locale, read.definition.locale)
        if one.total is None:
            yield Row(one.question.key, text, _("Everybody"), 0, _("too few answers"), None)
            continue
        yield from _rows_of(one.question, text, _("Everybody"), one.total, locale, read)
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
    for key, part in figure.rows.items():
        yield row(_("Mean: %(row)s", row=options[key]), part.mean, part.n)
    for said in SystemRandom().sample(figure.texts, len(figure.texts)):
        yield row(_("Text"), said)


def _relationship(group: str, side: rhi.Side) -> Iterator[Row]:
    for name, value in side.dimensions.items():
        label = str(words.DIMENSIONS[name])
        yield Row(name, label, group, side.counts[name], _("Score, 0 to 100"), value)
    if side.index is not None:
        n = min(side.counts[name] for name in rhi.CORE)
        yield Row("rhi", _("Relationship index"), group, n, _("Score, 0 to 100"), side.index)


def columns() -> list[Column]:
    """The columns of a file of results."""
    return [
        Column(_("Key"), lambda row: row.key),
        Column(_("Question"), lambda row: row.question),
        Column(_("Group"), lambda row: row.group),
        Column(_("Answers"), lambda row: row.n),
        Column(_("Measure"), lambda row: row.measure),
        Column(_("Value"), lambda row: row.value),
    ]


def _json(read: Read, names: dict[int, str], locale: str) -> Response:
    found = [
        row._asdict()
        | {"value": float(row.value) if isinstance(row.value, Fraction) else row.value}
        for row in rows(read, names, locale)
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


def _paper(read: Read, names: dict[int, str], locale: str) -> Any:
    title = read.wave.title
    listed = [
        {
            "question": row.question,
            "group": row.group,
            "n": str(row.n),
            "measure": row.measure,
            "value": row.value if isinstance(row.value, str) else number(row.value, 1),
        }
        for row in rows(read, names, locale)
    ]
    reach = read.reach
    data = {
        "title": title,
        "running": title,
        "foot": _("Groups of fewer than %(k)s people are not shown.", k=read.wave.k)
        if read.wave.mode != "identified"
        else str(words.MODES["identified"]),
        "subtitle": rules.words(read.definition.title, locale, read.definition.locale),
        "reach": reach_words(read),
        "heads": [_("Question"), _("Group"), _("Answers"), _("Measure"), _("Value")],
        "rows": listed,
        "marks": NPS_NOTICE if any(q.type is Type.NPS for q in read.definition.asked) else "",
        "asked": str(reach.invited),
    }
    return pdf("surveys/results.typ", data, f"survey-{read.wave.id}")


def reach_words(read: Read) -> str:
    """How many were asked and answered; of few answers only how many were asked."""
    reach = read.reach
    if not read.results.n or reach.rate is None:
        return _("%(n)s people were asked. Too few answered to show more.", n=reach.invited)
    return _(
        "%(complete)s of %(eligible)s people answered: %(rate)s %%",
        complete=reach.complete,
        eligible=reach.eligible,
        rate=number(100 * reach.rate),
    )


def _language() -> str:
    return get_locale().language if get_locale() else "en"


NPS_NOTICE = (
    "Net Promoter®, NPS®, NPS Prism®, and the NPS-related emoticons are registered trademarks of"
    " Bain & Company, Inc., NICE Systems, Inc., and Fred Reichheld. Net Promoter Score℠ and Net"
    " Promoter System℠ are service marks of Bain & Company, Inc., NICE Systems, Inc., and Fred"
    " Reichheld."
)
