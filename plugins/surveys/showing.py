"""Results as a page, made of what `reading` lets through."""

from fractions import Fraction
from random import SystemRandom
from typing import Any, NamedTuple

from flask import abort, request

from app.api import (
    Partner,
    render,
    requires,
    translations,
    viewer,
    wanted_format,
)
from plugins.surveys import access, reading, result_files, words
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
    locale = words.reader_locale()
    asked = request.args.get("download", "")
    if kind := wanted_format():
        return result_files.table(read, names, locale, kind)
    if asked == "json":
        return result_files.json(read, names, locale)
    if asked == "pdf":
        return result_files.paper(read, names, locale)
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
        "number": words.number,
        "nps": next((q.total.nps for q in read.results.questions if q.total and q.total.nps), None),
        "segments": segments,
        "gaps": gaps(read),
        "shuffled": lambda texts: SystemRandom().sample(texts, len(texts)),
        "is_nps": any(q.type is Type.NPS for q in read.definition.questions),
    }


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
    scored = [
        one.question
        for one in read.results.questions
        if one.question.type in (Type.NPS, Type.CSAT5)
    ]
    found: list[dict[str, Any]] = []
    course = reading.course(wave) if scored else []
    for question in scored:
        asked = [
            (earlier.wave.title, result.total)
            for earlier in course
            if (result := earlier.results.of(question.key))
            and result.question.type is question.type
        ]
        if len(asked) < 2:
            continue
        titles = [title for title, _figure in asked]
        values = [_score(figure) for _title, figure in asked]
        found.append(
            {
                "label": rules.words(question.text, locale, read.definition.locale),
                "waves": titles,
                "values": values,
                "unit": "" if question.type is Type.NPS else "%",
                "spec": {
                    "labels": titles,
                    "lines": [{"label": _("Score"), "role": "actual", "values": values}],
                    "decimals": 1,
                },
            }
        )
    return found[:MOST_TREND]


def _score(figure: Figure | None) -> float | None:
    if figure is None or (figure.nps is None and figure.csat is None):
        return None
    if figure.nps is not None:
        return float(figure.nps.score)
    return round(float(100 * figure.csat.share), 1) if figure.csat else None
