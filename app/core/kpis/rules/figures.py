"""What the KPI rules read and what they answer.

Readings and goals come as they are stored, in integer millionths (`app.core.quantities`); an
ordinal's figure is its rank from 0, in millionths too. Results hold exact fractions of the KPI's
own unit.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.core.kpis.rules.judgement import Direction, Status
from app.core.periods import Kind


class Aggregation(StrEnum):
    """How the readings of sub-periods make one figure."""

    SUM = "sum"
    MEAN = "mean"
    LAST = "last"
    RATIO = "ratio"
    MIN = "min"
    MAX = "max"


class ValueType(StrEnum):
    """What kind of figure a KPI is."""

    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    RATIO = "ratio"
    DURATION = "duration"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True)
class Definition:
    """The parts of a KPI that its rules need; `labels` counts an ordinal's steps."""

    direction: Direction
    aggregation: Aggregation
    frequency: Kind
    value_type: ValueType = ValueType.NUMBER
    labels: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """An approved figure of one sub-period: a value, or a numerator and a denominator."""

    period: int
    value: int | None = None
    num: int | None = None
    den: int | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """The target of one sub-period; a band KPI has bounds instead of `target`."""

    period: int
    target: int | None = None
    threshold: int | None = None
    baseline: int | None = None
    zero_scale: int | None = None
    band_lo: int | None = None
    band_hi: int | None = None
    weight: int = 1
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A KPI in one period; None is unknown, and a status of None says that there is no target."""

    actual: Fraction | None = None
    target: Fraction | None = None
    threshold: Fraction | None = None
    band: tuple[Fraction, Fraction] | None = None
    attainment: Fraction | None = None
    met: bool | None = None
    status: Status | None = None
    weight: int = 0
    critical: bool = False
    reported: int = 0
    expected: int = 0

    @property
    def complete(self) -> bool:
        """Whether every sub-period that counts has been reported."""
        return self.reported == self.expected
