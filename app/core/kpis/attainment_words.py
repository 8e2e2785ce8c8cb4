"""The attainment of one figure as a computation that a reader can follow with the numbers.

Source: domain specification §2, Attainment and Status.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from app.core.kpis.presentation import attainment, figure
from app.core.kpis.rules import Result


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the computation: what it is, and how it comes out."""

    label: str
    text: str


def attainment_steps(kpi: Any, result: Result, currency: str = "") -> tuple[Step, ...]:
    """From the figure and its target to the attainment and the status."""
    if result.actual is None or result.attainment is None:
        return ()
    if kpi.direction == "band" and result.band is not None:
        return (*_band(kpi, result, currency), _status(kpi, result, currency))
    if result.target is None:
        return ()
    return (*_point(kpi, result, currency), _status(kpi, result, currency))


def _point(kpi: Any, result: Result, currency: str) -> tuple[Step, ...]:
    actual, target = _known(result.actual), _known(result.target)
    lower = kpi.direction == "lower"
    goal = _("at most") if lower else _("at least")
    met = _("met") if result.met else _("not met")
    first = Step(
        _("Comparison"),
        _(
            "%(goal)s %(target)s, and it is %(actual)s: %(met)s",
            goal=goal,
            target=figure(target, kpi, currency, exact=True),
            actual=figure(actual, kpi, currency, exact=True),
            met=met,
        ),
    )
    return first, Step(_("Attainment"), _computation(kpi, result, actual, target, lower, currency))


def _computation(
    kpi: Any, result: Result, actual: Fraction, target: Fraction, lower: bool, currency: str
) -> str:
    if kpi.value_type == "ordinal":
        return str(
            _(
                "1 %(sign)s (level %(actual)s − level %(target)s) ÷ %(steps)s steps = %(result)s",
                sign="−" if lower else "+",
                actual=int(actual) + 1,
                target=int(target) + 1,
                steps=len(kpi.label_list) - 1,
                result=attainment(result),
            )
        )
    lead = (target - actual) if lower else (actual - target)
    reached = _known(result.attainment)
    if lead and reached in (0, 1) and not target:
        return str(_("The target is 0 and nothing to measure by is set: met is 100%, not met 0%."))
    scale = abs(target) or (lead / (reached - 1) if reached != 1 else Fraction(0))
    if not scale:
        return str(_("Exactly the target: %(result)s", result=attainment(result)))
    return str(
        _(
            "1 %(sign)s (%(actual)s − %(target)s) ÷ %(scale)s = %(result)s",
            sign="−" if lower else "+",
            actual=figure(actual, kpi, currency, exact=True),
            target=figure(target, kpi, currency, exact=True),
            scale=figure(abs(scale), kpi, currency, exact=True),
            result=attainment(result),
        )
    )


def _band(kpi: Any, result: Result, currency: str) -> tuple[Step, ...]:
    low, high = result.band or (Fraction(0), Fraction(0))
    actual = _known(result.actual)
    bounds = {
        "low": figure(low, kpi, currency, exact=True),
        "high": figure(high, kpi, currency, exact=True),
        "actual": figure(actual, kpi, currency, exact=True),
    }
    if result.met:
        return (
            Step(
                _("Comparison"), _("from %(low)s to %(high)s, and it is %(actual)s: met", **bounds)
            ),
            Step(_("Attainment"), _("Inside the bounds: 100%")),
        )
    mark = low if actual < low else high
    away = figure(abs(actual - mark), kpi, currency, exact=True)
    return (
        Step(
            _("Comparison"), _("from %(low)s to %(high)s, and it is %(actual)s: not met", **bounds)
        ),
        Step(
            _("Attainment"),
            _(
                "1 − %(away)s outside ÷ %(scale)s = %(result)s",
                away=away,
                scale=figure(abs(mark), kpi, currency, exact=True),
                result=attainment(result),
            )
            if mark
            else attainment(result),
        ),
    )


def _status(kpi: Any, result: Result, currency: str) -> Step:
    if result.met:
        return Step(_("Status"), _("The target is met."))
    mark = figure(result.threshold, kpi, currency, exact=True)
    if result.status == "amber":
        text = (
            _("Just missed: no worse than the threshold of %(mark)s.", mark=mark)
            if result.threshold is not None
            else _("Just missed: the attainment is 80% or more.")
        )
    else:
        text = (
            _("Missed: worse than the threshold of %(mark)s.", mark=mark)
            if result.threshold is not None
            else _("Missed: the attainment is below 80%.")
        )
    return Step(_("Status"), text)


def _known(value: Fraction | None) -> Fraction:
    return Fraction(0) if value is None else Fraction(value)
