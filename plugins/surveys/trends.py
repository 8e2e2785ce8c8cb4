"""Scores over the waves of a survey: what joins them is the question's key."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.api import translations
from plugins.surveys import reading
from plugins.surveys.models import Wave
from plugins.surveys.reading import Read
from plugins.surveys.rules import definition as rules
from plugins.surveys.rules.definition import Question, Type
from plugins.surveys.rules.figures import Figure

_ = translations("surveys").gettext

MOST = 6  # questions whose course is drawn


class Line(NamedTuple):
    """A course: its name, how it is drawn (empty: told in the table alone), a value by wave."""

    label: str
    role: str
    values: list[float | None]


class Trend(NamedTuple):
    """Lines over the same waves."""

    label: str
    unit: str
    waves: list[Wave]
    lines: list[Line]

    @property
    def is_course(self) -> bool:
        """Whether two waves at least say something: one point is no course."""
        return any(sum(v is not None for v in line.values) > 1 for line in self.lines)

    @property
    def spec(self) -> dict[str, Any]:
        """What the chart is drawn from."""
        return {
            "labels": [f"{wave.opened_on:%Y-%m}" for wave in self.waves],
            "lines": [line._asdict() for line in self.lines if line.role],
            "unit": self.unit,
            "decimals": 1,
        }


def of(wave: Wave, read: Read, locale: str) -> list[Trend]:
    """The index of both sides, and the scores of questions, over the waves up to this one."""
    course = reading.course(wave)
    scored = [
        one.question
        for one in read.results.questions
        if one.question.type in (Type.NPS, Type.CSAT5)
    ]
    found = [
        _relationship(course),
        *(_question(course, one, locale, read.definition.locale) for one in scored[:MOST]),
    ]
    return [one for one in found if one.is_course]


def _relationship(course: Sequence[Read]) -> Trend:
    asked = [one for one in course if one.definition.items]
    values = [
        (one.both.index, one.both.host.index, one.both.partner.index)
        if one.both
        else (None, None, None)
        for one in asked
    ]
    named = ((_("Both sides"), ""), (_("Our side"), "actual"), (_("Partners’ side"), "peer"))
    return Trend(
        _("Relationship index"),
        "",
        [one.wave for one in asked],
        [
            Line(label, role, [_rounded(some[at]) for some in values])
            for at, (label, role) in enumerate(named)
        ],
    )


def _question(course: Sequence[Read], question: Question, locale: str, own: str) -> Trend:
    asked = [
        (one.wave, result.total)
        for one in course
        if (result := one.results.of(question.key)) and result.question.type is question.type
    ]
    return Trend(
        rules.words(question.text, locale, own),
        "" if question.type is Type.NPS else "%",
        [wave for wave, _figure in asked],
        [Line(_("Score"), "actual", [_score(figure) for _wave, figure in asked])],
    )


def _score(figure: Figure | None) -> float | None:
    if figure is None:
        return None
    if figure.nps is not None:
        return float(figure.nps.score)
    return _rounded(100 * figure.csat.share) if figure.csat else None


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)
