"""Which figures and targets a KPI can hold: checked at the form, at imports and for plugins.

Source: domain specification §2, Entities and Roll-up.
"""

from collections.abc import Iterable
from typing import NamedTuple

from app.core.kpis.refusals import KpiRefusal
from app.core.kpis.rules import Aggregation, Definition, Direction, ValueType
from app.core.kpis.totals import Figure
from app.core.periods import Kind, Period
from app.core.quantities import LIMIT, MILLION, to_text

HEAVIEST = 1_000 * MILLION


class TargetFigures(NamedTuple):
    """What both sides agreed for one period, in millionths; a band KPI has bounds as its target."""

    target: int | None = None
    threshold: int | None = None
    baseline: int | None = None
    band_lo: int | None = None
    band_hi: int | None = None
    zero_scale: int | None = None
    weight: int = MILLION
    critical: bool = False


class TargetTerms(NamedTuple):
    """What stands beside the figures of a target: what it serves, why it can be reached."""

    goal_id: int | None = None
    justification: str = ""
    data_source: str = ""  # where it is not the KPI's own
    access_host: bool = False  # the host confirms that it can reach the source


def needs_parts(definition: Definition) -> bool:
    """Whether a figure must come as a numerator and a denominator."""
    return definition.aggregation is Aggregation.RATIO or definition.value_type is ValueType.RATIO


def check_figure(definition: Definition, period: int, figure: Figure) -> None:
    """Refuse a figure that this KPI cannot hold in this period."""
    check_kind(definition, Period.from_key(period).kind)
    _check_range(figure)
    value, num, den = figure
    if (num is None) != (den is None):
        missing = "numerator" if num is None else "denominator"
        raise KpiRefusal("Numerator and denominator belong together: give both.", field=missing)
    if value is None and num is None:
        if needs_parts(definition):
            raise KpiRefusal("This KPI needs a numerator and a denominator.", field="numerator")
        raise KpiRefusal("A value is missing.", field="value")
    if value is not None and needs_parts(definition):
        raise KpiRefusal(
            "Leave the value empty: it is the numerator divided by the denominator.", field="value"
        )
    if value is not None and num is not None:
        raise KpiRefusal("Give either a value or its two parts, not both.", field="value")
    may_have_parts = needs_parts(definition) or definition.value_type is ValueType.PERCENT
    if num is not None and not may_have_parts:
        raise KpiRefusal(
            "This KPI has no numerator and denominator: give a value.", field="numerator"
        )
    if den is not None and den < 0:
        raise KpiRefusal("A denominator is never negative.", field="denominator")
    if value is not None and definition.value_type is ValueType.ORDINAL:
        _check_rank(definition, value, "value")


def check_kind(definition: Definition, kind: Kind) -> None:
    """Refuse a period of another length than the KPI is reported in."""
    if kind is not definition.frequency:
        raise KpiRefusal(
            "This KPI is reported %(frequency)s: give a period of that kind.",
            field="period",
            frequency=_SPOKEN[definition.frequency],
        )


def check_target(definition: Definition, period: int, figures: TargetFigures) -> None:
    """Refuse a target that this KPI cannot be judged by in this period."""
    if Period.from_key(period).kind.rank < definition.frequency.rank:
        raise KpiRefusal(
            "This KPI is reported %(frequency)s: a target cannot be for a shorter period.",
            field="period",
            frequency=_SPOKEN[definition.frequency],
        )
    _check_range(figures[:7])
    if not 0 <= figures.weight <= HEAVIEST:
        raise KpiRefusal(
            "A weight is a number from 0 to %(most)s.", field="weight", most=HEAVIEST // MILLION
        )
    if figures.zero_scale is not None and figures.zero_scale <= 0:
        raise KpiRefusal("The scale for a target of zero is above zero.", field="zero_scale")
    if definition.direction is Direction.BAND:
        _check_band(figures)
        return
    if figures.target is None:
        raise KpiRefusal("A target is missing.", field="target")
    if figures.threshold is not None:
        sign = 1 if definition.direction is Direction.HIGHER else -1
        if sign * (figures.threshold - figures.target) > 0:
            raise KpiRefusal(
                "The threshold is the worst figure that is still amber: it cannot be better than"
                " the target of %(target)s.",
                field="threshold",
                target=to_text(figures.target),
            )
    if definition.value_type is ValueType.ORDINAL:
        for name in ("target", "threshold", "baseline"):
            if getattr(figures, name) is not None:
                _check_rank(definition, getattr(figures, name), name)


def _check_band(figures: TargetFigures) -> None:
    if figures.band_lo is None or figures.band_hi is None:
        raise KpiRefusal("A band needs its two bounds.", field="band_lo")
    if figures.band_lo > figures.band_hi:
        raise KpiRefusal("The lower bound is above the upper one.", field="band_hi")
    if figures.threshold is not None and figures.threshold < 0:
        raise KpiRefusal(
            "A band's threshold is a distance from its bounds, never negative.", field="threshold"
        )


def _check_range(figures: Iterable[int | None]) -> None:
    if any(figure is not None and abs(figure) > LIMIT for figure in figures):
        raise KpiRefusal("A figure is at most %(most)s.", most=LIMIT // MILLION)


def _check_rank(definition: Definition, value: int, field: str) -> None:
    rank, rest = divmod(value, MILLION)
    if rest or not 0 <= rank < definition.labels:
        raise KpiRefusal("Choose one of the KPI's labels.", field=field)


_SPOKEN = {
    Kind.WEEK: "weekly",
    Kind.MONTH: "monthly",
    Kind.QUARTER: "quarterly",
    Kind.HALF: "half-yearly",
    Kind.YEAR: "yearly",
}
