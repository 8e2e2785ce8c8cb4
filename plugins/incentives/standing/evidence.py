"""What a programme's requirements are judged on: readings by measure, exact, as JSON.

Figures are fractions written "n/d", so that a decision that was stored can be replayed to the
same result on any machine. Source: domain specification §3, Windows and Explanation.
"""

import hashlib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

import msgspec

from plugins.incentives.programmes.definition import Measures, Requirement, Window


class PeriodReading(msgspec.Struct, frozen=True, omit_defaults=True):
    """One figure that a requirement looks at: of one closed period, or of a whole window.

    `figure` is exact, None where nothing was approved. Not complete: some of the `expected`
    sub-periods are not reported. `partial` is what the reported ones of a non-negative sum come to
    already. `parts` are the figures of the sub-periods by their keys, for sums.
    """

    periods: tuple[int, ...] = ()
    figure: str | None = None
    complete: bool = False
    partial: str | None = None
    reported: int = 0
    expected: int = 0
    revisions: tuple[int, ...] = ()
    parts: tuple[tuple[int, str | None], ...] = ()

    @property
    def value(self) -> Fraction | None:
        """The figure as a number."""
        return fraction(self.figure)

    @property
    def partial_sum(self) -> Fraction | None:
        """What is certain of a sum that is not complete."""
        return fraction(self.partial)


class Reading(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of one measure.

    `values` are those of KPIs and scorecards: one for a whole window, one per period of a window
    that asks for each. A streak has its two lengths, a fact its value in millionths, and the refs
    that it stands on. Nothing at all is unknown.
    """

    values: tuple[PeriodReading, ...] = ()
    certain: int | None = None
    possible: int | None = None
    fact: int | None = None
    refs: tuple[str, ...] = ()


Evidence: TypeAlias = Mapping[str, Reading]
UNKNOWN = Reading()


def measure(requirement: Requirement) -> str:
    """The key of what a requirement looks at: kind, subject and window; not its threshold."""
    stem = f"{requirement.measures}:{requirement.subject}"
    if requirement.measures in (Measures.FACT, Measures.STREAK):
        return stem
    window = requirement.window or Window()
    how = "each" if window.each else "whole"
    return f"{stem}:{window.span}:{window.n}:{how}"


def fraction(text: str | None) -> Fraction | None:
    """A figure as it is stored, as a number."""
    return None if text is None else Fraction(text)


def written(number: Fraction | None) -> str | None:
    """A number as it is stored: "n/d", a whole one without its denominator."""
    return None if number is None else str(number)


def dumps(evidence: Evidence) -> str:
    """Evidence as canonical JSON: equal evidence is an equal text."""
    return msgspec.json.encode(dict(evidence), order="sorted").decode()


def loads(text: str | bytes) -> dict[str, Reading]:
    """Evidence from its JSON; raises `msgspec.DecodeError` where it is none."""
    return msgspec.json.decode(text, type=dict[str, Reading])


def digest(*texts: str) -> str:
    """A short key of what a decision rests on: the same inputs have the same."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def differing(before: Evidence, after: Evidence, keys: Iterable[str]) -> list[str]:
    """The measures whose figures differ between two evidences, in the order of `keys`."""
    return [
        key
        for key in dict.fromkeys(keys)
        if _figures(before.get(key, UNKNOWN)) != _figures(after.get(key, UNKNOWN))
    ]


def _figures(reading: Reading) -> object:
    """What a reading says, without the revisions that said it."""
    values = [(v.periods, v.figure, v.complete, v.partial) for v in reading.values]
    return values, reading.certain, reading.possible, reading.fact
