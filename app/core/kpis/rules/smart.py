"""Whether a target is specific, measurable, achievable, relevant and time-bound.

Source: domain specification §2, "SMART gate to activate a target".
"""

from dataclasses import dataclass
from enum import StrEnum

from app.core.kpis.rules.figures import ValueType
from app.core.quantities import MILLION


class Letter(StrEnum):
    """The five letters, and the source of the figures that stands beside them."""

    SPECIFIC = "S"
    MEASURABLE = "M"
    ACHIEVABLE = "A"
    RELEVANT = "R"
    TIME_BOUND = "T"
    DATA = "D"


@dataclass(frozen=True, slots=True)
class Aim:
    """What the gate looks at; figures are in millionths, an ordinal's are its ranks."""

    description: str
    value_type: ValueType
    unit: str
    aggregation: str
    target: int | None = None
    band: tuple[int, int] | None = None
    baseline: int | None = None
    justification: str = ""
    has_goal: bool = False
    has_period: bool = True
    due_days: int | None = None
    data_source: str = ""
    access_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One letter: whether it is met, and else the key of what is missing ("no_unit")."""

    letter: Letter
    missing: str = ""

    @property
    def met(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


# Of these, the type itself says in what they are counted.
_OWN_UNIT = (ValueType.MONEY, ValueType.PERCENT, ValueType.RATIO, ValueType.ORDINAL)


def checks(aim: Aim) -> tuple[Check, ...]:
    """Each letter in order, met or with what is missing first of all."""
    return (
        Check(Letter.SPECIFIC, "" if aim.description.strip() else "no_description"),
        Check(Letter.MEASURABLE, _measurable(aim)),
        Check(Letter.ACHIEVABLE, _achievable(aim)),
        Check(Letter.RELEVANT, "" if aim.has_goal else "no_goal"),
        Check(Letter.TIME_BOUND, _time_bound(aim)),
        Check(Letter.DATA, _data(aim)),
    )


def unmet(aim: Aim) -> tuple[Check, ...]:
    """The letters that keep a target from counting until they are met or waived."""
    return tuple(check for check in checks(aim) if not check.met)


def is_ambitious(aim: Aim) -> bool:
    """Whether a target lies so far from its baseline that somebody must say why it can be reached.

    |target − baseline| ÷ |baseline| above one half, or a baseline of 0; a band counts from its
    nearer bound; of an ordinal's ranks, which are no quantities, more than one level apart.
    """
    if aim.baseline is None:
        return False
    distance = _distance(aim, aim.baseline)
    if aim.value_type is ValueType.ORDINAL:
        return distance > MILLION
    return aim.baseline == 0 or 2 * distance > abs(aim.baseline)


def _distance(aim: Aim, baseline: int) -> int:
    if aim.band is not None:
        low, high = aim.band
        return max(low - baseline, baseline - high, 0)
    return abs((aim.target or 0) - baseline)


def _measurable(aim: Aim) -> str:
    if not aim.unit.strip() and aim.value_type not in _OWN_UNIT:
        return "no_unit"
    return "" if aim.aggregation else "no_aggregation"


def _achievable(aim: Aim) -> str:
    if aim.baseline is None:
        return "no_baseline"
    if is_ambitious(aim) and not aim.justification.strip():
        return "no_justification"
    return ""


def _time_bound(aim: Aim) -> str:
    if not aim.has_period:
        return "no_period"
    return "" if aim.due_days is not None else "no_due_date"


def _data(aim: Aim) -> str:
    if not aim.data_source.strip():
        return "no_source"
    return "" if aim.access_confirmed else "no_access"
