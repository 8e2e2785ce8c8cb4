"""A requirement told to people: what is asked, what the figures say, what is missing.

Host and partner read the same. Pure but for words and figures in the reader's language.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from app.api import (
    MILLION,
    Answer,
    Calendar,
    KpiRow,
    Period,
    figure,
    percent,
    period_label,
    translations,
)
from plugins.incentives.programmes import words as rules
from plugins.incentives.programmes.definition import (
    Group,
    Measures,
    Mode,
    Node,
    Operator,
    Requirement,
)
from plugins.incentives.programmes.glossary import Glossary
from plugins.incentives.standing import words
from plugins.incentives.standing.evaluate import Finding
from plugins.incentives.standing.evidence import UNKNOWN, PeriodReading, Reading, measure
from plugins.incentives.standing.next_tier import Outlook, gap, outlook, share
from plugins.incentives.standing.readings import window_of

_ = translations("incentives").gettext
ngettext = translations("incentives").ngettext

Explained: TypeAlias = Callable[[Requirement, int | None, Sequence[int]], str]
ANSWERS = {
    Answer.YES: ("circle-check", "good"),
    Answer.NO: ("circle-x", "bad"),
    Answer.UNKNOWN: ("help-circle", "warning"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A requirement or group as it is shown; `filled` is how full its bar is, in per cent.

    `missing` says what is missing now, `ahead` what is needed by the next review.
    """

    text: str
    answer: Answer
    icon: str
    tone: str
    value: str = ""
    mark: str = ""
    filled: int | None = None
    missing: str = ""
    ahead: str = ""
    points: int = 0
    periods: tuple["Line", ...] = ()
    parts: tuple["Line", ...] = ()
    group: bool = False
    plain: bool = False  # a group of which all is asked: its heading says nothing at the top
    url: str = ""  # where the figure is explained


@dataclass(frozen=True, slots=True)
class Teller:
    """What all lines of a story need."""

    evidence: Mapping[str, Reading]
    glossary: Glossary
    calendar: Calendar
    review: date | None = None  # without a day nothing is said about what comes
    explained: Explained | None = None

    def line(self, node: Node, finding: Finding) -> Line:
        """A node of a tree with its finding."""
        if isinstance(node, Group):
            return self._group(node, finding)
        return self._requirement(node, finding)

    def _group(self, group: Group, finding: Finding) -> Line:
        parts = tuple(
            self.line(part, found) for part, found in zip(group.parts, finding.parts, strict=True)
        )
        value = ""
        if group.mode is Mode.POINTS:
            value = _(
                "%(reached)s of %(needed)s points", reached=finding.reached, needed=group.needed
            )
        icon, tone = ANSWERS[finding.answer]
        return Line(
            rules.group_words(group),
            finding.answer,
            icon,
            tone,
            value=value,
            points=group.points,
            parts=parts,
            group=True,
            plain=group.mode is Mode.ALL and bool(parts),
        )

    def _requirement(self, one: Requirement, finding: Finding) -> Line:
        reading = self.evidence.get(measure(one), UNKNOWN)
        icon, tone = ANSWERS[finding.answer]
        kpi = self._kpi(one)
        whole = reading.values[0] if len(reading.values) == 1 else None
        value = self._single(one, reading, whole)
        periods: tuple[Line, ...] = ()
        if len(reading.values) > 1:
            periods = tuple(
                self._period(one, kpi, value, answer)
                for value, answer in zip(reading.values, finding.judged, strict=True)
            )
            met = sum(answer == Answer.YES for answer in finding.judged)
            value_text = _("%(met)s of %(count)s periods", met=met, count=len(reading.values))
            filled: int | None = 100 * met // len(reading.values)
        else:
            value_text = self._figure(one, value) if value is not None else ""
            filled = words.percent(share(one, value)) if self._has_bar(one) else None
        if finding.answer == Answer.YES and filled is not None:
            filled = 100
        return Line(
            rules.requirement_words(one, self.glossary),
            finding.answer,
            icon,
            tone,
            value=value_text,
            mark=self._mark(one),
            filled=filled,
            missing=self._missing(one, reading, finding, value),
            ahead=self._ahead(one, kpi, whole, finding),
            points=one.points,
            periods=periods,
            url=self._url(one, kpi, whole.periods if whole else ()),
        )

    def _mark(self, one: Requirement) -> str:
        """The threshold as it stands beside the figure."""
        mark = rules.threshold(one, self.glossary)
        if one.operator is Operator.AT_LEAST:
            return _("of %(mark)s", mark=mark)
        return _("at most %(mark)s", mark=mark)

    def _period(
        self, one: Requirement, kpi: KpiRow | None, reading: PeriodReading, answer: Answer
    ) -> Line:
        icon, tone = ANSWERS[answer]
        names = [period_label(Period.from_key(key)) for key in reading.periods]
        value = reading.value
        return Line(
            names[0] if names else "",
            answer,
            icon,
            tone,
            value=self._figure(one, value) if value is not None else _("not reported"),
            filled=words.percent(share(one, value)),
            missing=self._unreported(reading) if answer == Answer.UNKNOWN else "",
            url=self._url(one, kpi, reading.periods),
        )

    def _url(self, one: Requirement, kpi: KpiRow | None, periods: Sequence[int]) -> str:
        """Where core explains the figure, for whoever may open it."""
        if self.explained is None or one.measures is Measures.FACT:
            return ""
        return self.explained(one, kpi.id if kpi else None, periods)

    def _single(
        self, one: Requirement, reading: Reading, whole: PeriodReading | None
    ) -> Fraction | None:
        """The one number of a requirement, where it has one."""
        if one.measures is Measures.FACT:
            return None if reading.fact is None else Fraction(reading.fact, MILLION)
        if one.measures is Measures.STREAK:
            return None if reading.certain is None else Fraction(reading.certain)
        return whole.value if whole else None

    def _figure(self, one: Requirement, value: Fraction | None) -> str:
        """A figure that never shows as having reached a threshold that it has not."""
        mark = Fraction(one.threshold, MILLION)
        if one.measures in (Measures.SCORECARD, Measures.ATTAINMENT):
            return percent(value, (mark,))
        if one.measures is Measures.KPI_VALUE:
            kpi = self.glossary.kpis.get(one.subject)
            return figure(value, kpi or rules.NUMBER, self.glossary.currency, mark)
        if one.measures is Measures.FACT:
            kind = self.glossary.facts.get(one.subject)
            if kind and kind.unit == "yes_no":
                return _("yes") if value else _("no")
            if kind and kind.unit == "percent":
                return percent(value, (mark,))
        return figure(value, rules.NUMBER, "", mark)

    def _has_bar(self, one: Requirement) -> bool:
        if one.measures is Measures.STREAK:
            return False
        kind = self.glossary.facts.get(one.subject) if one.measures is Measures.FACT else None
        return kind is None or kind.unit != "yes_no"

    def _missing(
        self, one: Requirement, reading: Reading, finding: Finding, value: Fraction | None
    ) -> str:
        """What is missing now, in words; nothing where the requirement is met."""
        if finding.answer == Answer.YES:
            return ""
        if finding.answer == Answer.UNKNOWN:
            return self._unknown(one, reading)
        if one.measures in (Measures.FACT, Measures.STREAK) and not self._has_bar(one):
            return ""
        if len(reading.values) > 1:
            missed = sum(answer == Answer.NO for answer in finding.judged)
            return ngettext("%(num)s period misses it", "%(num)s periods miss it", missed)
        short = gap(one, value)
        if short is None or not short:
            return ""
        text = self._distance(one, short)
        if one.operator is Operator.AT_LEAST:
            return _("%(gap)s missing", gap=text)
        return _("%(gap)s too much", gap=text)

    def _distance(self, one: Requirement, short: Fraction) -> str:
        if one.measures in (Measures.SCORECARD, Measures.ATTAINMENT):
            points = max(short * 100, Fraction(1, 10))
            return _("%(num)s points", num=figure(_up(points), rules.NUMBER))
        if one.measures is Measures.KPI_VALUE:
            kpi = self.glossary.kpis.get(one.subject)
            return figure(short, kpi or rules.NUMBER, self.glossary.currency)
        return figure(short, rules.NUMBER)

    def _unknown(self, one: Requirement, reading: Reading) -> str:
        """Who could say more: what is not reported, or that nobody knows."""
        if one.measures is Measures.FACT:
            return _("nobody has said so yet")
        if one.measures is Measures.STREAK:
            return _("cannot be told until the missing figures are reported")
        gaps = [value for value in reading.values if not value.complete]
        if not reading.values:
            return _("no closed period yet")
        return (
            self._unreported(gaps[0])
            if len(gaps) == 1
            else ngettext(
                "%(num)s period is not fully reported",
                "%(num)s periods are not fully reported",
                len(gaps),
            )
        )

    def _unreported(self, reading: PeriodReading) -> str:
        if not reading.expected:
            return _("no targets were agreed")
        left = reading.expected - reading.reported
        if left <= 0:
            return _("some figures are not approved yet")
        return ngettext(
            "%(num)s figure of %(of)s is not approved yet",
            "%(num)s figures of %(of)s are not approved yet",
            left,
            of=reading.expected,
        )

    def _ahead(
        self, one: Requirement, kpi: KpiRow | None, whole: PeriodReading | None, finding: Finding
    ) -> str:
        """What is needed by the next review, where months roll off until then."""
        if self.review is None or kpi is None or whole is None or not whole.parts:
            return ""
        then = window_of(one, kpi, self.calendar, self.review)
        found = outlook(one, whole, then)
        if found is None or not found.open or (finding.answer == Answer.YES and not found.needed):
            return ""
        return self._needed(kpi, found)

    def _needed(self, kpi: KpiRow, found: Outlook) -> str:
        def text(value: Fraction) -> str:
            return figure(value, kpi, self.glossary.currency)

        if not found.needed:
            return _("By the review on %(day)s: nothing more is needed", day=words.day(self.review))
        values = {
            "day": words.day(self.review),
            "needed": text(found.needed),
            "each": text(found.each or Fraction(0)),
            "gone": text(found.rolls_off),
        }
        if found.rolls_off:
            first = _(
                "By the review on %(day)s: %(needed)s more, since %(gone)s roll off the window.",
                **values,
            )
        else:
            first = _("By the review on %(day)s: %(needed)s more.", **values)
        if found.open == 1:
            return first
        rest = _("That is %(each)s in each of %(num)s periods.", num=found.open, **values)
        return f"{first} {rest}"

    def _kpi(self, one: Requirement) -> KpiRow | None:
        found = self.glossary.kpis.get(one.subject)
        if one.measures is Measures.FACT:
            return None
        return found if isinstance(found, KpiRow) else None


def _up(value: Fraction) -> Fraction:
    """Up to the next tenth: something missing is never shown as less than it is."""
    return Fraction(-(-value.numerator * 10 // value.denominator), 10)
