"""Three-valued logic: unknown never grants a benefit and never triggers a sanction."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NoReturn


class Answer(StrEnum):
    """What a condition says once everything that is known has been looked at."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __bool__(self) -> NoReturn:
        # "no" and "unknown" are non-empty strings: `if answer:` would grant what nobody granted.
        raise TypeError("An answer is yes, no or unknown: compare it with Answer.YES or Answer.NO")


def all_of(answers: Iterable[Answer]) -> Answer:
    """Whether every condition holds: one no decides, otherwise one unknown (yes if there is none).

    Source: domain specification §0, Facts.
    """
    seen = set(answers)
    if Answer.NO in seen:
        return Answer.NO
    return Answer.UNKNOWN if Answer.UNKNOWN in seen else Answer.YES


def any_of(answers: Iterable[Answer]) -> Answer:
    """Whether some condition holds: one yes decides, otherwise one unknown (no if there is none).

    Source: domain specification §0, Facts.
    """
    seen = set(answers)
    if Answer.YES in seen:
        return Answer.YES
    return Answer.UNKNOWN if Answer.UNKNOWN in seen else Answer.NO


def points(met: int, unknown: int, needed: int) -> Answer:
    """Whether enough points are reached: `met` are certain, `unknown` could still come.

    Source: domain specification §3, Windows.
    """
    if met >= needed:
        return Answer.YES
    return Answer.NO if met + unknown < needed else Answer.UNKNOWN
