"""Whether the requirements of a tier are met: yes, no or unknown, and why.

Pure: the same definition and evidence give the same findings. Unknown never grants anything and
never takes anything away. Source: domain specification §0 (Facts) and §3, Windows.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import msgspec

from app.api import MILLION, Answer, all_of, any_of, points
from plugins.incentives.programmes.definition import (
    Definition,
    Group,
    Measures,
    Mode,
    Node,
    Operator,
    Requirement,
)
from plugins.incentives.standing.evidence import (
    UNKNOWN,
    Evidence,
    PeriodReading,
    Reading,
    measure,
)


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one requirement or group answers; a group has its parts', a window its periods' too.

    `reached` and `open` are the points of a group that counts them: certain, and still possible.
    """

    key: str
    answer: Answer
    measure: str = ""
    judged: tuple[Answer, ...] = ()
    parts: tuple["Finding", ...] = ()
    reached: int = 0
    open: int = 0


class Eligibility(msgspec.Struct, frozen=True, omit_defaults=True):
    """The highest tier whose own requirements are met, and what each tier's say."""

    tier: str
    answers: Mapping[str, Answer]
    findings: Mapping[str, Finding]

    def of(self, tier: str) -> Answer:
        """What a tier's requirements say; of a tier that is none any more, unknown."""
        return self.answers.get(tier, Answer.UNKNOWN)


def eligible(definition: Definition, evidence: Evidence, *, missed: bool = False) -> Eligibility:
    """Which tier the evidence carries: the highest whose own tree is yes.

    With `missed` it was declared that what is not reported counts as missed: a requirement on
    figures that are not complete is then not met. Source: domain specification §3, Windows.
    """
    findings = {
        tier.key: evaluate(tier.requirement, evidence, missed=missed)
        for tier in definition.tiers
        if tier.requirement is not None
    }
    answers = {
        tier.key: findings[tier.key].answer if tier.key in findings else Answer.YES
        for tier in definition.tiers
    }
    reached = [tier.key for tier in definition.tiers if answers[tier.key] == Answer.YES]
    return Eligibility(reached[-1] if reached else "", answers, findings)


def evaluate(node: Node, evidence: Evidence, *, missed: bool = False) -> Finding:
    """What a tree of requirements answers, with the answer of each of its parts.

    An empty group of "all" or of no points is met, an empty "any" is not.
    """
    if isinstance(node, Requirement):
        return _requirement(node, evidence, missed)
    parts = tuple(evaluate(part, evidence, missed=missed) for part in node.parts)
    answers = [part.answer for part in parts]
    if node.mode is Mode.ALL:
        return Finding(node.key, all_of(answers), parts=parts)
    if node.mode is Mode.ANY:
        return Finding(node.key, any_of(answers), parts=parts)
    reached, still = _points(node, answers)
    return Finding(
        node.key, points(reached, still, node.needed), parts=parts, reached=reached, open=still
    )


def walk(finding: Finding) -> Iterator[Finding]:
    """A finding and all those that it is made of."""
    yield finding
    for part in finding.parts:
        yield from walk(part)


def compare(operator: Operator, value: Fraction, threshold: int) -> Answer:
    """Whether a value is on the threshold's right side; equal always is."""
    limit = Fraction(threshold, MILLION)
    met = value >= limit if operator is Operator.AT_LEAST else value <= limit
    return Answer.YES if met else Answer.NO


def judge(requirement: Requirement, reading: PeriodReading) -> Answer:
    """What one figure answers; a sum that is not complete answers once nothing can change it.

    For "at least", yes once the reported part reaches the threshold; for "at most", no once it
    exceeds it; else unknown. Source: domain specification §3, Windows.
    """
    operator, threshold = requirement.operator, requirement.threshold
    if reading.complete:
        value = reading.value
        return Answer.UNKNOWN if value is None else compare(operator, value, threshold)
    partial = reading.partial_sum
    if partial is None:
        return Answer.UNKNOWN
    certain = compare(operator, partial, threshold)
    settled = Answer.YES if operator is Operator.AT_LEAST else Answer.NO
    return certain if certain == settled else Answer.UNKNOWN


def _requirement(requirement: Requirement, evidence: Evidence, missed: bool) -> Finding:
    key = measure(requirement)
    reading = evidence.get(key, UNKNOWN)
    if requirement.measures is Measures.FACT:
        answer = _of_fact(requirement, reading)
        return Finding(requirement.key, answer, measure=key)
    if requirement.measures is Measures.STREAK:
        answer = _of_streak(requirement, reading)
        if missed and answer == Answer.UNKNOWN:
            answer = Answer.NO
        return Finding(requirement.key, answer, measure=key)
    judged = tuple(_judged(requirement, value, missed) for value in reading.values)
    # Of a window without a closed period nothing is known, though "all of nothing" is yes.
    answer = all_of(judged) if judged else Answer.UNKNOWN
    return Finding(requirement.key, answer, measure=key, judged=judged)


def _judged(requirement: Requirement, reading: PeriodReading, missed: bool) -> Answer:
    answer = judge(requirement, reading)
    declared = missed and not reading.complete and answer == Answer.UNKNOWN
    return Answer.NO if declared else answer


def _of_fact(requirement: Requirement, reading: Reading) -> Answer:
    if reading.fact is None:
        return Answer.UNKNOWN
    return compare(requirement.operator, Fraction(reading.fact, MILLION), requirement.threshold)


def _of_streak(requirement: Requirement, reading: Reading) -> Answer:
    """Judged on both of its lengths: where they disagree, a report is awaited."""
    if reading.certain is None or reading.possible is None:
        return Answer.UNKNOWN
    ends = {
        compare(requirement.operator, Fraction(length), requirement.threshold)
        for length in (reading.certain, reading.possible)
    }
    return ends.pop() if len(ends) == 1 else Answer.UNKNOWN


def _points(node: Group, answers: list[Answer]) -> tuple[int, int]:
    pairs = list(zip(node.parts, answers, strict=True))
    reached = sum(part.points for part, answer in pairs if answer == Answer.YES)
    still = sum(part.points for part, answer in pairs if answer == Answer.UNKNOWN)
    return reached, still
